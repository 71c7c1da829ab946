"""Who: a party of an order with its address (X12 N1 loop)."""

from typing import NamedTuple


class Party(NamedTuple):
    """A name, a code, an address; any of them may be missing."""

    #: N101: ST ship-to, BT bill-to, BY buyer, SF ship-from, ...
    role: str
    #: N102.
    name: str = ""
    #: N103, such as 92 (assigned by buyer), UL (GLN), 9 (DUNS+4).
    id_qualifier: str = ""
    #: N104.
    id_code: str = ""
    #: N301, N302 (and N2 where a sender puts the street there).
    street: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def has_address(self) -> bool:
        """True if a truck could find it: a postal code, or a city with a state."""
        return bool(self.postal_code or (self.city and self.state))
