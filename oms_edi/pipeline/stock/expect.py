"""Goods that are to come: a 943, an 856 or an import announces them, a 944 uses them up."""

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from oms_edi.config.node import NodeSettings
from oms_edi.domain.documents import ShippingAdvice
from oms_edi.domain.stock_documents import TransferAdvice, TransferLine
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.stock.stock_terms import document_sha, known_again, known_item, unknown_item
from oms_edi.store import inbound, shipments, stock_documents
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.timeline import add_event

#: Days on the road where a document does not tell when it arrives.
_TRANSIT = timedelta(days=5)
Source = Literal["943", "856"]


def for_a_node(step: Step, advice: ShippingAdvice) -> TransferAdvice | None:
    """Return what a supplier's 856 announces for a node of ours; None if it ships to a customer."""
    if _named(step, advice.ship_to) is None:
        return None
    if shipments.find_shipment(step.connection, advice.depositor_order):
        return None  # the customer's place only happens to have that code
    return TransferAdvice(
        reference=advice.depositor_order,
        shipment=advice.warehouse_shipment,
        po_number=advice.depositor_order,
        shipped_on=advice.shipped_on,
        due_on=advice.due_on,
        node=advice.ship_to,
        lines=tuple(
            TransferLine(items=line.items, quantity=line.shipped, unit=line.unit, hold="")
            for line in advice.lines
        ),
    )


def book_transfer(
    step: Step,
    catalog: Catalog,
    advice: TransferAdvice,
    profile: PartnerProfile,
    *,
    document_id: int,
    file_id: int,
    source: Source = "943",
) -> None:
    """Announce what a 943 says, or an 856; told again it replaces that, as a plan may change."""
    node = _receiver(step, advice, profile)
    if node is None:
        return
    sha = document_sha(advice)
    number = f"{advice.reference}/{advice.shipment}"
    before = stock_documents.find(step.connection, source, profile.id, number)
    due_on = advice.due_on or ((advice.shipped_on or step.now.date()) + _TRANSIT)
    units: Counter[str] = Counter()
    blocked: set[str] = set()
    is_whole = True
    for line in advice.lines:
        item, counted = known_item(catalog, profile, line.items, line.quantity, line.unit)
        if item is None or counted is None:
            unknown_item(step, node, line.items, line.unit)
            is_whole = False
            continue
        known_again(step, node, line.items)
        units[item] += counted
        if line.hold:
            blocked.add(item)
    stock_documents.put(
        step.connection,
        source,
        profile.id,
        number,
        sha256=sha,
        document_id=document_id,
        node=node.id,
        is_whole=is_whole,
        at=step.at,
    )
    for item, counted in units.items():
        _announce(step, node, advice, item, counted, due_on, item in blocked, document_id, source)
    if before and before.sha256 == sha:
        return
    told = ", ".join(f"{counted} {item}" for item, counted in units.items())
    text = f"{source} {advice.reference} to {node.id}: {told} due {due_on}"
    add_event(step.connection, "inbound.announced", text, at=step.at, file_id=file_id)


def _receiver(step: Step, advice: TransferAdvice, profile: PartnerProfile) -> NodeSettings | None:
    """Return the node goods go to: any of ours, whoever tells it."""
    if node := _named(step, advice.node):
        return node
    attention(
        step,
        "unknown_node",
        f"{profile.id} {advice.node}",
        f"943 {advice.reference} of {profile.id} goes to {advice.node or 'no node'}, which is none"
        " of ours",
        "correct the codes of the node in config.yaml, then have it sent again",
    )
    return None


def _named(step: Step, code: str) -> NodeSettings | None:
    """Return the node that has this id or code; suppliers receive nothing."""
    for node in step.config.nodes:
        if code and not node.is_supplier and (node.id == code or code in node.codes):
            return node
    return None


def _announce(
    step: Step,
    node: NodeSettings,
    advice: TransferAdvice,
    item: str,
    units: int,
    due_on: date,
    is_blocked: bool,
    document_id: int,
    source: Source,
) -> None:
    known = inbound.read(
        step.connection,
        node=node.id,
        item=item,
        reference=advice.reference,
        delivery=advice.shipment,
        source=source,
    )
    inbound.put(
        step.connection,
        node=node.id,
        item=item,
        reference=advice.reference,
        delivery=advice.shipment,
        source=source,
        due_on=due_on.isoformat(),
        expected=units,
        held=is_blocked,
    )
    more = units - (known.expected if known else 0)
    names = {advice.po_number, advice.reference} - {""}
    ordered = inbound.matching(step.connection, node=node.id, item=item, references=names)
    for one in ordered:  # what is on the road is not on order as well
        take = min(more, one.left) if one.source == "import" else 0
        if take > 0:
            inbound.move(
                step.connection,
                one.inbound_id,
                "advised",
                take,
                document_id=document_id,
                note=f"{source} {advice.reference}",
                at=step.at,
            )
            more -= take


def consume(
    step: Step,
    node: NodeSettings,
    item: str,
    *,
    references: Collection[str],
    units: int,
    missing: int,
    document_id: int,
    told: str,
) -> None:
    """Use up what was announced by what arrived; more or less than that is for a person."""
    names = {name for name in references if name}
    found = inbound.matching(step.connection, node=node.id, item=item, references=names)
    if not found:
        return  # nobody announced it
    subject = f"{node.id} {found[0].reference} {item}"
    over = _use(step, found, "received", units, document_id, told) if units > 0 else 0
    found = inbound.matching(step.connection, node=node.id, item=item, references=names)
    _use(step, found, "missing", missing, document_id, told)
    if over:
        attention(
            step,
            "received_over",
            subject,
            f"{told}: {over} {item} more than {found[0].reference} announced came to {node.id}",
            node=node.id,
        )
    if missing:
        attention(
            step,
            "received_short",
            subject,
            f"{told}: {missing} {item} of {found[0].reference} did not come to {node.id}",
            node=node.id,
        )


def _use(
    step: Step,
    found: list[inbound.Inbound],
    kind: str,
    units: int,
    document_id: int,
    told: str,
) -> int:
    """Use up units of deliveries, the soonest first; return those nobody announced."""
    for one in found:
        take = min(units, one.left)
        if take > 0:
            inbound.move(
                step.connection,
                one.inbound_id,
                kind,
                take,
                document_id=document_id,
                note=told,
                at=step.at,
            )
            units -= take
    return units


def watch_inbound(step: Step) -> None:
    """Open an exception for announced goods whose day is over; close it when they came."""
    late: dict[str, list[inbound.Inbound]] = {}
    for one in inbound.still_to_come(step.connection):
        node = step.config.node(one.node)
        today = step.now.astimezone(ZoneInfo(node.timezone)).date() if node else step.now.date()
        if one.due_on < today.isoformat():
            late.setdefault(f"{one.node} {one.reference}", []).append(one)
    known = open_subjects(step.connection, "inbound_late")
    if known == late.keys():
        return
    with write_tx(step.connection):
        for subject in sorted(known - late.keys()):
            close_exception(step.connection, "inbound_late", subject, at=step.at)
        for subject in sorted(late.keys() - known):
            parts = late[subject]
            told = ", ".join(f"{one.left} {one.item}" for one in parts[:5])
            attention(
                step,
                "inbound_late",
                subject,
                f"{parts[0].reference} was to bring {told} to {parts[0].node} on"
                f" {parts[0].due_on}; nobody is promised from it until it has a new date",
                node=parts[0].node,
            )
