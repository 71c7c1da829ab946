"""Apply a change to its order: by stage, line by line; refused with a reason where it cannot be.

Open, backordered, allocated: at once, through the same items, prices, places and holds as a new
order. Released: the warehouse is asked (`withdraw`). Shipped: refused.
"""

from oms_edi.domain.counted import counted
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Place, order_name
from oms_edi.domain.message import Purpose
from oms_edi.domain.order import BookLine
from oms_edi.domain.quantity import to_buyer
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.applying import Applying, Parts, is_settled
from oms_edi.pipeline.changes.cancel import cancel_order
from oms_edi.pipeline.changes.change_added import add_line
from oms_edi.pipeline.changes.change_answers import rest_sha
from oms_edi.pipeline.changes.change_header import apply_header
from oms_edi.pipeline.changes.change_terms import move_day, move_place
from oms_edi.pipeline.changes.compare_change import Wish, left_out, wish_for
from oms_edi.pipeline.changes.withdraw import asking, withdraw
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.enrich import our_price, resolve, settle_price
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.pipeline.orders.holding import end_holds, place_hold
from oms_edi.pipeline.orders.money import judge_again
from oms_edi.store import changes, order_terms, orders, requests, shipments
from oms_edi.store.catalog import Catalog
from oms_edi.store.changes import ChangeLine, StoredChange
from oms_edi.store.timeline import add_event, open_holds


def apply_change(
    step: Step, catalog: Catalog, stored: StoredChange, order_id: int, profile: PartnerProfile
) -> None:
    """Apply a change the partner sent to this order, inside the caller's transaction."""
    change = stored.change
    order = orders.read_order(step.connection, order_id)
    if not order.answer_due:
        rest = rest_sha(
            change,
            order,
            ship_dates=shipments.ship_dates(step.connection, order_id),
            method=profile.orders.quantity_method,
        )
        changes.set_rest(step.connection, stored.change_id, rest)
    number = f" {change.sequence}" if change.sequence else ""
    origin = f"{stored.source} {change.purpose}{number} of {profile.id}"
    if change.purpose is Purpose.CANCEL:
        cancel_order(
            step,
            order_id,
            source=stored.source,
            actor="partner",
            reason="cancelled by the buyer",
            change_id=stored.change_id,
        )
        return
    asked = asking(step, order, stored.change_id, f"changed by the buyer ({origin})")
    applying = Applying(step, catalog, profile, change, asked)
    rows = apply_header(applying)
    rows += _apply_lines(applying)
    asked.write()
    judge_again(step, asked.order)
    changes.put_lines(step.connection, stored.change_id, rows)
    if is_settled([row.outcome for row in rows]):
        changes.settle(step.connection, stored.change_id, at=step.at)
    add_event(
        step.connection,
        "order.changed",
        f"{origin}: {_summary(rows)}",
        at=step.at,
        actor="partner",
        order_id=order_id,
        file_id=stored.file_id,
    )


def _apply_lines(applying: Applying) -> list[ChangeLine]:
    """Apply each line of the change to the order as the ones before it left it."""
    change, asked = applying.change, applying.asked
    is_replaced = change.purpose is Purpose.REPLACE
    closed = _closed(applying)
    known = {line.line_id for line in asked.order.lines}
    told: set[int] = set()
    rows = []
    for number, poc in enumerate(change.lines, start=1):
        wish = wish_for(
            number,
            poc,
            asked.order,
            applying.profile,
            applying.catalog,
            applying.live,
            is_replaced=is_replaced,
        )
        told.update(line.line_id for line in wish.lines)
        rows.append(_row(applying, wish, closed))
    if is_replaced:
        told.update(line.line_id for line in asked.order.lines if line.line_id not in known)
        for wish in left_out(asked.order, told, applying.live, first=len(rows) + 1):
            rows.append(_row(applying, wish, closed))
    return rows


def _row(applying: Applying, wish: Wish, closed: str) -> ChangeLine:
    """Apply one wish; return what became of it. `closed` is why nothing can be changed."""
    parts = Parts(refused=[closed]) if closed else _line(applying, wish)
    what = f"line {wish.poc.buyer_line or '?'} {wish.poc.code}"
    told = ", ".join(parts.told) or "as it is"
    line_id = wish.lines[0].line_id if len(wish.lines) == 1 else None
    refused = "; ".join(parts.refused)
    return ChangeLine(wish.number, line_id, f"{what}: {told}", parts.outcome, parts.reason, refused)


def _summary(rows: list[ChangeLine]) -> str:
    """Say in one sentence what became of the lines of a change."""
    told = []
    for row in rows:
        why = f" ({row.reason})" if row.reason else ""
        told.append(f"{row.what} {row.outcome}{why}")
    return "; ".join(told) or "nothing"


def _closed(applying: Applying) -> str:
    """Return why nothing of the order can be changed any more; "" if something can."""
    lines = applying.asked.order.lines
    if any(applying.live(line) > line.quantities.shipped for line in lines):
        return ""
    name = order_name(applying.asked.order.order_id)
    shipped = any(line.quantities.shipped for line in lines)
    return f"{name} has shipped" if shipped else f"{name} is cancelled"


def _line(applying: Applying, wish: Wish) -> Parts:
    if wish.refused:
        return Parts(refused=[wish.refused])
    if wish.is_added:
        return add_line(applying, wish)
    parts = Parts()
    for line in wish.lines:
        if wish.is_deleted:
            _delete(applying, wish, line, parts)
            continue
        if line.line_id in wish.units:
            _resize(applying, wish, line, parts)
            _judge_quantity(applying, wish, applying.asked.line(line.line_id), parts)
        line_id = line.line_id
        if wish.price is not None:
            _reprice(applying, wish, applying.asked.line(line_id), parts)
        if wish.requested_on is not None:
            move_day(applying, wish, applying.asked.line(line_id), parts)
        if wish.ship_to is not None:
            move_place(applying, wish.ship_to, applying.asked.line(line_id), parts)
    return parts


