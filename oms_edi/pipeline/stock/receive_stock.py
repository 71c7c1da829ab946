"""What arrived at a warehouse: a 944 becomes units on hand, blocked ones apart, once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from oms_edi.config.node import NodeSettings
from oms_edi.domain.stock_documents import ReceiptAdvice, ReceivedLine
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.stock.expect import consume
from oms_edi.pipeline.stock.stock_terms import (
    document_sha,
    known_again,
    known_item,
    node_named,
    settle_count,
    unknown_item,
    when_moved,
)
from oms_edi.pipeline.stock.take_back import take_back
from oms_edi.store import stock, stock_documents
from oms_edi.store.catalog import Catalog
from oms_edi.store.stock import Movement
from oms_edi.store.stock_documents import Booked
from oms_edi.store.timeline import add_event

#: W1303 that change nothing: short, over, good, processed without a notice.
_NOTHING = frozenset({"02", "03", "07", "14"})
_SHORT, _REJECTED = "02", "08"


@dataclass(slots=True)
class _Sum:
    """What a receipt says of one item, in base units."""

    on_hand: int = 0
    held: int = 0
    #: Announced, and told not to come.
    missing: int = 0


def book_receipt(
    step: Step,
    catalog: Catalog,
    advice: ReceiptAdvice,
    profile: PartnerProfile,
    *,
    document_id: int,
    file_id: int,
) -> None:
    """Book a 944 by item; under a number that is known only what could not be booked before."""
    node = node_named(step, advice.node, profile)
    if node is None:
        return
    sha = document_sha(advice)
    before = stock_documents.find(step.connection, "944", profile.id, advice.number)
    if advice.kind == "X" or (before and before.sha256 != sha):
        _tell_not_booked(step, advice, profile, before, file_id)
        return
    document_id = before.document_id if before else document_id
    done = stock_documents.rows_booked(step.connection, document_id) if before else set()
    sums, is_whole = _sums(step, catalog, advice, profile, node)
    stock_documents.put(
        step.connection,
        "944",
        profile.id,
        advice.number,
        sha256=sha,
        document_id=document_id,
        node=node.id,
        is_whole=is_whole,
        at=before.at if before else step.at,
    )
    note = f"944 {advice.number}"
    fresh = {item: one for item, one in sums.items() if (item, note) not in done}
    for item, one in fresh.items():
        _book(step, node, advice, item, one, note=note, document_id=document_id, file_id=file_id)
    if before and not fresh:
        attention(
            step,
            "repeated_944",
            f"{profile.id} {advice.number}",
            f"{profile.id} sent 944 {advice.number} again; it was not booked twice",
            "nothing; the warehouse may want to know",
            file_id=file_id,
        )
        return
    _check_total(step, advice, f"{profile.id} {advice.number}", file_id)
    _tell_booked(step, node, advice, fresh, file_id)


def _tell_not_booked(
    step: Step,
    advice: ReceiptAdvice,
    profile: PartnerProfile,
    before: Booked | None,
    file_id: int,
) -> None:
    """Put a receipt that cannot be booked in front of a person."""
    subject = f"{profile.id} {advice.number}"
    if before is None or advice.kind == "X":
        attention(
            step,
            "receipt_not_booked",
            subject,
            f"944 {advice.number} of {profile.id} tells exceptions only: what arrived is not in it",
            "ask the warehouse for full detail (W1701 F); until then book it with receive",
            file_id=file_id,
        )
        return
    attention(
        step,
        "changed_944",
        subject,
        f"944 {advice.number} of {profile.id} was booked {before.at} and comes again saying"
        " something else; it was not booked",
        "compare both (documents); book the difference as received, or by a count",
        file_id=file_id,
    )


def _tell_booked(
    step: Step, node: NodeSettings, advice: ReceiptAdvice, booked: Mapping[str, _Sum], file_id: int
) -> None:
    told = ", ".join(f"{one.on_hand} {item}" for item, one in booked.items()) or "nothing we know"
    held = sum(one.held for one in booked.values())
    text = f"944 {advice.number} at {node.id}: {told}"
    text += f", {held} of them blocked" if held else ""
    text += f", for {advice.reference}" if advice.reference else ""
    add_event(step.connection, "stock.received", text, at=step.at, file_id=file_id)


def _sums(
    step: Step,
    catalog: Catalog,
    advice: ReceiptAdvice,
    profile: PartnerProfile,
    node: NodeSettings,
) -> tuple[dict[str, _Sum], bool]:
    """Return what is said of each item, and whether every line could be counted."""
    sums: dict[str, _Sum] = {}
    is_whole = True
    for line in advice.lines:
        item, units = known_item(catalog, profile, line.items, line.quantity, line.unit)
        parts = _parts(catalog, profile, line)
        if item is None or units is None or parts is None:
            unknown_item(step, node, line.items, line.unit)
            is_whole = False
            continue
        known_again(step, node, line.items)
        blocked = sum(n for code, n in parts.items() if code not in _NOTHING | {_REJECTED})
        one = sums.setdefault(item, _Sum())
        if profile.stock.received == "good":
            one.on_hand += units + blocked
        else:
            one.on_hand += units - parts[_REJECTED]
        one.held += blocked
        one.missing += parts[_SHORT]
    return sums, is_whole


def _parts(catalog: Catalog, profile: PartnerProfile, line: ReceivedLine) -> Counter[str] | None:
    """Return base units of a line by condition; None if one of them cannot be counted."""
    parts: Counter[str] = Counter()
    for told in line.conditions:
        unit = told.unit or line.unit
        _, units = known_item(catalog, profile, line.items, told.quantity, unit)
        if units is None:
            return None
        parts[told.code] += units
    return parts


def _book(
    step: Step,
    node: NodeSettings,
    advice: ReceiptAdvice,
    item: str,
    one: _Sum,
    *,
    note: str,
    document_id: int,
    file_id: int,
) -> None:
    moved_at = when_moved(step, node, item, advice.received_on, one.on_hand)
    movement = Movement(
        item=item,
        node=node.id,
        kind="receipt",
        at=step.at,
        moved_at=moved_at,
        on_hand=one.on_hand,
        held=one.held,
        document_id=document_id,
        file_id=file_id,
        note=note,
    )
    if one.on_hand < 0:
        stock.lose(step.connection, movement)
        take_back(step, item, node.id, why=note)
    else:
        stock.receive(step.connection, movement)
    consume(
        step,
        node,
        item,
        references=(advice.reference, advice.shipment, advice.po_number),
        units=one.on_hand,
        missing=one.missing,
        document_id=document_id,
        told=note,
    )
    settle_count(step, node, item, moved_at=moved_at)


def _check_total(step: Step, advice: ReceiptAdvice, subject: str, file_id: int) -> None:
    total = sum((line.quantity for line in advice.lines), Decimal(0))
    if advice.total is not None and advice.total != total:
        attention(
            step,
            "receipt_total",
            subject,
            f"944 {advice.number}: its lines say {total:f}, its total {advice.total:f};"
            " the lines were booked",
            "ask the warehouse whether a line is missing; close",
            file_id=file_id,
        )
