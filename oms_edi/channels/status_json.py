"""How an order stands in its customer's words, as JSON: of the API, of files, of webhooks."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from oms_edi.domain.lifecycle import Place
from oms_edi.domain.order_status import OrderStatus, StatusLine, StatusPart
from oms_edi.domain.tracking import tracking_link
from oms_edi.domain.vocabulary import UNITS
from oms_edi.transactions.elements import write_number

_SHIPPED = UNITS[Place.SHIPPED].code


def order_words(status: OrderStatus, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return an order as its customer may know it, as plain values."""
    return {
        "po_number": status.po_number,
        "release": status.release_number,
        "order": status.order,
        "ordered_on": status.ordered_on,
        "status": status.word,
        "code": status.code,
        "notes": list(notes),
        "lines": [_line(line) for line in status.lines],
    }


def _line(line: StatusLine) -> dict[str, Any]:
    return {
        "line": line.buyer_line,
        "items": [{"qualifier": qualifier, "code": code} for qualifier, code in line.items],
        "description": line.description,
        "ordered": write_number(line.quantity),
        "unit": line.unit,
        "parts": [_part(part) for part in line.parts],
    }


def _part(part: StatusPart) -> dict[str, Any]:
    shipped = part.code == _SHIPPED
    return {
        "status": part.word,
        "code": part.code,
        "quantity": write_number(part.quantity),
        "ships_on": None if shipped else part.on,
        "shipped_on": part.on if shipped else None,
        "arrives_on": part.arrives,
        "carrier": part.carrier,
        "tracking": [
            {"number": one, "link": tracking_link(part.scac, one)} for one in part.tracking
        ],
    }


def report(statuses: Iterable[OrderStatus], *, number: str, at: datetime) -> bytes:
    """Return a report of several orders as a file."""
    document = {
        "report": number,
        "as_of": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "orders": [order_words(status) for status in statuses],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, default=_plain) + "\n").encode()


def event(status: OrderStatus, *, event_id: str, at: datetime) -> bytes:
    """Return what a webhook says of one order; the same event has the same id and bytes."""
    document = {
        "event": event_id,
        "type": "order.status",
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "order": order_words(status),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode()


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no place in a status for {type(value).__name__}")
