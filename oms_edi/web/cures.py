"""Which acts help against an exception, beside it: the forms of its page, with what they need.

A form here is a template `cures/<name>.html`; what it does stands in `web/pages/cure.py`.
"""

import json
from collections import Counter
from typing import Any

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.item import Item
from oms_edi.domain.role import Role
from oms_edi.store import catalog, stock_queries
from oms_edi.store.exception_list import Row
from oms_edi.web.asked import Asked

_ENDS_HOLD = ("release", "cancel")
#: By kind; what is not here is resolved, or ends by itself.
_CURES: dict[str, tuple[str, ...]] = {
    HoldKind.ITEM_UNKNOWN: ("refer", "imports", "cancel"),
    HoldKind.UNIT: ("unit", "imports", "cancel"),
    HoldKind.ADDRESS: ("ship_to", "cancel"),
    **{
        kind: _ENDS_HOLD
        for kind in HoldKind
        if kind not in (HoldKind.ITEM_UNKNOWN, HoldKind.UNIT, HoldKind.ADDRESS)
    },
    "backordered": ("receive", "cancel"),
    "promise_taken_back": ("receive", "cancel"),
    "oversold": ("receive",),
    "stock_drift": ("accept_count",),
    "order_stuck": ("cancel",),
    "rule": ("cancel",),
    "ship_date_at_risk": ("cancel",),
    "unknown_stock_item": ("imports",),
    "inbound_late": ("imports",),
    "file_quarantined": ("quarantine",),
}
_STORES = 500
_LIKELY, _NEAREST, _WORD = 50, 3, 4


#: Nobody else sees these forms.
_ROLE = Role.OPERATOR


def line_of(order: Row | None, buyer_line: str) -> Row | None:
    """Return the line of an order an exception is about, None if it is about all of it."""
    if order is None or not buyer_line:
        return None
    return next((line for line in order["lines"] if line["buyer_line"] == buyer_line), None)


def cures_of(asked: Asked, one: Row, order: Row | None) -> list[tuple[str, dict[str, Any]]]:
    """Return (form, what it shows) of each act that still helps."""
    if one["closed_at"] or not asked.visitor.may(_ROLE):
        return []
    found: list[tuple[str, dict[str, Any]]] = []
    for name in _CURES.get(one["kind"], ()):
        if name in ("release", "cancel", "ship_to", "refer", "unit") and order is None:
            continue
        found.append((name, _shown(asked, name, one, order)))
    return found


def _shown(asked: Asked, name: str, one: Row, order: Row | None) -> dict[str, Any]:
    line = line_of(order, one["buyer_line"])
    if name == "refer" and line:
        codes = [code for code in json.loads(line["items"]) if code[1]]
        nearest = _nearest(asked, line["description"], codes)
        any_of_them = {item.item: item for item in (*nearest, *_any(asked))}
        return {
            "codes": codes,
            "nearest": nearest[:_NEAREST],
            "items": list(any_of_them.values())[:_LIKELY],
        }
    if name == "unit" and line:
        return {"item": line["item"] or "", "unit": line["buyer_unit"]}
    if name == "ship_to" and order:
        profile = asked.partners.find(order["partner"])
        stores = sorted(profile.orders.stores) if profile else []
        return {"stores": stores[:_STORES], "places": order["destinations"]}
    if name == "receive":
        items = [line] if line else (order["lines"] if order else [])
        waiting = [one["item"] for one in items if one["item"] and one["backordered"]]
        nodes = [node.id for node in asked.config.nodes if not node.is_supplier]
        return {"items": sorted(set(waiting)), "nodes": nodes}
    if name == "accept_count":
        node, _, item = one["subject"].partition(" ")
        level = stock_queries.levels(asked.connection, item=item, node=node)
        return {"node": node, "item": item, "level": level[0] if level else None}
    return {}


def _nearest(asked: Asked, description: str, codes: list[list[str]]) -> list[Item]:
    """Return items that may be meant, those first that share most with the words said of it."""
    found: dict[str, Item] = {}
    shared: Counter[str] = Counter()
    for word in {code for _, code in codes} | set(description.split()):
        if len(word) >= _WORD:
            for item in catalog.search_items(asked.connection, word, limit=_LIKELY):
                found[item.item] = item
                shared[item.item] += 1
    return sorted(found.values(), key=lambda item: (-shared[item.item], item.item))


def _any(asked: Asked) -> list[Item]:
    return catalog.search_items(asked.connection, "", limit=_LIKELY)
