"""One order as its customer, or as each warehouse, may read it: plain rows. Reads only.

Ours, with everything in it, is `oms_edi.store.queries.order`.
"""

from collections.abc import Iterable

from oms_edi.channels.status_json import order_words
from oms_edi.domain.lifecycle import Quantities, line_status, order_name
from oms_edi.domain.vocabulary import EXCEPTIONS, STATUS
from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies.read_status import read_statuses
from oms_edi.store import shipment_queries, status
from oms_edi.store.queries import Row


def customer_words(step: Step, order_id: int) -> Row:
    """Return an order as its customer may know it.

    Raises:
        NotFound: its customer has no mapping any more.
    """
    found = read_statuses(step, [order_id])
    if order_id not in found:
        raise NotFound(f"the customer of {order_name(order_id)} has no mapping; its words need one")
    kinds = status.open_exceptions(step.connection, order_id)
    return order_words(found[order_id][1], notes_of(kinds))


def notes_of(kinds: Iterable[str]) -> list[str]:
    """Return what a customer may read of exceptions, each word once."""
    return list(dict.fromkeys(EXCEPTIONS[kind] for kind in kinds if kind in EXCEPTIONS))


def warehouse_words(step: Step, order_id: int) -> list[Row]:
    """Return what warehouses and suppliers are to ship of an order, by depositor order number."""
    found = shipment_queries.shipments(step.connection, order_id)
    for shipment in found:
        node = step.config.node(shipment["node"])
        shipment["warehouse"] = node.name if node else shipment["node"]
        shipment["status"] = _shipment_status(shipment)
        shipment["owes"] = _owes(shipment)
    return found


def _shipment_status(shipment: Row) -> str:
    """Return the warehouse's word: its shipment is a line to it, of which it ships or does not."""
    units, shipped, short = (
        sum(line[name] for line in shipment["lines"]) for name in ("units", "shipped", "short")
    )
    quantities = Quantities(
        ordered=units, cancelled=short, shipped=shipped, released=units - shipped - short
    )
    return STATUS[line_status(quantities, held=False, stopping=shipment["stopping"])].warehouse


def _owes(shipment: Row) -> str:
    """Return the document the warehouse owes next, and by when; "" if none."""
    if shipment["state"] != "released":
        return ""
    if shipment["asked_since"]:
        return f"an answer, since {shipment['asked_since']}"
    by = f" by {shipment['ship_on']}" if shipment["ship_on"] else ""
    return f"word that it left{by}"
