"""What a list of orders is asked for, as it stands in its address: every view is a link."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from oms_edi.domain.lifecycle import Status
from oms_edi.store.order_page import WantedOrders
from oms_edi.store.timeline import stamp
from oms_edi.web.asked import Asked

PATH = "/orders"
_STATUSES = frozenset(status.value for status in Status)


class Age(NamedTuple):
    """How long ago an order came."""

    name: str
    title: str
    #: Not longer ago, and longer ago; None = any.
    at_most: timedelta | None
    at_least: timedelta | None


AGES = (
    Age("24h", "The last 24 hours", timedelta(hours=24), None),
    Age("7d", "The last 7 days", timedelta(days=7), None),
    Age("30d", "The last 30 days", timedelta(days=30), None),
    Age("older-2d", "Older than 2 days", None, timedelta(days=2)),
    Age("older-7d", "Older than 7 days", None, timedelta(days=7)),
    Age("older-30d", "Older than 30 days", None, timedelta(days=30)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which orders a page shows; an empty text is any."""

    q: str = ""
    status: str = ""
    partner: str = ""
    node: str = ""
    age: str = ""
    #: "yes": only with an open exception.
    exceptions: str = ""

    @classmethod
    def of(cls, asked: Asked) -> "Filters":
        """Read them from the address; what makes no sense is any."""
        status, age = asked.text("status"), asked.text("age")
        return cls(
            q=asked.text("q")[:200],
            status=status if status in _STATUSES else "",
            partner=asked.text("partner")[:100],
            node=asked.text("node")[:100],
            age=age if age in {one.name for one in AGES} else "",
            exceptions="yes" if asked.text("exceptions") == "yes" else "",
        )

    def wanted(self, now: datetime) -> WantedOrders:
        """Return what the store is asked."""
        age = next((one for one in AGES if one.name == self.age), None)
        return WantedOrders(
            partner=self.partner,
            status=self.status,
            node=self.node,
            has_exception=bool(self.exceptions),
            since=stamp(now - age.at_most) if age and age.at_most else "",
            until=stamp(now - age.at_least) if age and age.at_least else "",
        )

    def link(self, *, before: int | None = None, **changes: str) -> str:
        """Return the address of this view, or of one that differs so."""
        values = asdict(replace(self, **changes)) | {"before": before or ""}
        told = {key: value for key, value in values.items() if value}
        return f"{PATH}?{urlencode(told)}" if told else PATH

    @property
    def is_any(self) -> bool:
        """True if nothing is asked for."""
        return self == Filters()


class View(NamedTuple):
    """A view people come back to."""

    title: str
    filters: Filters


VIEWS = (
    View("All", Filters()),
    View("Held", Filters(status="held")),
    View("Waiting for stock", Filters(status="backordered")),
    View("Not decided", Filters(status="open")),
    View("To be released", Filters(status="allocated")),
    View("At warehouses", Filters(status="released")),
    View("Partly shipped", Filters(status="partly shipped")),
    View("With exceptions", Filters(exceptions="yes")),
    View("Last 24 hours", Filters(age="24h")),
)
