"""How an order stands against its day, and what stands in its way, in plain words. Pure.

For whoever has to say on the telephone why it is late: one headline, then the causes in the order
they happened. What a node weighed stands in `trace`, what happened when on the timeline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from oms_edi.domain.counted import counted
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Status

Row = Mapping[str, Any]

#: What lasted less is no cause of anything.
_LONG = timedelta(hours=1)


class Tone(StrEnum):
    """How it stands, the worst first."""

    LATE = "late"  # its day has passed, or cannot be kept as it is planned
    AT_RISK = "at risk"  # a clock says so, or nobody knows when some of it ships
    WAITS = "waits"  # a person must act; its day is not in danger yet, or there is none
    ON_TIME = "on time"  # planned or done within its day
    NO_DAY = "no day"  # nobody asked for one
    OVER = "over"  # cancelled: nothing will come


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an order stands."""

    tone: Tone
    headline: str
    #: What took its time, or stands in its way, oldest first.
    causes: tuple[str, ...] = ()


class _Day(NamedTuple):
    """The day an order has to keep."""

    on: date
    #: True: it must be there then; else it must have left.
    is_arrival: bool

    @property
    def word(self) -> str:
        """What the day asks for, in words."""
        verb = "arrive" if self.is_arrival else "leave"
        return f"has to {verb} by {self.on}"


def standing(
    order: Row,
    *,
    plans: Sequence[Row],
    loads: Sequence[Row],
    exceptions: Sequence[Row],
    now: datetime,
) -> Standing:
    """Say how an order stands.

    `order` is a row of `store.queries.order`, `plans` and `loads` are of `store.order_facts`,
    `exceptions` those open about it.
    """
    today = now.date()
    if order["status"] == Status.CANCELLED:
        return Standing(tone=Tone.OVER, headline="It was cancelled; nothing will come.")
    day = _day(order)
    risks = [one for one in exceptions if one["kind"] == "ship_date_at_risk"]
    tone, headline = _headline(order, day, plans, loads, today, bool(risks))
    causes = _blocks(order, plans, today)
    if tone is Tone.LATE:
        causes = [*_took_time(order, plans), *causes, *map(_late_load, loads)]
        causes += _planned_late(day, plans)
    causes += [f"{one['text']}." for one in risks]
    told = tuple(cause for cause in dict.fromkeys(causes) if cause)
    return Standing(tone=tone, headline=headline, causes=told)


def _day(order: Row) -> _Day | None:
    if order["deliver_by"]:
        return _Day(date.fromisoformat(order["deliver_by"]), True)
    last = order["not_after"] or order["ship_on"]
    return _Day(date.fromisoformat(last), False) if last else None


def _left(order: Row) -> int:
    """Return the units that still have to leave."""
    return sum(
        line["open"] + line["allocated"] + line["backordered"] + line["released"]
        for line in order["lines"]
    )


def _headline(
    order: Row,
    day: _Day | None,
    plans: Sequence[Row],
    loads: Sequence[Row],
    today: date,
    at_risk: bool,
) -> tuple[Tone, str]:
    left = _left(order)
    waits = _waits(order)
    known = _known_days(plans, loads, day is None or day.is_arrival)
    last = max(known, default=None)
    if day is None:
        return _without_day(left, waits, last)
    if left and today > day.on:
        return Tone.LATE, f"Late: it had to {day.word[7:]}, and {_units(left)} have not left."
    unsure = _unpromised(order)
    if last and last > day.on:
        then = f"{'will arrive' if day.is_arrival else 'leaves'} on {last}"
        what = "what is planned of it" if unsure else "the last of it"
        told = f"Late: it {day.word}, and {what} {then}, {_days(last - day.on)} late"
        rest = f"; nobody knows when {_units(unsure)} will ship" if unsure else ""
        return Tone.LATE, f"{told}{rest}."
    if at_risk or unsure:
        why = f"nobody knows when {_units(unsure)} will ship" if unsure else "time is short"
        return Tone.AT_RISK, f"At risk: it {day.word}, and {why}."
    if waits:
        return Tone.WAITS, f"It {day.word}, and waits: {waits}."
    if left:
        return Tone.ON_TIME, f"On time: it {day.word}, and is planned for {last or 'that day'}."
    there = f", and is to be there on {last}" if last and day.is_arrival else ""
    return Tone.ON_TIME, f"On time: all of it left{there}; it {day.word.replace('has', 'had')}."


