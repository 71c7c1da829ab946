"""Put one change into the book: apply it, know it again, or have it wait for its order.

An 860, or an 850 that changes, replaces or cancels. The table of what is a repeat is in the
documentation (docs/architecture.md).
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from oms_edi.domain.change import OrderChange, Source
from oms_edi.domain.counted import counted
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.message import Purpose
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.apply_change import apply_change
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import changes, orders
from oms_edi.store.catalog import Catalog
from oms_edi.store.changes import NewChange, StoredChange
from oms_edi.store.database import write_tx
from oms_edi.store.orders import KnownOrder
from oms_edi.store.timeline import add_event, open_holds


class Changed(NamedTuple):
    """What became of a document that changes an order."""

    order_id: int | None
    #: True if the book had it already.
    is_repeated: bool
    #: For people.
    text: str


def take_change(
    step: Step,
    catalog: Catalog,
    change: OrderChange,
    profile: PartnerProfile,
    *,
    source: Source,
    file_id: int,
) -> Changed:
    """Decide what `change` is about and write what follows, inside the caller's transaction."""
    catalog.open_values.pop(profile.id, None)  # what the customer has open changes with it
    sha = hashlib.sha256(repr(change).encode()).hexdigest()
    last = changes.last_received(
        step.connection, profile.id, change.po_number, change.release_number
    )
    if last is not None and last.content_sha == sha:
        text = f"the {source} of PO {change.po_number} came again; it was not applied twice"
        add_event(
            step.connection,
            "change.repeated",
            text,
            at=step.at,
            order_id=last.order_id,
            file_id=file_id,
        )
        return Changed(last.order_id, True, text)
    known = _known(step, profile, change)
    wanted = _meant(step, change, known)
    stored = [
        _put(step, change, profile, source, sha, file_id, order_id, is_told=n == 0)
        for n, order_id in enumerate(wanted or [known[-1].order_id if known else None])
    ]
    first = stored[0]
    older = _outdated(last, change)
    if not known:
        text = f"changes PO {change.po_number}, which we do not have; waits"
        add_event(step.connection, "change.waiting", text, at=step.at, file_id=file_id)
        return Changed(None, False, text)
    if older or not wanted:
        names = " and ".join(order_name(one.order_id) for one in known)
        _refuse(step, first, older or f"{names} have this PO; which one is meant is not clear")
        return Changed(first.order_id, False, "refused")
    for one in stored:
        if one.order_id is not None:
            apply_change(step, catalog, one, one.order_id, profile)
    names = " and ".join(order_name(one.order_id or 0) for one in stored)
    return Changed(first.order_id, False, f"{change.purpose} of {names}")


def _known(step: Step, profile: PartnerProfile, change: OrderChange) -> list[KnownOrder]:
    return orders.orders_with_po(
        step.connection, profile.id, change.po_number, change.release_number
    )


def _meant(step: Step, change: OrderChange, known: list[KnownOrder]) -> list[int]:
    """Return the orders a change is about; none if that is not clear.

    A cancel cancels every order with its PO, the one they were told of first. A change is not
    about a copy that is held as one.
    """
    alive = [one.order_id for one in known if one.is_alive]
    if change.purpose is Purpose.CANCEL:
        return alive or [one.order_id for one in known[-1:]]
    if len(alive) > 1:
        alive = [order_id for order_id in alive if not _is_copy(step, order_id)]
    if len(alive) > 1:
        return []
    return alive or [one.order_id for one in known[-1:]]


def _is_copy(step: Step, order_id: int) -> bool:
    kinds = (HoldKind.DUPLICATE, HoldKind.AMENDMENT)
    return any(h.kind in kinds and not h.line_id for h in open_holds(step.connection, order_id))


def _put(
    step: Step,
    change: OrderChange,
    profile: PartnerProfile,
    source: Source,
    sha: str,
    file_id: int,
    order_id: int | None,
    *,
    is_told: bool,
) -> StoredChange:
    """Write the change down; the partner is told once, however many orders it is about."""
    new = NewChange(
        partner=profile.id,
        order_id=order_id,
        source=source,
        change=change,
        content_sha=sha,
        file_id=file_id,
        answer_due=is_told,
    )
    return changes.read_change(
        step.connection, changes.put_change(step.connection, new, at=step.at)
    )


def _outdated(last: StoredChange | None, change: OrderChange) -> str:
    """Return why a change comes too late: a later one was taken before it (BCH05)."""
    if last is None or not (last.change.sequence.isdecimal() and change.sequence.isdecimal()):
        return ""
    if int(change.sequence) >= int(last.change.sequence):
        return ""
    return f"change {change.sequence} came after change {last.change.sequence}"


def _refuse(step: Step, stored: StoredChange, reason: str) -> None:
    """Settle a change of which nothing is done; its partner is told, and a person."""
    changes.settle(step.connection, stored.change_id, reason=reason, at=step.at)
    po_number = stored.change.po_number
    add_event(
        step.connection,
        "change.refused",
        f"{stored.source} {stored.change.purpose} of PO {po_number}: {reason}",
        at=step.at,
        order_id=stored.order_id,
        file_id=stored.file_id,
    )
    attention(
        step,
        "change_refused" if stored.order_id else "unknown_order",
        f"{stored.partner} {po_number} change {stored.change_id}",
        f"PO {po_number}: a {stored.change.purpose} was refused: {reason}",
        "ask the partner which order is meant, then close it",
        order_id=stored.order_id,
        file_id=stored.file_id,
    )


def match_waiting(step: Step) -> int:
    """Apply changes whose order has come; refuse those that waited long enough."""
    done = 0
    for stored in changes.in_state(step.connection, "waiting"):
        profile = step.partners.find(stored.partner)
        if profile is None:
            continue
        known = _known(step, profile, stored.change)
        if not known and not _is_over(step, stored, profile):
            continue
        with write_tx(step.connection):
            if not known:
                hours = counted(profile.orders.changes.wait_h, "hour")
                _refuse(step, stored, f"no order has this PO, {hours} after the change")
            else:
                order_id = (_meant(step, stored.change, known) or [known[0].order_id])[0]
                changes.found_order(step.connection, stored.change_id, order_id)
                apply_change(step, Catalog(step.connection), stored, order_id, profile)
        done += 1
    return done


def _is_over(step: Step, stored: StoredChange, profile: PartnerProfile) -> bool:
    since = datetime.fromisoformat(stored.since)
    return step.now >= since + timedelta(hours=profile.orders.changes.wait_h)