def _delete(applying: Applying, wish: Wish, line: BookLine, parts: Parts) -> None:
    """Take a whole line away; its holds end with it."""
    _take_back(applying, wish, line, applying.live(line), Place.CANCELLED, parts)
    step, order = applying.step, applying.asked.order
    holds = [h for h in open_holds(step.connection, order.order_id) if h.line_id == line.line_id]
    if holds and not parts.pending:
        reason = "the buyer deleted the line"
        end_holds(step, order.order_id, holds, outcome="rejected", actor="partner", reason=reason)


def _take_back(
    applying: Applying, wish: Wish, line: BookLine, units: int, target: Place, parts: Parts
) -> None:
    shipped, live = line.quantities.shipped, applying.live(line)
    able = max(0, min(units, live - shipped))
    gone = withdraw(applying.asked, line, able, target=target, number=wish.number)
    parts.told.append(f"{counted(live - units, 'unit')} instead of {live}")
    if gone.requested:
        parts.pending.append(f"a warehouse is asked to stop {counted(gone.requested, 'unit')}")
    if able < units:
        parts.refused.append(f"{shipped} units have shipped")
    parts.done += 1 if able or not units else 0
    applying.asked.refresh(line.line_id)


def _resize(applying: Applying, wish: Wish, line: BookLine, parts: Parts) -> None:
    """Have a line ship more or less units."""
    step, q = applying.step, line.quantities
    live, wanted = applying.live(line), wish.units[line.line_id]
    if wanted < live:
        target = Place.OUTSIDE if wanted else Place.CANCELLED
        _take_back(applying, wish, line, live - wanted, target, parts)
    elif wanted > live and live == 0:
        parts.refused.append("the line is cancelled: add it anew")
    elif wanted > live and live == q.shipped:
        parts.refused.append(f"all {q.shipped} units have shipped")
    elif wanted > live:
        method = applying.profile.orders.quantity_method
        text = to_buyer(q.ordered + wanted - live, method=method, factor=line.unit_factor)
        order_terms.resize_line(
            step.connection, line.line_id, buyer_quantity=text, delta=wanted - live
        )
        requests.want_again(step.connection, line.line_id, wanted - live)
        parts.told.append(f"{counted(wanted, 'unit')} instead of {live}")
        parts.done += 1
        applying.asked.refresh(line.line_id)
    else:
        parts.done += 1
    if line.item is None and wanted and wish.poc.quantity and len(wish.lines) == 1:
        # Until its item is known a line is counted in the buyer's words only.
        order_terms.resize_line(
            step.connection, line.line_id, buyer_quantity=wish.poc.quantity, delta=0
        )
        applying.asked.refresh(line.line_id)


def _judge_quantity(applying: Applying, wish: Wish, line: BookLine, parts: Parts) -> None:
    """Have a quantity we do not sell held, warned of or noted, as that of a new line is."""
    step, order = applying.step, applying.asked.order
    action = applying.profile.orders.quantity.action
    odd = wish.odd.get(line.line_id, "")
    holds = [
        hold
        for hold in open_holds(step.connection, order.order_id)
        if hold.line_id == line.line_id and hold.kind == HoldKind.PACK
    ]
    if odd and holds:
        parts.pending.append(odd)
        return
    if holds and wish.units[line.line_id]:
        reason = "the buyer changed the quantity"
        end_holds(step, order.order_id, holds, outcome="released", actor="partner", reason=reason)
    if odd:
        findings = Findings()
        text = f"line {line.buyer_line}: {odd}"
        findings.act(action, HoldKind.PACK, text, line=0)
        applying.note(findings, [(line.line_id, line.buyer_line)], parts)
        parts.otherwise += action == "accept_ours"
    if odd or holds:
        applying.asked.refresh()


def _reprice(applying: Applying, wish: Wish, line: BookLine, parts: Parts) -> None:
    """Settle another price as that of a new line is; beyond the tolerance a person decides."""
    step, order = applying.step, applying.asked.order
    settings, theirs = applying.profile.orders, wish.price
    if line.quantities.shipped:
        parts.refused.append(f"{line.quantities.shipped} units shipped at {line.price}")
        return
    parts.told.append(f"price {theirs} instead of {line.buyer_price}")
    found = resolve(
        line.items, line.buyer_unit, line.buyer_quantity, applying.profile, applying.catalog
    )
    ours = our_price(applying.profile, found, applying.catalog) if line.item else None
    price, complaint = settle_price(theirs, ours, settings)
    order_terms.set_prices(step.connection, line.line_id, buyer_price=theirs, price=price)
    holds = [
        hold
        for hold in open_holds(step.connection, order.order_id)
        if hold.line_id == line.line_id and hold.kind == HoldKind.PRICE
    ]
    if complaint and settings.price.action == "hold":
        parts.pending.append(complaint)
        if not holds:
            place_hold(
                step,
                order.order_id,
                line.line_id,
                HoldKind.PRICE,
                f"line {line.buyer_line}: {complaint}",
                po_number=order.po_number,
                buyer_line=line.buyer_line,
            )
    else:
        end_holds(
            step,
            order.order_id,
            holds,
            outcome="released",
            actor="partner",
            reason="the buyer changed the price",
        )
        parts.done += 1
        parts.otherwise += bool(complaint) and settings.price.action == "accept_ours"
    applying.asked.refresh(line.line_id)