def _without_day(left: int, waits: str, last: date | None) -> tuple[Tone, str]:
    if waits:
        return Tone.WAITS, f"It waits: {waits}."
    if not left:
        there = f", there by {last} as planned" if last else ""
        return Tone.NO_DAY, f"All of it left{there}; nobody asked for a day."
    planned = f"the last of it is planned to arrive on {last}" if last else "it is under way"
    return Tone.NO_DAY, f"Nobody asked for a day; {planned}."


def _waits(order: Row) -> str:
    """Say what has to happen before it goes on; "" if nothing."""
    kinds = dict.fromkeys(hold["kind"] for hold in order["holds"] if not hold["outcome"])
    if kinds:
        return f"a person must decide ({', '.join(map(_kind, kinds))})"
    short = sum(line["backordered"] for line in order["lines"])
    return f"{_units(short)} have no stock" if short else ""


def _kind(name: str) -> str:
    return "held by a person" if name == HoldKind.MANUAL else name.replace("_", " ")


def _unpromised(order: Row) -> int:
    return sum(line["backordered"] for line in order["lines"] if not line["promised_on"])


def _known_days(plans: Sequence[Row], loads: Sequence[Row], is_arrival: bool) -> list[date]:
    """Return the days the parts of it arrive, or leave, as far as planned or told."""
    planned, known = ("deliver_on", "expected_on") if is_arrival else ("ship_on", "shipped_on")
    return days_of(plans, loads, planned, known)


def days_of(plans: Sequence[Row], loads: Sequence[Row], planned: str, known: str) -> list[date]:
    """Return the day of each part: as its loads tell once all of it left, else not before planned.

    `planned` and `known` are the names of the day in plans and in loads.
    """
    told = _latest(loads, known)
    found = []
    for plan in plans:
        if plan[planned] and plan["quantity"] > plan["short"]:
            day = told.get(plan["depositor_order"])
            is_out = plan["quantity"] == plan["shipped"] + plan["short"]
            on = date.fromisoformat(plan[planned])
            found.append(day if day and is_out else max(on, day or on))
    return found


def _latest(loads: Sequence[Row], name: str) -> dict[str, date]:
    """Return the latest day of this name that loads of each shipment tell."""
    told: dict[str, date] = {}
    for load in loads:
        if load[name]:
            day, number = date.fromisoformat(load[name]), load["depositor_order"]
            told[number] = max(day, told.get(number, day))
    return told


def _slip(load: Row) -> timedelta:
    """Return by how much a load left later than planned."""
    if not load["ship_on"]:
        return timedelta(0)
    planned = date.fromisoformat(load["ship_on"])
    return max(date.fromisoformat(load["shipped_on"]) - planned, timedelta(0))


def _blocks(order: Row, plans: Sequence[Row], today: date) -> list[str]:
    """Say what stands in its way now, or did not come as planned."""
    names = {line["line_id"]: line["buyer_line"] for line in order["lines"]}
    causes = [_held(hold, names) for hold in order["holds"] if not hold["outcome"]]
    causes += _shorts(plans)
    causes += [_waiting(line) for line in order["lines"] if line["backordered"]]
    causes += _asked(order["changes"])
    return causes + _overdue(plans, today)


