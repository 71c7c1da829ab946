"""What we know of customers, as people ask for it: book and mapping together. Reads only."""

from collections.abc import Iterator
from typing import Any

from oms_edi.domain.customer import Customer
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.find_place import known_place
from oms_edi.pipeline.orders.money import terms_of
from oms_edi.store import customers
from oms_edi.store.catalog import Catalog

Row = dict[str, Any]


def customers_told(step: Step) -> Iterator[Row]:
    """Yield every customer with the terms in force and what it has open."""
    book = customers.all_customers(step.connection)
    for profile in step.partners:
        if profile.role != "customer":
            continue
        customer = book.get(profile.id) or Customer(profile.id)
        terms = terms_of(profile, customer)
        value = customers.open_value(step.connection, profile.id)
        room = None if terms.credit_limit is None else terms.credit_limit - terms.balance - value
        yield {
            "customer": profile.id,
            "name": profile.name,
            "tier": customer.tier or profile.orders.tier,
            "credit_limit": terms.credit_limit,
            "balance": terms.balance,
            "open": round(value, 2),
            "room": None if room is None else round(room, 2),
            "minimum": terms.minimum or None,
            "approval_above": terms.approval_above,
            "contact": customer.contact or "",
        }


def places_told(step: Step, partner: str) -> Iterator[Row]:
    """Yield the ship-tos of a customer, of the book or of its mapping."""
    profile = step.partners.by_id(partner)
    lookups = Catalog(step.connection)
    ours = lookups.places(partner)
    for code in sorted({*ours, *profile.orders.stores}):
        place = known_place(code, profile, lookups)
        if place is not None:
            yield {
                "code": code,
                "name": place.name,
                "street": " ".join(place.street),
                "city": place.city,
                "state": place.state,
                "postal_code": place.postal_code,
                "known by": "book" if code in ours else "mapping",
            }
