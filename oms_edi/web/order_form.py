"""An order as a clerk types it while a customer calls: a form, and the document of it."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from oms_edi.web.asked import Asked

_PLACE = ("name", "street", "city", "state", "postal_code")
DAYS = ("deliver_by", "ship_on", "not_before", "not_after", "cancel_after")
_LINE = re.compile(r"/lines/([0-9]{1,4})/?(\w*)")
_FIELD = re.compile(r"(?<![\w.])/(?:ship_to/)?(\w+)")
#: Rows a form takes; a longer order is a file.
MOST_LINES = 100


class FormLine(NamedTuple):
    """One row, as typed."""

    item: str
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""

    def to_json(self, number: int) -> dict[str, str]:
        """Return it as a line of the document; what was left empty is not in it."""
        told = {"line": str(number), **self._asdict()}
        return {key: value for key, value in told.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """All fields, as typed."""

    customer: str = ""
    po_number: str = ""
    code: str = ""
    place: tuple[tuple[str, str], ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    note: str = ""
    lines: tuple[FormLine, ...] = ()

    @classmethod
    def of(cls, asked: Asked) -> "OrderForm":
        """Read the form."""
        columns = [asked.texts(name) for name in FormLine._fields]
        rows = [FormLine(*row) for row in zip(*columns, strict=False)]
        return cls(
            customer=asked.text("customer"),
            po_number=asked.text("po_number"),
            code=asked.text("code"),
            place=tuple((name, asked.text(name)) for name in _PLACE),
            days=tuple((name, asked.text(name)) for name in DAYS),
            note=asked.text("note"),
            lines=tuple(row for row in rows if row.item)[:MOST_LINES],
        )

    def field(self, name: str) -> str:
        """Return what stands in a field of place or day."""
        return dict((*self.place, *self.days)).get(name, "")

    def document(self) -> dict[str, Any]:
        """Return the order as a portal would send it."""
        order: dict[str, Any] = {"po_number": self.po_number}
        place = {key: value for key, value in self.place if value}
        if self.code:
            order["ship_to"] = {"code": self.code}
        elif place:
            order["ship_to"] = place
        order |= {key: value for key, value in self.days if value}
        if self.note:
            order["notes"] = [self.note]
        order["lines"] = [line.to_json(number) for number, line in enumerate(self.lines, start=1)]
        return order

    @property
    def mark(self) -> str:
        """Return what is the same as long as nothing was typed since."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


def fault_words(text: str) -> str:
    """Say a fault of the document in the words of the form: `/lines/0/quantity` is line 1."""
    text = _LINE.sub(lambda match: f"line {int(match[1]) + 1}, {match[2]}".rstrip(", "), text)
    return _FIELD.sub(lambda match: match[1].replace("_", " "), text)
