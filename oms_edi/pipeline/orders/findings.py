"""What turns up while an order is turned into ours, sorted by what is to be done about it."""

from dataclasses import dataclass, field

from oms_edi.domain.holds import Hold, HoldKind


@dataclass(slots=True)
class Findings:
    """Holds to be placed, things to tell a person, and what was settled by rule."""

    holds: list[Hold] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    #: For the order's timeline.
    settled: list[str] = field(default_factory=list)

    def act(self, action: str, kind: HoldKind, text: str, *, line: int | None = None) -> None:
        """Do what a partner's settings say about a finding of this kind."""
        match action:
            case "hold":
                self.holds.append(Hold(kind=kind, reason=text, line=line))
            case "warn":
                self.warnings.append(text)
            case "accept_theirs" | "accept_ours":
                who = "theirs" if action == "accept_theirs" else "ours"
                self.settled.append(f"{kind}: {text}; {who} was taken")
