"""N1 loops: a party with its address, written and read."""

from dataclasses import dataclass, field
from functools import lru_cache

from oms_edi.domain.party import Party
from oms_edi.transactions.elements import at, fit
from oms_edi.x12.envelope import Segment
from oms_edi.x12.write import fold

#: Longest code of a party (67) and postal code (116).
_CODE_CHARS, _POSTAL_CHARS = 80, 15


@lru_cache(maxsize=4096)
def write_party(
    party: Party, role: str, *, second_line: bool = True
) -> tuple[tuple[str, ...], ...]:
    """Return N1, N3 and N4 of a party; what is not known is left out."""
    name = fit(fold(party.name), 60)
    is_code = 1 <= len(party.id_qualifier) <= 2 <= len(party.id_code) <= _CODE_CHARS
    code = (party.id_qualifier, party.id_code) if is_code else ()
    if not name and not code:
        name = "UNKNOWN"
    rows: list[tuple[str, ...]] = [("N1", role, name, *code)]
    street = [fit(fold(line), 55) for line in party.street if line.strip()][:2]
    if street:
        rows.append(("N3", *street) if second_line else ("N3", street[0]))
    if party.city or party.postal_code:
        city = fit(fold(party.city), 30)
        postal_code = party.postal_code.replace("-", "")
        rows.append(
            (
                "N4",
                city if len(city) > 1 else "",
                party.state if len(party.state) == 2 else "",
                postal_code if 3 <= len(postal_code) <= _POSTAL_CHARS else "",
                party.country if 2 <= len(party.country) <= 3 else "",
            )
        )
    return tuple(rows)


def read_party(segment: Segment, following: list[Segment]) -> Party:
    """Return the party of an N1 and the N3, N4 behind it."""
    street: tuple[str, ...] = ()
    town: Segment = []
    for other in following:
        if other[0] == "N3":
            street += tuple(part for part in (at(other, 1), at(other, 2)) if part)
        elif other[0] == "N4":
            town = other
        elif other[0] not in ("N2", "PER"):
            break
    return Party(
        role=at(segment, 1),
        name=at(segment, 2),
        id_qualifier=at(segment, 3),
        id_code=at(segment, 4),
        street=street,
        city=at(town, 1),
        state=at(town, 2),
        postal_code=at(town, 3),
        country=at(town, 4),
    )


@dataclass(slots=True)
class PartyParts:
    """A party while its loop is read."""

    role: str
    name: str
    id_qualifier: str
    id_code: str
    second_name: str = ""
    street: list[str] = field(default_factory=list)
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    def party(self) -> Party:
        """Return the party; a street that stands in N2 is a street."""
        street = self.street or ([self.second_name] if self.second_name else [])
        return Party(
            role=self.role,
            name=self.name,
            id_qualifier=self.id_qualifier,
            id_code=self.id_code,
            street=tuple(street),
            city=self.city,
            state=self.state,
            postal_code=self.postal_code,
            country=self.country,
        )
