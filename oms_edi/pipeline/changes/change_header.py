"""Other dates, or another ship-to, for a whole order."""

from datetime import date

from oms_edi.domain.change import DATES
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.message import OrderMessage, Purpose
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.party import Party
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.applying import Applying, Parts
from oms_edi.pipeline.changes.change_terms import ask_terms, open_shipments
from oms_edi.pipeline.changes.compare_change import moved_to
from oms_edi.pipeline.changes.withdraw import Asking, decide_anew
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.enrich import check_dates
from oms_edi.pipeline.orders.find_place import find_place
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.pipeline.orders.holding import end_holds, place_hold
from oms_edi.store import order_terms
from oms_edi.store.changes import ChangeLine
from oms_edi.store.requests import Before
from oms_edi.store.timeline import open_holds

#: Dates of an order that the 940 tells a warehouse.
_TOLD = ("deliver_by", "cancel_after")


def apply_header(applying: Applying) -> list[ChangeLine]:
    """Apply what the header of a change says; a row if it says anything new."""
    parts = Parts()
    order = applying.asked.order
    dates = {
        name: new
        for name in DATES
        if (new := getattr(applying.change, name)) is not None and new != getattr(order, name)
    }
    place = _new_place(applying, parts)
    if not (dates or place or parts.refused):
        return []
    if not any(applying.live(line) > line.quantities.shipped for line in order.lines):
        parts.refused.append("nothing of the order is still to ship")
    else:
        if dates:
            _change_dates(applying, dates, parts)
        if place:
            _change_place(applying, place, parts)
    what = f"header: {', '.join(parts.told) or 'ship-to'}"
    return [ChangeLine(0, None, what, parts.outcome, parts.reason)]


def _change_dates(applying: Applying, dates: dict[str, date], parts: Parts) -> None:
    """Set dates anew; what is allocated keeps its stock as long as its plan still fits."""
    step, before = applying.step, applying.asked.order
    was: Before = {}
    for name, new in dates.items():
        old = getattr(before, name)
        was[name] = (old and old.isoformat(), new.isoformat())
        parts.told.append(f"{name} {new} instead of {old or 'none'}")
    order_terms.set_dates(step.connection, before.order_id, dates)
    applying.asked.refresh()
    order = applying.asked.order
    judge_dates(step, applying.profile, order)
    asked = 0
    if any(name in dates for name in _TOLD) or _is_moved(applying, order):
        asked = ask_terms(applying, _terms(dates, order), was)
    if asked:
        parts.pending.append(f"{asked} shipments are asked for other dates")
    decide_by_dates(applying.asked)
    parts.done += 1


def decide_by_dates(asked: Asking) -> None:
    """Put up for decision what waits, and what is planned for days that do not fit any more."""
    order = asked.order
    for line in order.lines:
        waits = line.quantities.backordered
        if waits or (line.quantities.allocated and not _still_fits(asked, order, line)):
            decide_anew(asked, line.line_id)


def judge_dates(step: Step, profile: PartnerProfile, order: BookOrder) -> None:
    """Hold the order if its dates cannot all be true, end such a hold if now they can."""
    message = OrderMessage(
        purpose=Purpose.ORIGINAL,
        po_number=order.po_number,
        ordered_on=order.ordered_on,
        ship_on=order.ship_on,
        not_before=order.not_before,
        not_after=order.not_after,
        deliver_by=order.deliver_by,
        cancel_after=order.cancel_after,
    )
    findings = Findings()
    check_dates(message, profile.orders.dates, step.now.date(), findings)
    found = findings.holds
    holds = [
        hold for hold in open_holds(step.connection, order.order_id) if hold.kind == HoldKind.DATE
    ]
    if not found:
        end_holds(
            step,
            order.order_id,
            holds,
            outcome="released",
            actor="partner",
            reason="the buyer changed the dates",
        )
    elif not holds:
        reason = found[0].reason
        place_hold(step, order.order_id, None, HoldKind.DATE, reason, po_number=order.po_number)


