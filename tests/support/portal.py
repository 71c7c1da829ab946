"""A partner's portal: what it asks for, as the API hands it on to the order book."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oms_edi.pipeline.intake import api_orders
from oms_edi.pipeline.intake.api_orders import Done
from tests.support.site import Site


def order(po_number: str = "WEB-1", **more: Any) -> dict[str, Any]:
    """An order of the portal: 24 of A1, 6 of B2."""
    lines = [
        {"line": "1", "item": "A1", "quantity": 24, "unit": "EA"},
        {"line": "2", "item": "B2", "quantity": 6, "unit": "EA"},
    ]
    return {"po_number": po_number, "ship_to": {"code": "P1"}, "lines": lines, **more}


def body_of(document: object) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def _do(act: Callable[..., Done], site: Site, document: object, **arguments: str) -> Done:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "request.json"
        path.write_bytes(body_of(document))
        given = {"partner": "portal", "actor": "key 1", **arguments}
        return act(site.step(), path, **given)


def place(site: Site, document: object, *, key: str = "k-1", partner: str = "portal") -> Done:
    return _do(api_orders.api_order, site, document, key=key, partner=partner)


def change(site: Site, document: object, *, name: str = "SO100001", key: str = "c-1") -> Done:
    return _do(api_orders.api_change, site, document, order=name, key=key)


def cancel(site: Site, document: object, *, name: str = "SO100001", key: str = "x-1") -> Done:
    return _do(api_orders.api_cancel, site, document, order=name, key=key)
