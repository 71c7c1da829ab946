"""Theirs to ours and back: a buyer's quantity in base units of the item.

A partner has a quantity *method*, not only a factor: the same 18 pieces arrive as 1.5 DZ
(`ordered_unit`), 18 DZ (`base_units`) or 1.06 DZ (`unit_and_pieces`: one dozen and six).
"""

from decimal import Decimal
from typing import Literal

Method = Literal["ordered_unit", "base_units", "packs", "unit_and_pieces"]

#: More than any warehouse ships, counts or receives of one line.
MAX_QUANTITY = 999_999_999
#: More decimals than any partner writes; keeps an uneven share of a dozen printable.
_PLACES = Decimal("0.0001")


def factor_of(method: Method, *, unit_factor: int | None, pack: int) -> int | None:
    """Return how many base units one ordered unit counts; None if the item has no such unit."""
    if method == "base_units":
        return 1
    return pack if method == "packs" else unit_factor


def to_base(quantity: Decimal, *, method: Method, factor: int) -> int | None:
    """Return `quantity` in base units; None if that is no whole number of them."""
    if method == "unit_and_pieces":
        whole = int(quantity)
        pieces = (quantity - whole) * 100
        if pieces != pieces.to_integral_value() or pieces >= factor:
            return None
        return whole * factor + int(pieces)
    units = quantity * factor
    whole = int(units)
    return whole if units == whole else None


def to_buyer(units: int, *, method: Method, factor: int) -> Decimal:
    """Return base units the way this buyer writes them."""
    if factor == 1:
        return Decimal(units)
    if method == "unit_and_pieces":
        whole, pieces = divmod(units, factor)
        return Decimal(whole) + Decimal(pieces) / 100
    whole, rest = divmod(units, factor)
    return Decimal(whole) if not rest else (Decimal(units) / factor).quantize(_PLACES)
