"""Orders as JSON: one order, a list of orders, or an order a line (JSON lines).

The fields are `order_document`'s. A file that is no JSON is refused with line and column; in JSON
lines that costs one line only. Doubled keys, NaN, numbers without end and lists without bottom are
faults like any other: named, and of one order.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from oms_edi.channels.document_values import Unusable, text_fault
from oms_edi.channels.order_document import MAX_FAULTS, Locate, read_document, refusal
from oms_edi.channels.read_order import ReadOrder
from oms_edi.channels.values import po_fault
from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.partners.documents import JsonSettings

#: Longer numbers are never a quantity or a price.
_MAX_NUMBER_CHARS = 40
_MAX_KEY_CHARS = 40
_TOO_DEEP = "lists or objects nested too deep"


class _Object(dict[str, Any]):
    """An object of the file, with the keys it has twice."""

    doubled: tuple[str, ...] = ()


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
    rows = [(number, row) for number, row in enumerate(text.split("\n"), start=1) if row.strip()]
    if len(rows) > 1 and all(row.lstrip().startswith("{") for _, row in rows):
        found = list(_lines(rows[: max_orders + 1]))
    else:
        value, fault = _decode(text)
        if fault:
            return [], [_refuse(fault)]
        if isinstance(value, list):
            found = [(f"/{n}", f"/{n}", one, "") for n, one in enumerate(value)]
        else:
            found = [("", "", value, "")]
    if not found:
        return [], [_refuse("an empty list: an order file without orders")]
    if len(found) > max_orders:
        return [], [_refuse(f"more than {max_orders} orders (intake.max_csv_rows)")]
    return [_order(*one, settings, max_lines) for one in found], []


def _refuse(message: str) -> Issue:
    return Issue(level=Level.FILE, severity=Severity.REJECT, message=message)


def _lines(rows: Sequence[tuple[int, str]]) -> Iterator[tuple[str, str, object, str]]:
    """Yield (place, start of its pointers, value, fault) of each line."""
    for number, row in rows:
        value, fault = _decode(row, line=number)
        yield f"line {number}", f"line {number}, ", value, fault


def _decode(text: str, *, line: int = 0) -> tuple[object, str]:
    """Return the value in `text`, or None and why there is none."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=lambda name: Unusable(f"{name}, which is no number"),
        ), ""
    except json.JSONDecodeError as error:
        where = f"line {line or error.lineno}, column {error.colno}"
        return None, f"no JSON at {where}: {error.msg}"
    except RecursionError:
        return None, _TOO_DEEP


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.doubled = tuple(sorted({key for key in keys if keys.count(key) > 1}))
    return found


def _number(text: str) -> Decimal | Unusable:
    if len(text) > _MAX_NUMBER_CHARS:
        return Unusable(f"a number of {len(text)} characters")
    return Decimal(text)


def _order(
    place: str, start: str, value: object, fault: str, settings: JsonSettings, max_lines: int
) -> ReadOrder:
    def locate(path: Sequence[str | int]) -> str:
        return start + pointer(path) or "the whole file"

    issues = (
        [refusal(fault, place=place)]
        if fault
        else list(islice(_key_faults(value, locate), MAX_FAULTS))
    )
    message = None
    if not issues:
        message, issues = read_document(value, settings, locate=locate, max_lines=max_lines)
    return ReadOrder(
        po_number=_po_number(value),
        message=message,
        place=place or "the file",
        issues=tuple(issues),
    )


def pointer(path: Sequence[str | int]) -> str:
    """Return a path as a JSON pointer (RFC 6901), whatever a stranger called his keys."""
    return "".join("/" + _safe(str(part)).replace("~", "~0").replace("/", "~1") for part in path)


def _safe(key: str) -> str:
    text = key[:_MAX_KEY_CHARS]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in key[:_MAX_KEY_CHARS])
    return text if len(key) <= _MAX_KEY_CHARS else text + "..."


def _key_faults(value: object, locate: Locate) -> Iterator[Issue]:
    """Yield a fault for each key that stands there twice (which one counts?) or is no text."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, _Object):
            for key in one.doubled:
                place = locate((*path, key))
                yield refusal("stands there twice", place=place, level=Level.COLUMN)
            for key in filter(text_fault, one):
                yield refusal("is no field of an order", place=locate((*path, key)))
            waiting += [((*path, key), inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [((*path, n), inner) for n, inner in reversed(list(enumerate(one)))]


def _po_number(value: object) -> str:
    found = value.get("po_number") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and not po_fault(found) else ""
