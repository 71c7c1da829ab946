"""Orders as JSON: one order, a list of orders, or an order a line (JSON lines).

The fields are `order_document`'s. A file that is no JSON is refused with line and column; in JSON
lines that costs one line only.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from oms_edi.channels.json_value import decode, key_faults, pointer
from oms_edi.channels.order_document import MAX_FAULTS, read_document, refusal
from oms_edi.channels.read_order import WHOLE, ReadOrder
from oms_edi.channels.values import po_fault
from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.partners.documents import JsonSettings


class Found(NamedTuple):
    """One value of a file that should be an order, and where it stands."""

    #: As `ReadOrder.place` has it; "" where it is all of its file.
    place: str
    #: How the pointers of its fields begin.
    start: str
    value: object
    #: Why it is no JSON; "" if it is.
    fault: str


def read(
    data: bytes, settings: JsonSettings, *, max_orders: int, max_lines: int
) -> tuple[list[ReadOrder], list[Issue]]:
    """Return the orders in file order, and the issues that belong to none of them.

    A REJECT among the latter means the whole file is refused.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [], [_refuse(f"not UTF-8 at byte {error.start}, line {line}")]
    found, fault = values(text, most=max_orders + 1)
    if fault:
        return [], [_refuse(fault)]
    if not found:
        return [], [_refuse("an empty list: an order file without orders")]
    if len(found) > max_orders:
        return [], [_refuse(f"more than {max_orders} orders (intake.max_csv_rows)")]
    return [_order(*one, settings, max_lines) for one in found], []


def values(text: str, *, most: int) -> tuple[list[Found], str]:
    """Return what should be orders, of JSON lines no more than `most`; or why it is no JSON."""
    rows = [(number, row) for number, row in enumerate(text.split("\n"), start=1) if row.strip()]
    if len(rows) > 1 and all(row.lstrip().startswith("{") for _, row in rows):
        return list(_lines(rows[:most])), ""
    value, fault = decode(text)
    if fault:
        return [], fault
    if isinstance(value, list):
        return [Found(f"/{n}", f"/{n}", one, "") for n, one in enumerate(value)], ""
    return [Found("", "", value, "")], ""


def _refuse(message: str) -> Issue:
    return Issue(level=Level.FILE, severity=Severity.REJECT, message=message)


def _lines(rows: Sequence[tuple[int, str]]) -> Iterator[Found]:
    """Yield what each line holds."""
    for number, row in rows:
        value, fault = decode(row, line=number)
        yield Found(f"line {number}", f"line {number}, ", value, fault)


def _order(
    place: str, start: str, value: object, fault: str, settings: JsonSettings, max_lines: int
) -> ReadOrder:
    def locate(path: Sequence[str | int]) -> str:
        return start + pointer(path) or "the whole file"

    issues = (
        [refusal(fault, place=place)]
        if fault
        else list(islice(key_faults(value, locate), MAX_FAULTS))
    )
    message = None
    if not issues:
        message, issues = read_document(value, settings, locate=locate, max_lines=max_lines)
    return ReadOrder(
        po_number=_po_number(value),
        message=message,
        place=place or WHOLE,
        issues=tuple(issues),
    )


def _po_number(value: object) -> str:
    found = value.get("po_number") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and not po_fault(found) else ""
