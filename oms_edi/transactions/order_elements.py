"""Elements by which documents name an order and its lines, within what X12 has room for.

What names the order itself is refused where it is too long: nobody could be told of it. What only
repeats the buyer's words is left out.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from oms_edi.domain.issue import Issue, Severity
from oms_edi.transactions.elements import at, fault, write_number
from oms_edi.x12.envelope import Segment

#: Longest PO number (324) and release number (328): a longer one nobody can be told of.
PO_CHARS, RELEASE_CHARS = 22, 30
_LINE_CHARS, _ITEM_CHARS, _PRICE_DIGITS = 20, 48, 17


def line_number(text: str) -> str:
    """Return a line number (350) as documents can name it; one that is too long is left out."""
    return text if len(text) <= _LINE_CHARS else ""


def unit_code(unit: str) -> str:
    """Return a unit (355); one X12 has no place for is mutually defined."""
    return unit if len(unit) == 2 else "ZZ"


def carrier_code(scac: str) -> str:
    """Return a carrier's code as TD503 can have it."""
    return scac if 2 <= len(scac) <= 80 else ""


def transport_code(mode: str) -> str:
    """Return how it travels (91) as TD504 can have it."""
    return mode if len(mode) <= 2 else ""


def write_pairs(items: Sequence[tuple[str, str]], most: int) -> list[str]:
    """Return up to `most` item ids as (235, 234) elements; what is too long is left out."""
    return [
        part
        for pair in items[:most]
        if len(pair[0]) == 2 and len(pair[1]) <= _ITEM_CHARS
        for part in pair
    ]


#: Units a price of this basis (639) is for.
_PER = {"HP": Decimal(100), "TP": Decimal(1000)}
_DOZEN = Decimal(12)
_EACH = frozenset(("EA", "PC", "UN"))
#: Decimals of the price of one, so that theirs can be told again, to its six.
_EXACTLY, _AS_TOLD = Decimal("1e-9"), Decimal("1e-6")


def _units_priced(basis: str, unit: str) -> Decimal | None:
    return _DOZEN if basis == "PD" and unit in _EACH else _PER.get(basis)


def price_of_one(price: Decimal | None, basis: str, unit: str) -> Decimal | None:
    """Return the price of one `unit` from one of a hundred, a thousand or a dozen."""
    units = _units_priced(basis, unit) if basis and price is not None else None
    return price if units is None or price is None else (price / units).quantize(_EXACTLY)


@lru_cache(maxsize=4096)
def write_price(price: Decimal | None, basis: str, unit: str) -> tuple[str, str]:
    """Return the price of one `unit` as its basis has it, and the basis: (212, 639)."""
    if price is None:
        return "", ""
    units = _units_priced(basis, unit) if basis else None
    text = write_number(price if units is None else (price * units).quantize(_AS_TOLD))
    if len(text) > _PRICE_DIGITS + 1:
        return "", ""
    return text, basis if len(basis) == 2 else ""


def order_number(segment: Segment, issues: list[Issue]) -> str:
    """Return the PO number of a BEG or BCH, "" with the issue that rejects it.

    It and the release number name the order in every document about it, so they must be of a
    length those can have.
    """
    found = at(segment, 3)
    if not found or not found.isprintable():
        message = f"{segment[0]}03 must be a purchase order number"
        code = "6" if found else "1"
        issues.append(fault(segment, 2, 3, code, message, severity=Severity.REJECT))
        return ""
    for element, most in ((3, PO_CHARS), (4, RELEASE_CHARS)):
        if len(at(segment, element)) > most:
            message = (
                f"{segment[0]}{element:02d} must have {most} characters at most: no document"
                " about the order could name it"
            )
            issues.append(fault(segment, 2, element, "5", message, severity=Severity.REJECT))
            return ""
    return found
