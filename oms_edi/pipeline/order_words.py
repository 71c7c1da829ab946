"""One order as its customer, or as each warehouse, may read it: plain rows. Reads only.

Ours, with everything in it, is `oms_edi.store.queries.order`.
"""

from oms_edi.domain.lifecycle import Place, Quantities, line_status, order_name
from oms_edi.domain.order_status import StatusLine, StatusPart
from oms_edi.domain.tracking import tracking_link
from oms_edi.domain.vocabulary import EXCEPTIONS, STATUS, UNITS
from oms_edi.errors import NotFound
from oms_edi.pipeline.read_status import read_statuses
from oms_edi.pipeline.step import Step
from oms_edi.store import shipment_queries, status
from oms_edi.store.queries import Row

_SHIPPED = UNITS[Place.SHIPPED].code


def customer_words(step: Step, order_id: int) -> Row:
    """Return an order as its customer may know it.

    Raises:
        NotFound: its customer has no mapping any more.
    """
    found = read_statuses(step, [order_id])
    if order_id not in found:
        raise NotFound(f"the customer of {order_name(order_id)} has no mapping; its words need one")
    _, now = found[order_id]
    kinds = status.open_exceptions(step.connection, order_id)
    return {
        "po_number": now.po_number,
        "release": now.release_number,
        "order": now.order,
        "ordered_on": now.ordered_on,
        "status": now.word,
        "code": now.code,
        "notes": list(dict.fromkeys(EXCEPTIONS[kind] for kind in kinds if kind in EXCEPTIONS)),
        "lines": [_line(line) for line in now.lines],
    }


def _line(line: StatusLine) -> Row:
    return {
        "line": line.buyer_line,
        "items": [{"qualifier": qualifier, "code": code} for qualifier, code in line.items],
        "description": line.description,
        "ordered": str(line.quantity),
        "unit": line.unit,
        "parts": [_part(part) for part in line.parts],
    }


def _part(part: StatusPart) -> Row:
    shipped = part.code == _SHIPPED
    return {
        "status": part.word,
        "code": part.code,
        "quantity": str(part.quantity),
        "ships_on": None if shipped else part.on,
        "shipped_on": part.on if shipped else None,
        "arrives_on": part.arrives,
        "carrier": part.carrier,
        "tracking": [
            {"number": number, "link": tracking_link(part.scac, number)} for number in part.tracking
        ],
    }


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
