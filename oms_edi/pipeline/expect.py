"""Goods that are to come: a 943 or an import announces them, a 944 uses them up."""

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from oms_edi.config.node import NodeSettings
from oms_edi.domain.stock_documents import TransferAdvice
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.step import Step
from oms_edi.pipeline.stock_terms import document_sha, known_again, known_item, unknown_item
from oms_edi.store import inbound, stock_documents
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.timeline import add_event

#: Days on the road where a 943 does not tell when it arrives.
_TRANSIT = timedelta(days=5)


def book_transfer(
    step: Step,
    catalog: Catalog,
    advice: TransferAdvice,
    profile: PartnerProfile,
    *,
    document_id: int,
    file_id: int,
) -> None:
    """Announce what a 943 says; told again it replaces what it said, as a plan may change."""
    node = _receiver(step, advice, profile)
    if node is None:
        return
    sha = document_sha(advice)
    number = f"{advice.reference}/{advice.shipment}"
    before = stock_documents.find(step.connection, "943", profile.id, number)
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
        "943",
        profile.id,
        number,
        sha256=sha,
        document_id=document_id,
        node=node.id,
        is_whole=is_whole,
        at=step.at,
    )
    for item, counted in units.items():
        _announce(step, node, advice, item, counted, due_on, item in blocked, document_id)
    if before and before.sha256 == sha:
        return
    told = ", ".join(f"{counted} {item}" for item, counted in units.items())
    text = f"943 {advice.reference} to {node.id}: {told} due {due_on}"
    add_event(step.connection, "inbound.announced", text, at=step.at, file_id=file_id)


def _receiver(step: Step, advice: TransferAdvice, profile: PartnerProfile) -> NodeSettings | None:
    """Return the node goods go to: any of ours, whoever tells it."""
    for node in step.config.nodes:
        if advice.node and (node.id == advice.node or advice.node in node.codes):
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


def _announce(
    step: Step,
    node: NodeSettings,
    advice: TransferAdvice,
    item: str,
    units: int,
    due_on: date,
    is_blocked: bool,
    document_id: int,
) -> None:
    known = inbound.read(
        step.connection,
        node=node.id,
        item=item,
        reference=advice.reference,
        delivery=advice.shipment,
        source="943",
    )
    inbound.put(
        step.connection,
        node=node.id,
        item=item,
        reference=advice.reference,
        delivery=advice.shipment,
        source="943",
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
                note=f"943 {advice.reference}",
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
