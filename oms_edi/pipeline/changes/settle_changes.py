"""Find out what became of changes that waited for a warehouse or a person."""

from oms_edi.domain.change import DELETE, Outcome
from oms_edi.domain.lifecycle import Place, order_name
from oms_edi.domain.message import Purpose
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import changes, orders, requests
from oms_edi.store.changes import ChangeLine, StoredChange
from oms_edi.store.database import write_tx
from oms_edi.store.requests import Request, Stop
from oms_edi.store.timeline import add_event, did_last_hold_end, open_holds


def settle_changes(step: Step) -> int:
    """Settle every change of which all is known now; return how many that were."""
    done = 0
    for stored in changes.in_state(step.connection, "requested"):
        if stored.order_id is None:
            continue
        order = orders.read_order(step.connection, stored.order_id)
        rows = changes.read_lines(step.connection, stored.change_id)
        known = _known(step, stored, order, [r for r in rows if r.outcome is Outcome.PENDING])
        if not known:
            continue
        with write_tx(step.connection):
            for row in known:
                changes.set_outcome(
                    step.connection, stored.change_id, row.number, row.outcome, row.reason
                )
            told = "; ".join(
                f"{row.what} {row.outcome}" + (f" ({row.reason})" if row.reason else "")
                for row in known
            )
            if not any(
                row.outcome is Outcome.PENDING
                for row in changes.read_lines(step.connection, stored.change_id)
            ):
                changes.settle(step.connection, stored.change_id, at=step.at)
            add_event(step.connection, "change.settled", told, at=step.at, order_id=stored.order_id)
        done += 1
    return done


def _known(
    step: Step, stored: StoredChange, order: BookOrder, pending: list[ChangeLine]
) -> list[ChangeLine]:
    """Return the pending lines of a change whose outcome is known now."""
    asked = requests.requests_of_change(step.connection, stored.change_id)
    stops = requests.stops_of_change(step.connection, stored.change_id)
    stopping = requests.stopping_lines(step.connection, order.order_id)
    lines = {line.line_id: line for line in order.lines}
    found = []
    for row in pending:
        if row.number == 0:
            outcome = _terms_outcome(asked)
        else:
            mine = [stop for stop in stops if stop.number == row.number]
            line = lines.get(row.line_id or 0)
            is_cancel = stored.change.purpose is Purpose.CANCEL or _is_delete(stored, row)
            if any(stop.state == "requested" for stop in mine):
                outcome = None
            elif line is not None and is_cancel:
                outcome = None if line.line_id in stopping else _cancel_outcome(line)
            elif mine:
                outcome = _with_refused(row, _stop_outcome(mine))
            elif any(r.terms and r.state == "requested" for r in asked):
                outcome = None
            else:
                outcome = _with_refused(row, _hold_outcome(step, order, line, row, asked))
        if outcome is not None:
            found.append(row._replace(outcome=outcome[0], reason=outcome[1]))
    return found


def _with_refused(
    row: ChangeLine, outcome: tuple[Outcome, str] | None
) -> tuple[Outcome, str] | None:
    """Return the outcome of a line of which a part was refused when it came."""
    if outcome is None or not row.refused:
        return outcome
    what, why = outcome
    told = f"{row.refused}; {why}" if why else row.refused
    return (Outcome.PARTLY if what is Outcome.ACCEPTED else what), told


def _is_delete(stored: StoredChange, row: ChangeLine) -> bool:
    place = row.number - 1
    lines = stored.change.lines
    return place >= len(lines) or lines[place].code in DELETE


def _terms_outcome(asked: list[Request]) -> tuple[Outcome, str] | None:
    """Return what warehouses said of other dates or another ship-to."""
    states = {request.state for request in asked if request.terms}
    if "requested" in states:
        return None
    if states == {"refused"}:
        return Outcome.REJECTED, "the warehouse ships as it was told first"
    if "refused" in states:
        return Outcome.PARTLY, "not every warehouse could"
    return Outcome.ACCEPTED, ""


def _cancel_outcome(line: BookLine) -> tuple[Outcome, str]:
    q = line.quantities
    if not q.shipped and q.cancelled == q.ordered:
        return Outcome.ACCEPTED, ""
    if q.cancelled == 0:
        return Outcome.REJECTED, "the warehouse ships it"
    gone = q.ordered - q.cancelled
    return Outcome.PARTLY, f"{gone} units could not be stopped"


def _stop_outcome(stops: list[Stop]) -> tuple[Outcome, str]:
    asked, stopped = sum(s.units for s in stops), sum(s.stopped for s in stops)
    if stopped == asked:
        return Outcome.ACCEPTED, ""
    reason = f"{asked - stopped} units could not be stopped"
    is_outside = any(stop.target == Place.OUTSIDE for stop in stops)
    return (Outcome.PARTLY if stopped and is_outside else Outcome.REJECTED), reason


def _hold_outcome(
    step: Step, order: BookOrder, line: BookLine | None, row: ChangeLine, asked: list[Request]
) -> tuple[Outcome, str] | None:
    """Return the outcome of a line that waits for a person, or for its shipment's terms."""
    if any(request.terms for request in asked):
        return _terms_outcome(asked)
    holds = open_holds(step.connection, order.order_id)
    ids = {line.line_id} if line is not None else {held.line_id for held in order.lines}
    if any(hold.line_id is None or hold.line_id in ids for hold in holds):
        return None
    if line is not None and did_last_hold_end(step.connection, line.line_id, outcome="rejected"):
        return Outcome.REJECTED, f"{order_name(order.order_id)} {row.what}: refused by a person"
    return Outcome.ACCEPTED, ""
