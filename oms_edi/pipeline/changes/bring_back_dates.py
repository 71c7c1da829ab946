"""Dates every warehouse refused are as they were: what was not agreed to did not happen."""

from datetime import date

from oms_edi.domain.change import DATES
from oms_edi.domain.order import BookOrder
from oms_edi.pipeline.changes.change_header import decide_by_dates, judge_dates
from oms_edi.pipeline.changes.withdraw import Asking, asking, decide_anew
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import order_terms, requests
from oms_edi.store.requests import Pair
from oms_edi.store.timeline import add_event


def bring_back_dates(step: Step, change_id: int, order: BookOrder, *, reason: str) -> None:
    """Give an order and its lines the dates a change took from them and no warehouse agreed to.

    Not where another change has set others since. What waits is decided by them again.
    """
    asked = [r for r in requests.requests_of_change(step.connection, change_id) if r.before]
    settled = {
        key: pair
        for request in asked
        for key, pair in request.before.items()
        if all(other.state == "refused" for other in asked if key in other.before)
    }
    if not settled:
        return
    about = asking(step, order, change_id, reason)
    told = _dates(about, {key: settled[key] for key in DATES if key in settled})
    for line in order.lines:
        old, new = settled.get(str(line.line_id), (None, None))
        if new and line.requested_on == date.fromisoformat(new):
            order_terms.set_line_terms(
                step.connection, line.line_id, destination=line.destination, requested_on=_day(old)
            )
            about.refresh()
            decide_anew(about, line.line_id)
            told.append(f"line {line.buyer_line} for {old or 'any day'} again")
    if told:
        text = f"{', '.join(told)}: {reason}"
        add_event(step.connection, "change.undone", text, at=step.at, order_id=order.order_id)


def _dates(about: Asking, before: dict[str, Pair]) -> list[str]:
    """Bring dates of the whole order back; return what is told of them."""
    step, order = about.step, about.order
    dates = {
        name: _day(old) for name, (old, new) in before.items() if getattr(order, name) == _day(new)
    }
    if not dates:
        return []
    order_terms.set_dates(step.connection, order.order_id, dates)
    about.refresh()
    judge_dates(step, step.partners.by_id(order.partner), about.order)
    decide_by_dates(about)
    return [f"{name} {on or 'none'} again" for name, on in dates.items()]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
