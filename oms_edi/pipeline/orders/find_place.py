"""Where goods go: by the customer's code first, then by the address the order gives."""

from typing import Protocol

from oms_edi.domain.holds import Hold, HoldKind
from oms_edi.domain.party import Party
from oms_edi.partners.checks import PlaceSettings
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.orders.findings import Findings

#: As far as a postal code is compared: the rest names a side of a street.
_ZIP_CHARS = 5


class PlaceLookups(Protocol):
    """What the search asks the catalog."""

    def places(self, partner: str) -> dict[str, Party]:
        """Return the customer's ship-tos the book knows, by code."""


def find_place(
    wanted: Party | None,
    profile: PartnerProfile,
    lookups: PlaceLookups,
    findings: Findings,
    *,
    rule: PlaceSettings | None = None,
) -> Party:
    """Return the ship-to as it is known, with what is to be said of it in `findings`.

    `rule` is what is done about one that is not as we know it; by default the customer's.
    """
    rule = rule or profile.orders.ship_to
    if wanted is None:
        findings.holds.append(Hold(kind=HoldKind.ADDRESS, reason="the order names no ship-to"))
        return Party(role="ST")
    if not wanted.id_code:
        known = _by_address(wanted, profile, lookups)
    else:
        known = known_place(wanted.id_code, profile, lookups)
    if known is not None:
        return _known(wanted, known, rule, findings)
    if not wanted.has_address:
        reason = (
            f"store {wanted.id_code} is not in our master data and has no address in the order"
            if wanted.id_code
            else "the ship-to has neither a code nor an address"
        )
        findings.holds.append(Hold(kind=HoldKind.ADDRESS, reason=reason))
    elif wanted.id_code and rule.unknown != "accept_theirs":
        told = f"store {wanted.id_code} is not in our master data"
        findings.act(rule.unknown, HoldKind.ADDRESS, told)
    return wanted


def _known(wanted: Party, known: Party, rule: PlaceSettings, findings: Findings) -> Party:
    place = known._replace(id_qualifier=wanted.id_qualifier or "92")
    theirs, ours = wanted.postal_code[:_ZIP_CHARS], known.postal_code[:_ZIP_CHARS]
    if not theirs or theirs == ours:
        return place
    text = f"store {known.id_code} is at {theirs} in the order, at {ours} in our master data"
    findings.act(rule.differs, HoldKind.ADDRESS, text)
    return wanted if rule.differs in ("accept_theirs", "hold") else place


def known_place(code: str, profile: PartnerProfile, lookups: PlaceLookups) -> Party | None:
    """Return the place with this code: of the book, else of the mapping."""
    found = lookups.places(profile.id).get(code)
    if found is not None:
        return found
    store = profile.orders.stores.get(code)
    if store is None:
        return None
    return Party(
        role="ST",
        name=store.name,
        id_code=code,
        street=(store.street,) if store.street else (),
        city=store.city,
        state=store.state,
        postal_code=store.postal_code,
        country=store.country,
    )


def _by_address(wanted: Party, profile: PartnerProfile, lookups: PlaceLookups) -> Party | None:
    """Return the one place at this very address: its code then stands on the label."""
    key = _address_key(wanted)
    if key is None:
        return None
    codes = dict.fromkeys([*lookups.places(profile.id), *profile.orders.stores])
    places = [place for code in codes if (place := known_place(code, profile, lookups))]
    found = [place for place in places if _address_key(place) == key]
    return found[0] if len(found) == 1 else None


def _address_key(place: Party) -> tuple[str, str] | None:
    street = "".join(c for c in " ".join(place.street).casefold() if c.isalnum())
    zip_code = place.postal_code[:_ZIP_CHARS]
    return (zip_code, street) if street and zip_code else None
