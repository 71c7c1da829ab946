"""The status CSV for customers: a row for each part of a line that stands alike.

Opened in a spreadsheet, no value of it is a formula: text that would be one has an apostrophe
before it.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime

from oms_edi.domain.order_status import OrderStatus, StatusLine, StatusPart
from oms_edi.domain.tracking import tracking_link
from oms_edi.transactions.elements import write_number

COLUMNS = (
    "po_number",
    "release",
    "order",
    "ordered_on",
    "order_status",
    "line",
    "item",
    "description",
    "ordered",
    "unit",
    "status",
    "quantity",
    "ships_on",
    "shipped_on",
    "arrives_on",
    "carrier",
    "tracking",
    "tracking_link",
    "as_of",
)
#: Spreadsheets take text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: ISR01 of what left.
_SHIPPED = "SH"


def write(statuses: Iterable[OrderStatus], *, at: datetime) -> bytes:
    """Return the table as UTF-8 with a header row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    as_of = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    for status in statuses:
        for line in status.lines:
            for part in line.parts:
                writer.writerow([_safe(value) for value in (*_row(status, line, part), as_of)])
    return out.getvalue().encode()


def _row(status: OrderStatus, line: StatusLine, part: StatusPart) -> tuple[str, ...]:
    shipped = part.code == _SHIPPED
    return (
        status.po_number,
        status.release_number,
        status.order,
        _day(status.ordered_on),
        status.word,
        line.buyer_line,
        line.items[0][1] if line.items else "",
        line.description,
        write_number(line.quantity),
        line.unit,
        part.word,
        write_number(part.quantity),
        "" if shipped else _day(part.on),
        _day(part.on) if shipped else "",
        _day(part.arrives),
        part.carrier,
        " ".join(part.tracking),
        " ".join(filter(None, (tracking_link(part.scac, one) for one in part.tracking))),
    )


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