def _terms(dates: dict[str, date], order: BookOrder) -> dict[str, str]:
    """Return the dates a warehouse is asked to go by."""
    terms = {name: dates[name].isoformat() for name in _TOLD if name in dates}
    ship_on = max(filter(None, (order.ship_on, order.not_before)), default=None)
    if ship_on is not None:
        terms["ship_on"] = ship_on.isoformat()
    return terms


def _is_moved(applying: Applying, order: BookOrder) -> bool:
    """True if a shipment would leave on a day the order does not allow any more."""
    days = [s.ship_on for s in open_shipments(applying) if s.ship_on]
    return any(not _allows(order, date.fromisoformat(day)) for day in days)


def _allows(order: BookOrder, ship_on: date) -> bool:
    early, late = order.not_before, order.not_after or order.ship_on
    return (early is None or ship_on >= early) and (late is None or ship_on <= late)


def _still_fits(asked: Asking, order: BookOrder, line: BookLine) -> bool:
    """True if what is planned of a line keeps to the order's dates."""
    for part in asked.allocations:
        if part.line_id != line.line_id or part.shipment_id is not None:
            continue
        if part.ship_on and not _allows(order, date.fromisoformat(part.ship_on)):
            return False
        due = order.deliver_by
        if due and part.deliver_on and date.fromisoformat(part.deliver_on) > due:
            return False
    return True


def _new_place(applying: Applying, parts: Parts) -> Party | None:
    """Return the ship-to the header names, if the order does not go there."""
    order, wanted = applying.asked.order, applying.change.ship_to
    if wanted is None or not order.destinations:
        return None
    moved = [moved_to(place, wanted) for place in order.destinations]
    if None in moved:
        return None
    if len(order.destinations) > 1:
        count = len(order.destinations)
        parts.refused.append(f"the order goes to {count} places; say by line which one moves")
        return None
    return wanted


def _change_place(applying: Applying, wanted: Party, parts: Parts) -> None:
    """Send the order elsewhere; what a warehouse has only if it agrees."""
    step, order = applying.step, applying.asked.order
    findings = Findings()
    place = find_place(wanted, applying.profile, applying.catalog, findings)
    problems = findings.holds
    shipped = any(line.quantities.shipped for line in order.lines)
    released = open_shipments(applying)
    if shipped or (released and problems):
        why = problems[0].reason if problems else "some of it has shipped to the old ship-to"
        parts.refused.append(why)
        return
    parts.told.append(f"ship-to {place.id_code or place.name or place.city}")
    number = 0
    if released:
        number = len(order.destinations)
        asked = ask_terms(applying, {"destination": number})
        parts.pending.append(f"{asked} shipments are asked for another ship-to")
    order_terms.set_destination(step.connection, order.order_id, number, place)
    holds = [h for h in open_holds(step.connection, order.order_id) if h.kind == HoldKind.ADDRESS]
    if problems and not holds:
        reason = problems[0].reason
        place_hold(step, order.order_id, None, HoldKind.ADDRESS, reason, po_number=order.po_number)
    elif holds and not problems:
        reason = "the buyer changed the ship-to"
        end_holds(step, order.order_id, holds, outcome="released", actor="partner", reason=reason)
    for line in order.lines:
        _move_line(applying, line, number)
    parts.done += 1


def _move_line(applying: Applying, line: BookLine, number: int) -> None:
    """Have a line go to another place of the order, or wait until its warehouse agrees to."""
    step, order, q = applying.step, applying.asked.order, line.quantities
    waits = q.open + q.allocated + q.backordered
    if q.released and waits:
        place_hold(
            step,
            order.order_id,
            line.line_id,
            HoldKind.AMENDMENT,
            f"line {line.buyer_line}: a warehouse is asked for another ship-to",
            po_number=order.po_number,
            buyer_line=line.buyer_line,
        )
    elif not q.released:
        order_terms.set_line_terms(
            step.connection,
            line.line_id,
            destination=number,
            requested_on=line.requested_on,
        )
        applying.decide_anew(line.line_id)
