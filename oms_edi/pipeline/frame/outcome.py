"""What became of a file."""

from dataclasses import dataclass

from oms_edi.domain.issue import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one file, as the file list shows it."""

    #: x12, order_csv, stock_csv, or what it turned out to be.
    kind: str
    #: accepted, partly (something was refused), rejected (all was), repeat, quarantined.
    state: str
    reason: str = ""
    repeat_of: int | None = None
    issues: tuple[Issue, ...] = ()

    @property
    def summary(self) -> str:
        """The first issues in one line."""
        told = "; ".join(str(issue) for issue in self.issues[:3])
        more = len(self.issues) - 3
        return told + (f"; and {more} more" if more > 0 else "")


def state_of(*, taken: int, refused: int) -> str:
    """Return the state of a file of which so many parts were taken and refused."""
    if not refused:
        return "accepted"
    return "partly" if taken else "rejected"
