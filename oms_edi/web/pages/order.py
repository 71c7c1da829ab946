"""One order: how it stands and why, its way, its lines, where they ship from, what can be done."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from oms_edi.domain.issue import Issue
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.role import Role
from oms_edi.domain.tracking import tracking_link
from oms_edi.errors import NotFound
from oms_edi.pipeline.decisions.trace import Trace, trace_line
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.terms import places_told
from oms_edi.pipeline.people.acts import find_order
from oms_edi.pipeline.replies.standing import standing
from oms_edi.store import exception_list, order_facts, queries
from oms_edi.web.asked import Asked
from oms_edi.web.document_view import SHOWN_BYTES, VERDICTS, content_of, raw_lines, readable
from oms_edi.web.laid_out import laid_out
from oms_edi.web.order_acts import acts_of
from oms_edi.web.order_map import Place, order_map
from oms_edi.web.order_timeline import timeline
from oms_edi.web.order_way import way
from oms_edi.web.quantities import PLACES, bar, units_told
from oms_edi.web.route import page

#: Rows shown of each part; an order may have thousands.
_LINES, _SHOWN, _EVENTS = 200, 50, 300


def order(asked: Asked) -> Response:
    """Show one order, by our number or by PO."""
    step = asked.looking()
    order_id = find_order(step, str(asked.path["order"]))
    if asked.path["order"] != order_name(order_id):
        return asked.go(f"/orders/{order_name(order_id)}")
    found = queries.order(asked.connection, order_id)
    plans = order_facts.plans(asked.connection, order_id)
    loads = order_facts.loads(asked.connection, order_id)
    open_exceptions = exception_list.of_order(asked.connection, order_id, now=asked.now)
    source = order_facts.source(asked.connection, order_id)
    documents = order_facts.documents(asked.connection, order_id)
    for line in found["lines"]:
        line["bar"], line["units"] = bar(line), units_told(line)
    line, traces = _traces(step, order_id, found, asked.text("line"))
    profile = asked.partners.find(found["partner"])
    may_act = asked.visitor.may(Role.OPERATOR)
    suppliers = {node.id for node in asked.config.suppliers}
    acts = acts_of(found, suppliers=suppliers)
    asks_where = may_act and any(act.places for act in acts.possible)
    return asked.page(
        "order.html",
        order=found,
        lines=found["lines"][:_LINES],
        more_lines=max(0, len(found["lines"]) - _LINES),
        customer=profile.name if profile else found["partner"],
        standing=standing(
            found, plans=plans, loads=loads, exceptions=open_exceptions, now=asked.now
        ),
        way=way(found, plans=plans, loads=loads, source=source, suppliers=suppliers, now=asked.now),
        line=line,
        traces=[_told(one) for one in reversed(traces)],
        map=_map(asked, found, line, traces),
        loads=loads,
        exceptions=open_exceptions,
        documents=documents[-2 * _SHOWN :],
        timeline=timeline(found["timeline"][-_EVENTS:], documents[-_EVENTS:])[-_EVENTS:],
        shown=_SHOWN,
        source=source,
        acts=acts,
        may_act=may_act,
        legend=PLACES.items(),
        verdicts=VERDICTS,
        tracking=tracking_link,
        stores=list(places_told(step, found["partner"])) if asks_where and profile else [],
    )


def _traces(
    step: Step, order_id: int, found: Mapping[str, Any], wanted: str
) -> tuple[str, list[Trace]]:
    """Return a line, the one asked for or the first that ships or waits, and its decisions."""
    names = {line["buyer_line"] for line in found["lines"]}
    decided = [line["buyer_line"] for line in found["lines"] if line["nodes"]]
    waiting = [line["buyer_line"] for line in found["lines"] if line["backordered"]]
    first = [line["buyer_line"] for line in found["lines"][:1]]
    likely = [wanted] if wanted in names else [*decided[:1], *waiting[:1], *first]
    for name in likely:
        try:
            return name, trace_line(step, order_id, name)
        except NotFound:
            continue
    return wanted if wanted in names else "", []


def _told(trace: Trace) -> dict[str, Any]:
    """Return a decision, its sentences without what its table of places says already."""
    told = [one for one in trace.sentences if one not in trace.in_rows]
    return {**trace.to_json(), "sentences": told}


def _map(asked: Asked, found: Mapping[str, Any], name: str, traces: list[Trace]) -> object:
    """Draw from where and to where a line ships, and what else its last decision weighed."""
    last = traces[-1].to_json()["candidates"] if traces else []
    weighed = {one["node"]: one for one in last}
    lines = [line for line in found["lines"] if line["buyer_line"] == name]
    shipping = {node for line in lines for node in line["nodes"]}
    places = {line["destination"] for line in lines}
    nodes = [
        Place(
            node.id,
            node.postal_code,
            node.state,
            _kind(node.id, weighed, shipping),
            f"{node.name.title()}: {_reason(weighed.get(node.id))}",
        )
        for node in asked.config.nodes
        if node.id in weighed or node.id in shipping
    ]
    goals = [
        Place(
            (place["city"] or place["name"]).title(),
            place["postal_code"],
            place["state"],
            "goal",
            f"{place['name']}, {place['city']} {place['state']} {place['postal_code']}",
        )
        for place in [one for one in found["destinations"] if one["destination"] in places][:20]
    ]
    return order_map(nodes, goals)


def _kind(node: str, weighed: Mapping[str, Any], shipping: set[str]) -> str:
    if node in shipping:
        return "chosen"
    return "lost" if node in weighed and weighed[node]["alone"] else "out"


def _reason(one: Mapping[str, Any] | None) -> str:
    if one is None or one["takes"]:
        return "ships"
    return str(one["why_not"]) or "not needed"


def document(asked: Asked) -> Response:
    """Show a document of an order, as it was written and as it reads."""
    order_id = find_order(asked.looking(), str(asked.path["order"]))
    found = order_facts.document(asked.connection, asked.numbered("document"))
    if found is None or found["order_id"] != order_id:
        raise NotFound(f"{order_name(order_id)} has no document {asked.path['document']}")
    whole, one = content_of(found, asked.connection, asked.places)
    is_x12 = found["set_id"].isdecimal()
    rows = readable(whole, found["start_byte"], one) if is_x12 else []
    is_text = b"\x00" not in one[:1000]
    issues = [Issue(**issue) for issue in json.loads(found["issues"])]
    profile = asked.partners.find(found["partner"])
    po_number = found["st_control"]
    return asked.page(
        "document.html",
        order=order_name(order_id),
        verdicts=VERDICTS,
        document=found,
        rows=rows,
        layout=None if is_x12 else laid_out(one, profile, issues, po_number=po_number),
        raw=list(raw_lines(one)) if is_text and not rows else [],
        is_kept=bool(one),
        is_text=is_text,
        is_cut=len(one) > SHOWN_BYTES,
        size_bytes=len(one),
    )


ROUTES = (
    page("/orders/{order}", order, role=Role.VIEWER),
    page("/orders/{order}/documents/{document}", document, role=Role.VIEWER),
)
