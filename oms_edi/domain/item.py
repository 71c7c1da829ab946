"""What we sell: an item, its units, and the ways others name it."""

from dataclasses import dataclass, field

#: Qualifiers whose codes are GTINs; all are compared as 14 digits.
GTIN_QUALIFIERS = frozenset({"UP", "UA", "UI", "EN", "UK", "UC"})

#: Qualifiers under which a partner gives our own item number.
OUR_QUALIFIERS = frozenset({"VN", "VP", "VC", "VA", "SK", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the catalog."""

    item: str
    description: str
    #: The base unit: what every quantity in the order book counts.
    unit: str
    #: Grams of one base unit.
    weight_g: int
    #: Base units in a case; orders and shares are whole packs where they can be.
    pack: int
    #: Capabilities a node must have to ship it, such as hazmat.
    needs: tuple[str, ...] = ()
    #: Base units in one of each other unit: {"CA": 12}.
    units: dict[str, int] = field(default_factory=dict)

    def factor(self, unit: str) -> int | None:
        """Return how many base units one `unit` is; None if the item does not come in it."""
        return 1 if unit == self.unit else self.units.get(unit)


def lookup_key(qualifier: str, code: str) -> tuple[str, str]:
    """Return qualifier and code as the cross-reference keeps them: every GTIN as 14 digits."""
    if qualifier in GTIN_QUALIFIERS and code.isascii() and code.isdecimal() and len(code) <= 14:
        return "GTIN", code.zfill(14)
    return qualifier, code


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of a GTIN or SSCC without it (GS1 General Specifications 7.9)."""
    weighted = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return str(-weighted % 10)
