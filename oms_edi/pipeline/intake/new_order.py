"""An order a clerk enters for a customer who calls: the same document, checks and states as any.

Its bytes are kept as a file of the customer's, so that the book can be made again from what came.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from oms_edi.channels import order_json
from oms_edi.channels.read_order import ReadOrder
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.issue import Severity
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.message import OrderMessage
from oms_edi.domain.order import NewOrder
from oms_edi.errors import NotFound, Refused
from oms_edi.partners.documents import JsonSettings
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.decisions.quote import QuotedLine, quote
from oms_edi.pipeline.frame.feeds import keep
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.intake.ingest_orders import Reading, take_orders
from oms_edi.pipeline.orders.enrich import enrich
from oms_edi.pipeline.orders.money import judge_new, value_of
from oms_edi.store import files, orders, outbox
from oms_edi.store.catalog import Catalog
from oms_edi.store.stock import Shelf
from oms_edi.store.timeline import add_event, open_holds
from oms_edi.transports import folder

#: The counter of orders by phone; it names their files, and POs where the customer has none.
_COUNTER = "phone"
#: Holds a release ends: what it would get is known all the same.
_RELEASED = frozenset(HoldKind) - {HoldKind.ADDRESS, HoldKind.ITEM_UNKNOWN, HoldKind.UNIT}


class LinePreview(NamedTuple):
    """A line as it would enter the book."""

    line: str
    item: str
    description: str
    #: As ordered.
    quantity: Decimal
    unit: str
    #: For one `unit`; None if nobody named one.
    price: Decimal | None
    #: Base units.
    units: int
    #: Base units that can be promised by node.
    free: dict[str, int]
    #: What it would get, and when.
    quoted: QuotedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of an order, for the clerk to tell the customer."""

    customer: str
    po_number: str
    ship_to: tuple[str, ...]
    lines: tuple[LinePreview, ...]
    value: Decimal
    holds: tuple[str, ...]
    warnings: tuple[str, ...]


class Placed(NamedTuple):
    """An order that was taken."""

    order: str
    po_number: str
    #: Why it waits; empty if it goes on.
    holds: tuple[str, ...]


def next_po(step: Step) -> str:
    """Return a PO number for a customer who has none."""
    return f"TEL-{outbox.last_drawn(step.connection, _COUNTER) + 1:05d}"


def find_customer(step: Step, words: str) -> list[PartnerProfile]:
    """Return the customers with this id, else those whose id or name holds these words."""
    known = [partner for partner in step.partners if partner.role == "customer"]
    exact = [partner for partner in known if partner.id == words.strip().lower()]
    wanted = words.casefold().split()
    return exact or [
        partner
        for partner in known
        if all(word in f"{partner.id} {partner.name}".casefold() for word in wanted)
    ]


