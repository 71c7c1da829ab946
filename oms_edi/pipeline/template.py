"""The order form for a customer, with our items, prices and places where the book has them."""

from sqlite3 import Connection

from oms_edi.channels.form_template import FormItem, FormPlace, write_form
from oms_edi.partners.profile import PartnerProfile
from oms_edi.store import catalog

_USUAL_UNITS = ("EA", "CA")


def order_form(connection: Connection | None, profile: PartnerProfile | None) -> bytes:
    """Return the form as an XLSX file; without an order book or a customer it offers less."""
    items: list[FormItem] = []
    units = dict.fromkeys(_USUAL_UNITS)
    if connection is not None:
        lookup = catalog.Catalog(connection)
        whose = profile.id if profile else ""
        for item in catalog.all_items(connection):
            price = lookup.price(whose, item.item)
            told = ", ".join(f"{unit} {factor}" for unit, factor in sorted(item.units.items()))
            units |= dict.fromkeys([item.unit, *sorted(item.units)])
            items.append(
                FormItem(
                    item.item,
                    item.description,
                    item.unit,
                    item.pack,
                    told,
                    "" if price is None else format(price, "f"),
                )
            )
    places = [
        FormPlace(code, place.name, f"{place.city} {place.state} {place.postal_code}".strip())
        for code, place in sorted(profile.orders.stores.items() if profile else ())
    ]
    return write_form(
        customer=profile.name if profile else "", items=items, places=places, units=list(units)
    )
