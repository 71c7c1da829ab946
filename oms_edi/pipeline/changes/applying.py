"""What applying a change goes by, and how the parts of a line's outcome make one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from oms_edi.domain.change import OrderChange, Outcome
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookLine
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.withdraw import Asking, decide_anew, live_units
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.pipeline.orders.holding import place_hold
from oms_edi.store.catalog import Catalog
from oms_edi.store.timeline import add_event


@dataclass(slots=True)
class Applying:
    """One change on its way into the book."""

    step: Step
    catalog: Catalog
    profile: PartnerProfile
    change: OrderChange
    asked: Asking

    def live(self, line: BookLine) -> int:
        """Return the units of a line that ship or shipped unless something happens."""
        return live_units(self.asked, line)

    def decide_anew(self, line_id: int) -> None:
        """Put what no warehouse has of a line up for decision."""
        decide_anew(self.asked, line_id)

    def note(self, found: Findings, lines: Sequence[tuple[int, str]], parts: "Parts") -> None:
        """Place the holds that were found, tell the warnings, keep what was settled by rule.

        `lines` are ids and buyer's numbers by the index that holds have.
        """
        step, order = self.step, self.asked.order
        for hold in found.holds:
            line_id, buyer_line = (None, "") if hold.line is None else lines[hold.line]
            place_hold(
                step,
                order.order_id,
                line_id,
                hold.kind,
                hold.reason,
                po_number=order.po_number,
                buyer_line=buyer_line,
            )
            parts.pending.append(hold.reason)
        for text in found.settled:
            add_event(step.connection, "order.settled", text, at=step.at, order_id=order.order_id)
        if found.warnings:
            attention(
                step,
                "warning",
                order_name(order.order_id),
                f"PO {order.po_number} {'; '.join(found.warnings)}",
                order_id=order.order_id,
            )


@dataclass(slots=True)
class Parts:
    """What became of the parts of one line of a change."""

    #: For people, such as "24 units instead of 36".
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    #: What is waited for.
    pending: list[str] = field(default_factory=list)
    done: int = 0
    #: Parts that were done otherwise than asked.
    otherwise: int = 0

    @property
    def outcome(self) -> Outcome:
        """The outcome of the line."""
        if self.pending:
            return Outcome.PENDING
        if self.refused and not self.done:
            return Outcome.REJECTED
        return Outcome.PARTLY if self.refused or self.otherwise else Outcome.ACCEPTED

    @property
    def reason(self) -> str:
        """Why it is not as asked, or not yet."""
        return "; ".join([*self.refused, *self.pending])


def is_settled(outcomes: Sequence[Outcome]) -> bool:
    """True if nothing is waited for."""
    return Outcome.PENDING not in outcomes
