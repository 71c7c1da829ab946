"""JSON as strangers write it: doubled keys, NaN, numbers without end and lists without bottom.

Each is a fault like any other: named, and of one document. Which fields there may be is not known
here.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from oms_edi.channels.document_values import Unusable, text_fault
from oms_edi.channels.order_document import Locate, refusal
from oms_edi.domain.issue import Issue, Level

#: Longer numbers are never a quantity or a price.
_MAX_NUMBER_CHARS = 40
_MAX_KEY_CHARS = 40
_TOO_DEEP = "lists or objects nested too deep"


class _Object(dict[str, Any]):
    """An object of the file, with the keys it has twice."""

    doubled: tuple[str, ...] = ()


def decode(text: str, *, line: int = 0) -> tuple[object, str]:
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


def pointer(path: Sequence[str | int]) -> str:
    """Return a path as a JSON pointer (RFC 6901), whatever a stranger called his keys."""
    return "".join("/" + _safe(str(part)).replace("~", "~0").replace("/", "~1") for part in path)


def _safe(key: str) -> str:
    text = key[:_MAX_KEY_CHARS]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in key[:_MAX_KEY_CHARS])
    return text if len(key) <= _MAX_KEY_CHARS else text + "..."


def key_faults(value: object, locate: Locate) -> Iterator[Issue]:
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
