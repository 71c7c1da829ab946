"""What a kind of exception is: whose work, how bad, what it means, what still helps."""

from dataclasses import dataclass
from enum import StrEnum
from string import Template


class Queue(StrEnum):
    """Whose work it is."""

    ORDERS = "orders"  # what a customer ordered, changed, or waits for
    STOCK = "stock"  # how much is where
    WAREHOUSE = "warehouse"  # what a warehouse did, or did not do
    PURCHASING = "purchasing"  # what suppliers answer, ship, and charge
    EDI = "edi"  # files, documents and their acknowledgments
    MASTER_DATA = "master_data"  # items, prices, places nobody knows yet
    FINANCE = "finance"  # prices, credit, limits
    SYSTEM = "system"  # this program and the machine under it


class Severity(StrEnum):
    """How bad it is, the worst first."""

    ERROR = "error"  # something stands still until a person acts
    WARNING = "warning"  # something will cost money unless somebody acts
    INFO = "info"  # somebody may want to know


class Units(StrEnum):
    """Which units of the order, or of one of its lines, an exception is about."""

    NONE = "none"  # it is about no units
    OPEN = "open"  # all that neither shipped nor was cancelled
    WAITING = "waiting"  # what waits for stock
    UNRELEASED = "unreleased"  # what no warehouse was told to ship yet
    RELEASED = "released"  # what a warehouse is to ship


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row of the registry."""

    #: As it stands in the store, such as "backordered".
    name: str
    queue: Queue
    severity: Severity
    #: What happened, for the documentation.
    meaning: str
    #: What a person can do, in words; a step that knows better says so itself.
    cure: str
    #: The commands that still help; `$order`, `$exception`, `$partner` stand for its own.
    acts: tuple[str, ...] = ()
    #: By what it closes without a person; "" if only a person ends it.
    closes: str = ""
    #: The units whose value is at risk.
    units: Units = Units.NONE
    #: What the partner fines, a key of `penalties` in its mapping; "" if nothing.
    penalty: str = ""

    def commands(self, *, exception_id: int, order: str, partner: str) -> list[str]:
        """Return the commands that help, filled in, without those about an order it has not."""
        known = {"exception": str(exception_id), "partner": partner or "PARTNER"}
        if order:
            known["order"] = order
        texts = [act for act in self.acts if order or "$order" not in act]
        return [f"oms-edi {Template(text).safe_substitute(known)}" for text in texts]


#: Ends an exception that nothing else ends.
RESOLVE = "resolve $exception --reason WHY"
