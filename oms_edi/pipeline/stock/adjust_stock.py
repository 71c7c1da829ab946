"""What changed in a warehouse without an order: a 947 becomes adjustments with their reasons, once.

What is promised beyond what is left is taken back where no warehouse was told yet.
"""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.adjustment import Adjusted, Told, adjustments, reason_name
from oms_edi.domain.stock_documents import AdjustmentAdvice
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
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

_CANCEL, _REPLACE = "01", "05"


def book_adjustment(
    step: Step,
    catalog: Catalog,
    advice: AdjustmentAdvice,
    profile: PartnerProfile,
    *,
    document_id: int,
    file_id: int,
) -> None:
    """Book a 947; one that cancels or replaces an earlier one takes that back first."""
    node = node_named(step, advice.node, profile)
    if node is None:
        return
    sha = document_sha(advice)
    number = advice.number or sha[:16]
    subject = f"{profile.id} {number}"
    before = stock_documents.find(step.connection, "947", profile.id, number)
    done: set[tuple[str, str]] = set()
    if before and before.sha256 == sha:
        document_id = before.document_id
        done = stock_documents.rows_booked(step.connection, document_id)
    elif not _may_book(step, node, advice, before, subject, file_id):
        return
    lines, is_whole = _told(step, catalog, advice, profile, node)
    found = adjustments(lines, own=profile.stock.reasons)
    if advice.purpose == _CANCEL:
        found, is_whole = [], True
    stock_documents.put(
        step.connection,
        "947",
        profile.id,
        number,
        sha256=sha,
        document_id=document_id,
        node=node.id,
        is_whole=is_whole and not any(one.problem for one in found),
        at=step.at,
    )
    told = []
    for one in found:
        note = f"947 {number} {one.reason} {reason_name(one.reason)}"
        if one.problem:
            _tell_problem(step, one, subject, file_id)
        elif (one.item, note) not in done:
            _book(step, node, advice, one, note=note, document_id=document_id, file_id=file_id)
            told.append(_text(one))
    if told:
        text = f"947 {number} at {node.id}: {', '.join(told)}"
        add_event(step.connection, "stock.adjusted", text, at=step.at, file_id=file_id)
    elif before and before.sha256 == sha:
        attention(
            step,
            "repeated_947",
            subject,
            f"{profile.id} sent 947 {number} again; it was not booked twice",
            "nothing; the warehouse may want to know",
            file_id=file_id,
        )


def _may_book(
    step: Step,
    node: NodeSettings,
    advice: AdjustmentAdvice,
    before: Booked | None,
    subject: str,
    file_id: int,
) -> bool:
    """Take back what this one cancels or replaces; False if it makes no sense, told to a person."""
    if advice.purpose in (_CANCEL, _REPLACE):
        if before is not None:
            _take_away(step, node, before, advice.number)
            return True
        attention(
            step,
            "unmatched_947",
            subject,
            f"947 {subject} takes back what was never booked",
            "ask the warehouse what it means; a count corrects",
            file_id=file_id,
        )
        return False
    if before is None:
        return True
    attention(
        step,
        "changed_947",
        subject,
        f"947 {subject} was booked {before.at} and comes again saying something else;"
        " it was not booked",
        "compare both (documents); ask the warehouse for a replacement (W1504 05)",
        file_id=file_id,
    )
    return False


def _tell_problem(step: Step, one: Adjusted, subject: str, file_id: int) -> None:
    attention(
        step,
        "unknown_reason",
        f"{subject} {one.reason}",
        f"947 {subject}: {one.problem}; {one.item} was not adjusted for it",
        "say in the mapping what it does (stock.reasons), have the 947 sent again",
        file_id=file_id,
    )


def _text(one: Adjusted) -> str:
    moves = [f"{one.on_hand:+d}"] if one.on_hand else []
    moves += [f"{one.held:+d} blocked"] if one.held else []
    return f"{one.item} {' '.join(moves) or 'unchanged'} ({reason_name(one.reason)})"


def _told(
    step: Step,
    catalog: Catalog,
    advice: AdjustmentAdvice,
    profile: PartnerProfile,
    node: NodeSettings,
) -> tuple[list[Told], bool]:
    """Return the lines in base units, and whether every one could be counted."""
    found = []
    is_whole = True
    for line in advice.lines:
        item, units = known_item(catalog, profile, line.items, line.quantity, line.unit)
        if item is None or units is None:
            unknown_item(step, node, line.items, line.unit)
            is_whole = False
        else:
            known_again(step, node, line.items)
            found.append(Told(item, line.reason, units, line.inventory))
    return found, is_whole


def _book(
    step: Step,
    node: NodeSettings,
    advice: AdjustmentAdvice,
    one: Adjusted,
    *,
    note: str,
    document_id: int,
    file_id: int,
) -> None:
    moved_at = when_moved(step, node, one.item, advice.adjusted_on, one.on_hand)
    movement = Movement(
        item=one.item,
        node=node.id,
        kind="adjustment" if one.on_hand else "status",
        at=step.at,
        moved_at=moved_at,
        on_hand=one.on_hand,
        held=one.held,
        document_id=document_id,
        file_id=file_id,
        note=note,
    )
    _apply(step, movement)
    settle_count(step, node, one.item, moved_at=moved_at)


def _apply(step: Step, movement: Movement) -> None:
    """Book a movement that may take more than is there, or more than may be promised."""
    item, node = movement.item, movement.node
    if movement.on_hand < 0:
        unknown = stock.lose(step.connection, movement)
        if unknown:
            attention(
                step,
                "adjusted_below_zero",
                f"{node} {item}",
                f"{movement.note}: {-movement.on_hand} {item} are gone at {node}, {unknown} more"
                " than we knew of",
                "find the receipt or count that is missing; close",
            )
    else:
        stock.book(step.connection, movement)
    if movement.on_hand > 0 or movement.held < 0:
        stock.offer_again(step.connection, item)
    take_back(step, item, node, why=movement.note)


def _take_away(step: Step, node: NodeSettings, before: Booked, number: str) -> None:
    """Undo what an earlier 947 booked; in the ledger its own entries then add up to nothing."""
    for item, node_id, on_hand, held, moved_at in stock_documents.sums_booked(
        step.connection, before.document_id
    ):
        movement = Movement(
            item=item,
            node=node_id,
            kind="adjustment" if on_hand else "status",
            at=step.at,
            moved_at=moved_at,
            on_hand=-on_hand,
            held=-held,
            document_id=before.document_id,
            note=f"947 {number} takes back what it said before",
        )
        _apply(step, movement)
        settle_count(step, node, item, moved_at=moved_at)
    text = f"947 {number} at {node.id}: what it said before was taken back"
    add_event(step.connection, "stock.adjusted", text, at=step.at)
