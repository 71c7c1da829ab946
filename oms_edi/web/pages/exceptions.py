"""Exceptions: queues, owners, and what is done about many at once; one of them in full."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from urllib.parse import urlencode

from starlette.responses import Response

from oms_edi.domain.exceptions import KINDS, Queue, Severity
from oms_edi.domain.role import Role
from oms_edi.errors import NotFound, Refused, TransientError
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people import see_to
from oms_edi.store import access, exception_list, queries
from oms_edi.store.exception_list import Row, Wanted
from oms_edi.web import cures
from oms_edi.web.asked import PAGE_ROWS, Asked
from oms_edi.web.route import act, page
from oms_edi.web.words import capitalize_first, kind

#: Faults of a bulk act that are told; the others are counted.
_TOLD = 3
#: Digits of a number that is one of ours.
_DIGITS = 16
_FILTERS = ("queue", "owner", "severity", "kind", "partner", "state")


def show_list(asked: Asked) -> Response:
    """List what is open, the most money at risk first, or what is over, the newest first."""
    found = exception_list.exceptions(asked.connection, _wanted(asked), now=asked.now)
    more = len(found) > PAGE_ROWS
    filters = {name: asked.text(name) for name in _FILTERS}
    counts = asked.kept("exceptions", partial(exception_list.open_counts, now=asked.now))
    last = found[PAGE_ROWS - 1]["exception_id"] if more else 0
    return asked.page(
        "exceptions.html",
        found=found[:PAGE_ROWS],
        filters=filters,
        queues=[(queue.value, _sum(counts, queue)) for queue in Queue],
        total=sum(row["count"] for row in counts),
        next_page=_link(filters, {"after": str(last)}) if more else "",
        link=lambda **more: _link(filters, more),
        kinds=sorted(((name, kind(name)) for name in KINDS), key=itemgetter(1)),
        severities=[severity.value for severity in Severity],
        owners=_owners(asked),
    )


def _wanted(asked: Asked) -> Wanted:
    owner = asked.text("owner")
    return Wanted(
        closed=asked.text("state") == "over",
        snoozed=asked.text("state") == "asleep",
        queue=asked.text("queue"),
        owner=asked.visitor.name if owner == "me" else owner,
        kind=asked.text("kind"),
        severity=asked.text("severity"),
        partner=asked.text("partner"),
        after=asked.number("after") or 0,
        limit=PAGE_ROWS + 1,
    )


def _link(filters: dict[str, str], more: dict[str, str]) -> str:
    wanted = {name: value for name, value in (filters | more).items() if value}
    return f"/exceptions?{urlencode(wanted)}" if wanted else "/exceptions"


def _sum(counts: list[Row], queue: Queue) -> int:
    return sum(row["count"] for row in counts if row["queue"] == queue)


def _owners(asked: Asked) -> list[str]:
    """Return who may be asked to see to something: users, and who does already."""
    found = set(asked.kept("owners", exception_list.owners))
    if asked.places.access.exists():
        with access.opened(asked.places.access) as connection:
            found.update(user.name for user in access.users(connection))
    return sorted(found)


def show(asked: Asked) -> Response:
    """Show one, with what it is about and the acts that still help."""
    one = exception_list.exception(asked.connection, asked.numbered("number"), now=asked.now)
    if one is None:
        raise NotFound(f"there is no exception {asked.path['number']}")
    order = queries.order(asked.connection, one["order_id"]) if one["order_id"] else None
    return asked.page(
        "exception.html",
        one=one,
        kind=KINDS.get(one["kind"]),
        order=order,
        line=cures.line_of(order, one["buyer_line"]),
        cure=cures.cures_of(asked, one, order),
        others=_others(asked, one),
        is_hold=one["kind"] in see_to.HOLDS,
        owners=_owners(asked),
    )


def _others(asked: Asked, one: Row) -> list[Row]:
    """Return what is still open for the order of one that is over."""
    if not (one["closed_at"] and one["order_id"]):
        return []
    return exception_list.of_order(asked.connection, one["order_id"], now=asked.now)


def see_to_many(asked: Asked) -> Response:
    """Do the same about every checked one; each by itself, so one refusal stops no other."""
    told = dict.fromkeys(asked.texts("number"))
    numbers = [int(one) for one in told if one.isascii() and one.isdecimal() and len(one) < _DIGITS]
    if not numbers:
        raise Refused("Check the boxes of those it is about first.")
    if len(numbers) > PAGE_ROWS * 2:
        raise Refused(f"At most {PAGE_ROWS * 2} at a time.")
    do, done = _doing(asked)
    faults: list[str] = []
    for number in numbers:
        try:
            do(asked.step(), number)
        except (Refused, NotFound, TransientError) as error:
            faults.append(str(error))
    text = f"{len(numbers) - len(faults)} {done}."
    if len(numbers) == 1:
        text = capitalize_first(f"{faults[0] if faults else done}.")
    elif faults:
        left = f" and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
        text += f" Not done: {'; '.join(faults[:_TOLD])}{left}."
    return asked.go(asked.back, told=text, is_fault=bool(faults))


def _doing(asked: Asked) -> tuple[Callable[[Step, int], object], str]:
    """Return what is to be done to each, and how that is told."""
    actor, reason, what = asked.actor, asked.reason, asked.text("do")
    if what == "assign":
        owner = asked.text("owner")
        return (
            lambda step, n: see_to.assign(step, n, owner, actor=actor, reason=reason),
            f"given to {owner}" if owner else "given back to their queues",
        )
    if what == "snooze":
        until = _until(asked)
        return (
            lambda step, n: see_to.snooze(step, n, until, actor=actor, reason=reason),
            "put to sleep",
        )
    if what == "wake":
        return lambda step, n: see_to.snooze(step, n, None, actor=actor, reason=reason), "awake"
    if what == "resolve":
        return lambda step, n: see_to.resolve(step, n, actor=actor, reason=reason), "resolved"
    raise Refused(f"nothing is known about {what[:20]!r}")


def _until(asked: Asked) -> datetime:
    hours = asked.number("hours")
    if not hours or hours > 24 * 366:
        raise Refused("Say for how many hours, from 1 on.")
    return asked.now + timedelta(hours=hours)


ROUTES = (
    page("/exceptions", show_list, role=Role.VIEWER),
    act("/exceptions", see_to_many, role=Role.OPERATOR),
    page("/exceptions/{number}", show, role=Role.VIEWER),
)
