"""The order form for a customer, with our items, prices and places where the book has them."""

from oms_edi.channels.form_template import FormItem, FormPlace, write_form
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.terms import places_told
from oms_edi.store import catalog

_USUAL_UNITS = ("EA", "CA")


def order_form(step: Step | None, profile: PartnerProfile | None) -> bytes:
    """Return the form as an XLSX file; without an order book or a customer it offers less."""
    items: list[FormItem] = []
    units = dict.fromkeys(_USUAL_UNITS)
    if step is not None:
        connection = step.connection
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
        FormPlace(
            row["code"], row["name"], f"{row['city']} {row['state']} {row['postal_code']}".strip()
        )
        for row in (places_told(step, profile.id) if step and profile else ())
    ]
    return write_form(
        customer=profile.name if profile else "", items=items, places=places, units=list(units)
    )