def _took_time(order: Row, plans: Sequence[Row]) -> list[str]:
    """Say what it waited for and has got meanwhile."""
    names = {line["line_id"]: line["buyer_line"] for line in order["lines"]}
    causes = [_held(hold, names) for hold in order["holds"] if hold["outcome"]]
    short_at = [
        event["at"]
        for event in order["timeline"]
        if event["name"] == "order.decided" and "wait for stock" in event["text"]
    ]
    for plan in plans if short_at else ():
        if plan["told_at"] and _between(short_at[0], plan["told_at"]) >= _LONG:
            causes.append(
                f"{plan['quantity']} of line {plan['buyer_line']} ({plan['item']}) waited for"
                f" stock until {plan['told_at']}."
            )
    return causes


def _between(first: str, last: str) -> timedelta:
    return datetime.fromisoformat(last) - datetime.fromisoformat(first)


def _planned_late(day: _Day | None, plans: Sequence[Row]) -> list[str]:
    """Say which nodes were too far, or asked too late, to keep the day from the beginning."""
    if day is None:
        return []
    name = "deliver_on" if day.is_arrival else "ship_on"
    late = {
        (plan["node"], plan[name])
        for plan in plans
        if plan[name] and plan["quantity"] > plan["short"] and plan[name] > day.on.isoformat()
    }
    verb = "be there" if day.is_arrival else "leave"
    return [
        f"When it was decided, what {node} ships could {verb} on {on} at the soonest."
        for node, on in sorted(late)
    ]


def _held(hold: Row, names: Mapping[int, str]) -> str:
    what = f"Line {names[hold['line_id']]}" if hold["line_id"] in names else "It"
    is_manual = hold["kind"] == HoldKind.MANUAL
    why = "by a person" if is_manual else f"for {_kind(hold['kind'])}"
    if not hold["outcome"]:
        told = f"by {hold['reason']}" if is_manual else f"{why}: {hold['reason']}"
        return f"{what} is held since {hold['created_at']} {told}."
    lasted = _between(hold["created_at"], hold["closed_at"])
    if lasted < _LONG:
        return ""
    hours = lasted.total_seconds() / 3600
    return f"{what} was held {why} for {_span(hours)}, until {hold['closed_at']}."


def _span(hours: float) -> str:
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _shorts(plans: Sequence[Row]) -> list[str]:
    return [
        f"{plan['node']} did not ship {plan['short'] - plan['stopped']} of line"
        f" {plan['buyer_line']} ({plan['item']}, {plan['depositor_order']})."
        for plan in plans
        if plan["short"] > plan["stopped"]
    ]


def _waiting(line: Row) -> str:
    what = f"{line['backordered']} of line {line['buyer_line']} ({line['item']})"
    if not line["promised_on"]:
        return f"{what} wait for stock, and nothing that is to come is theirs."
    word = "will" if line["promise_is_certain"] else "should"
    return f"{what} wait for stock; they {word} ship on {line['promised_on']}."


def _asked(changes: Sequence[Row]) -> list[str]:
    return [
        f"{asked['node']} was asked on {asked['since']} to change {asked['depositor_order']},"
        " and has not answered."
        for change in changes
        for asked in change["requests"]
        if asked["state"] == "requested"
    ]


def _overdue(plans: Sequence[Row], today: date) -> list[str]:
    """Say what was to leave before today and is not told to have."""
    found: dict[tuple[str, str, str], int] = {}
    for plan in plans:
        left = plan["quantity"] - plan["shipped"] - plan["short"]
        day = date.fromisoformat(plan["ship_on"]) if plan["ship_on"] else date.max
        if plan["told_at"] and left and day < today:
            key = (plan["node"], plan["depositor_order"], plan["ship_on"])
            found[key] = found.get(key, 0) + left
    return [
        f"{node} was to ship {_units(units)} ({shipment}) on {ship_on}, and has not said that"
        " they left."
        for (node, shipment, ship_on), units in found.items()
    ]


def _late_load(load: Row) -> str:
    slip = _slip(load)
    if not slip:
        return ""
    return (
        f"{load['depositor_order']} left {load['node']} on {load['shipped_on']},"
        f" {_days(slip)} after its day."
    )


def _units(count: int) -> str:
    return counted(count, "unit")


def _days(span: timedelta) -> str:
    return counted(span.days, "day")
