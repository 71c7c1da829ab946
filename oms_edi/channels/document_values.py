"""Single values of an order document: what is taken, and what to say of what is not.

Nothing is guessed: text is text, a day is YYYY-MM-DD, a number has at most nine digits before and
six behind its point, whatever wrote it. Each `read_` raises a PydanticCustomError that says what it
must be.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from oms_edi.channels.values import ID_PATTERN, PO_CHARS, id_fault, po_fault, value_class
from oms_edi.domain.quantity import MAX_QUANTITY

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Categories that steer a terminal or a reader's eye, and halves of characters.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_NUMBER_TEXT = {"type": "string", "pattern": f"^{_NUMBER.pattern}$"}
PRICE_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, _NUMBER_TEXT]}
QUANTITY_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": int(MAX_QUANTITY)},
        _NUMBER_TEXT,
    ]
}
NEW_QUANTITY_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": int(MAX_QUANTITY)}, _NUMBER_TEXT]
}
ID_SCHEMA = {"type": "string", "pattern": f"^{ID_PATTERN}$"}
PO_SCHEMA = {**ID_SCHEMA, "maxLength": PO_CHARS}
DAY_SCHEMA = {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value that was read and cannot be one of ours, with what it is in words."""

    what: str


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("order_value", "{message}", {"message": message})


def text_fault(text: str) -> str:
    """Return what is wrong with free text, "" if nothing is."""
    if text.isascii() and text.isprintable():
        return ""
    for sign in text:
        if sign in _BIDI or unicodedata.category(sign) in _UNPRINTABLE:
            return f"must not hold U+{ord(sign):04X}: no control characters, no line ends"
    return ""


def read_text(value: object) -> str:
    """Take text without control characters; blanks around it do not count."""
    if not isinstance(value, str):
        raise _fault("must be text in quotes" if isinstance(value, Decimal) else "must be text")
    text = unicodedata.normalize("NFC", value).strip()
    fault = text_fault(text)
    if fault:
        raise _fault(fault)
    return text


def read_id(value: object) -> str:
    """Take a PO, item, line or store number: plain letters, digits and few signs."""
    if isinstance(value, Decimal):
        raise _fault("must be text in quotes: a number loses its leading zeros")
    text = read_text(value)
    fault = id_fault(text)
    if fault:
        raise _fault(fault)
    return text


def read_po(value: object) -> str:
    """Take a PO number: an id that is no longer than documents about the order can have it."""
    text = read_id(value)
    fault = po_fault(text)
    if fault:
        raise _fault(fault)
    return text


def read_day(value: object) -> date:
    """Take a day as YYYY-MM-DD, or as the day it is already."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    raise _fault("must be a day such as 2026-03-31")


def read_quantity(value: object) -> Decimal:
    """Take a quantity above 0."""
    number = _number(value)
    if number is None or not 0 < number <= MAX_QUANTITY:
        raise _fault("must be a quantity above 0 such as 12 or 1.5")
    return number


def read_quantity_or_none(value: object) -> Decimal:
    """Take a quantity, 0 or more: 0 is none of it."""
    number = _number(value)
    if number is None or number > MAX_QUANTITY:
        raise _fault("must be a quantity such as 12 or 1.5, or 0 for none")
    return number


def read_price(value: object) -> Decimal:
    """Take a price, 0 or more."""
    number = _number(value)
    if number is None:
        raise _fault("must be a price such as 4.25")
    return number


def _number(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() > 12:  # 1e999999999 is gigabytes of digits
            return None
        value = format(value, "f")
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return None
    return Decimal(value.strip())


_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is no field of an order; the schema lists them",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def said(fault: Mapping[str, Any]) -> str:
    """Say what a validation error means, without the value."""
    context = fault.get("ctx") or {}
    if fault["type"] == "order_value":
        return str(context["message"])
    if fault["type"] in ("string_too_long", "too_long"):
        unit = "characters" if isinstance(fault["input"], str) else "of them"
        return f"must be at most {context['max_length']} {unit}"
    return _SAID.get(fault["type"], str(fault["msg"]))


def found_class(value: object) -> str:
    """Describe a value of a document without telling it."""
    match value:
        case Unusable():
            return value.what
        case str():
            return value_class(value)
        case bool():
            return "true or false"
        case Decimal():
            return "a number"
        case list() | tuple():
            return f"a list of {len(value)}"
        case Mapping():
            return "an object"
    return "nothing" if value is None else "another kind of value"