def free_units(step: Step, items: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return what can be promised of these items: base units by node."""
    supply = Shelf(step.connection, keep=keep(step)).supply(items)
    return {
        item: {
            node.id: units
            for node in step.config.nodes
            if not node.closed and (units := supply.get((item, node.id), 0)) > 0
        }
        for item in items
    }


def free_told(free: Mapping[str, int]) -> str:
    """Say in words what is free where."""
    where = ", ".join(f"{node} {units}" for node, units in free.items())
    return f"{sum(free.values())} ({where})" if free else "nothing"


def preview(step: Step, path: Path, *, customer: str) -> Preview:
    """Say what would become of the order in `path`; writes nothing.

    Raises:
        Refused: it is no order, with every fault.
    """
    profile = _customer(step, customer)
    message = _message(path.read_bytes(), profile, step)
    catalog = Catalog(step.connection)
    order = enrich(message, profile, catalog, today=step.now.date())
    money = judge_new(step, catalog, profile, order.lines)
    known = orders.orders_with_po(
        step.connection, profile.id, message.po_number, message.release_number
    )
    holds = [f"{hold.kind}: {hold.reason}" for hold in order.holds]
    holds += [f"{one.kind}: {one.text}" for one in money if one.action == "hold"]
    warnings = [*order.warnings, *order.settled]
    warnings += [one.text for one in money if one.action == "warn"]
    warnings += [
        f"PO {message.po_number} is known as {order_name(one.order_id)}"
        for one in known
        if one.is_alive
    ]
    return Preview(
        customer=profile.id,
        po_number=message.po_number,
        ship_to=tuple(
            " ".join(filter(None, (p.id_code, p.name, *p.street, p.city, p.state, p.postal_code)))
            for p in order.destinations
        ),
        lines=_lines(step, profile, message, order),
        value=value_of(order.lines)[0],
        holds=tuple(holds),
        warnings=tuple(warnings),
    )


def _lines(
    step: Step, profile: PartnerProfile, message: OrderMessage, order: NewOrder
) -> tuple[LinePreview, ...]:
    quoted = quote(step, message, profile, ignoring=_RELEASED).lines
    free = free_units(step, sorted({line.item for line in order.lines if line.item}))
    return tuple(
        LinePreview(
            line=line.buyer_line,
            item=line.item or "?",
            description=line.description,
            quantity=line.buyer_quantity,
            unit=line.buyer_unit,
            price=line.price,
            units=line.quantity,
            free=free.get(line.item or "", {}),
            quoted=one,
        )
        for line, one in zip(order.lines, quoted, strict=True)
    )


@act
def new_order(step: Step, path: Path, *, customer: str, actor: str, reason: str) -> Placed:
    """Take the one order in `path` (JSON, as portals send it) for a customer who called.

    Raises:
        NotFound: no such customer.
        Refused: it is no order; every fault is told and nothing was changed.
    """
    profile = _customer(step, customer)
    data = path.read_bytes()
    found = _read(data, profile, step)
    message = _message(data, profile, step)
    known = orders.orders_with_po(
        step.connection, profile.id, message.po_number, message.release_number
    )
    sha256 = folder.archive_bytes(data, step.places.archive)
    number = outbox.draw(step.connection, _COUNTER)
    file = files.NewFile(
        claim_id=f"{_COUNTER}-{number}",
        partner=profile.id,
        name=f"{_COUNTER}-{number:05d}.json",
        size_bytes=len(data),
        sha256=sha256,
    )
    file_id = files.put_file(step.connection, file, at=step.at)
    reading = Reading(
        kind="order_phone", set_id="PHONE", channel="phone", orders=[found], issues=()
    )
    outcome = take_orders(step, reading, profile, file_id)
    if outcome.state != "accepted":
        raise Refused(outcome.reason)
    files.finish_file(
        step.connection,
        file_id,
        kind=outcome.kind,
        state=outcome.state,
        reason=outcome.reason,
        repeat_of=None,
        issues=outcome.issues,
    )
    order_id = files.order_of(step.connection, file_id)
    if order_id is None or order_id in [one.order_id for one in known]:
        first = order_name(order_id or 0)
        raise Refused(f"PO {message.po_number} was taken before as {first}; is it another order?")
    text = f"{actor} took it by phone: {reason}"
    add_event(
        step.connection,
        "order.entered",
        text,
        at=step.at,
        actor=actor,
        order_id=order_id,
        file_id=file_id,
    )
    return Placed(
        order=order_name(order_id),
        po_number=message.po_number,
        holds=tuple(f"{h.kind}: {h.reason}" for h in open_holds(step.connection, order_id)),
    )


def _customer(step: Step, customer: str) -> PartnerProfile:
    profile = step.partners.find(customer)
    if profile is None or profile.role != "customer":
        known = ", ".join(one.id for one in step.partners if one.role == "customer")
        raise NotFound(f"no customer {customer}; there are {known}")
    return profile


def _read(data: bytes, profile: PartnerProfile, step: Step) -> ReadOrder:
    found, issues = order_json.read(
        data,
        profile.order_json or JsonSettings(),
        max_orders=1,
        max_lines=step.config.intake.max_order_lines,
    )
    if not found:
        raise Refused("\n".join(str(issue) for issue in issues))
    return found[0]


def _message(data: bytes, profile: PartnerProfile, step: Step) -> OrderMessage:
    found = _read(data, profile, step)
    faults = [str(issue) for issue in found.issues if issue.severity is Severity.REJECT]
    if found.message is None or faults:
        raise Refused("\n".join(faults))
    return found.message


def document(order: dict[str, object]) -> bytes:
    """Return an order as the JSON file that is kept of it: the same order, the same bytes."""
    return (json.dumps(order, indent=2, ensure_ascii=False) + "\n").encode()
