"""What a supplier says of each part of an 850: how much will ship, when, at what price. Pure.

Quantities of the ACKs of a line add up. What is neither promised nor put on hold is refused; a
backorder without a date is a refusal, for nobody could be told when. Source: X12 004010 855.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms_edi.domain.documents import AcknowledgedLine, LineAnswer, SupplierAnswer

#: BAK02 that accept all that is not mentioned, and those that refuse it.
_ALL_ACCEPTED = frozenset({"AD", "AE", "AK", "AT"})
_ALL_REFUSED = frozenset({"RD", "RJ", "RF"})
#: ACK01 of what will ship: as it is, or with another quantity, price or date.
_WILL_SHIP = frozenset({"IA", "AC", "AR", "IC", "IQ", "IP", "IE", "DR", "BP"})
_BACKORDERED = "IB"
#: On hold, or incomplete: neither yes nor no.
_WAITS = frozenset({"IH", "IF", "IW"})
#: ACK04 of a day of delivery; all others are taken as the day it ships.
_DELIVERY = frozenset({"002", "017", "067", "069", "074"})


class Asked(NamedTuple):
    """One line of an 850 of ours, as the book has it."""

    allocation_id: int
    #: PO101.
    number: int
    item: str
    #: What the supplier calls it and what we call it, without qualifiers.
    names: frozenset[str]
    #: Base units bought, less what was given up before.
    units: int
    #: Base units in each unit of measure.
    factors: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one line of an 850."""

    #: Base units that will ship, at most those asked for.
    confirmed: int
    #: Base units it says neither yes nor no to.
    waiting: int = 0
    #: Base units it confirms beyond those asked for.
    over: int = 0
    #: ACK01 of what is refused, or "not answered".
    refusal: str = ""
    #: Day it ships, or is delivered; None = not told.
    ship_on: date | None = None
    deliver_on: date | None = None
    #: For one base unit.
    price: Decimal | None = None


def read_answer(answer: SupplierAnswer, asked: Sequence[Asked]) -> dict[int, Answer | None]:
    """Return what an 855 says of each line, by allocation; None = nothing that can be counted."""
    lines = _matched(answer, asked)
    return {
        one.allocation_id: _of_line(answer, one, lines[one.allocation_id])
        if one.allocation_id in lines
        else _unmentioned(answer, one)
        for one in asked
    }


def strangers(answer: SupplierAnswer, asked: Sequence[Asked]) -> list[AcknowledgedLine]:
    """Return lines of an 855 that are no line of its 850."""
    known = {id(line) for line in _matched(answer, asked).values()}
    return [line for line in answer.lines if id(line) not in known]


def _matched(answer: SupplierAnswer, asked: Sequence[Asked]) -> dict[int, AcknowledgedLine]:
    """Return the line of the 855 for each line of the 850: by PO101, else by item."""
    found: dict[int, AcknowledgedLine] = {}
    left = list(answer.lines)
    for by_number in (True, False):
        for one in asked:
            if one.allocation_id in found:
                continue
            for line in left:
                same = {code for _, code in line.items} & one.names
                if by_number:
                    fits = line.buyer_line.lstrip("0") == str(one.number)
                    fits = fits and bool(same or not line.items)
                else:
                    fits = bool(same)
                if fits:
                    found[one.allocation_id] = line
                    left.remove(line)
                    break
    return found


def _unmentioned(answer: SupplierAnswer, asked: Asked) -> Answer | None:
    if answer.kind in _ALL_ACCEPTED:
        return Answer(confirmed=asked.units)
    if answer.kind in _ALL_REFUSED:
        return Answer(confirmed=0, refusal=answer.kind)
    return None


def _of_line(answer: SupplierAnswer, asked: Asked, line: AcknowledgedLine) -> Answer | None:
    answers = line.answers
    if not answers:  # a PO1 alone: its quantity is accepted, unless all of it is refused
        if answer.kind in _ALL_REFUSED:
            return _unmentioned(answer, asked)
        answers = (LineAnswer("IA", line.quantity, None, ""),)
    factor = asked.factors.get(line.unit) if line.unit else 1
    if not factor or any(one.quantity * factor % 1 for one in answers):
        return None
    will = [one for one in answers if one.status in _WILL_SHIP]
    will += [one for one in answers if one.status == _BACKORDERED and one.on]
    waits = [one for one in answers if one.status in _WAITS]
    told = int(sum(one.quantity for one in will) * factor)
    confirmed = min(told, asked.units)
    waiting = min(int(sum(one.quantity for one in waits) * factor), asked.units - confirmed)
    no = next((one.status for one in answers if one not in will and one not in waits), "")
    ships = [one.on for one in will if one.on and one.date_qualifier not in _DELIVERY]
    arrives = [one.on for one in will if one.on and one.date_qualifier in _DELIVERY]
    return Answer(
        confirmed=confirmed,
        waiting=waiting,
        over=told - confirmed,
        refusal="" if confirmed + waiting == asked.units else no or "fewer",
        ship_on=max(ships, default=None),
        deliver_on=max(arrives, default=None),
        price=None if line.unit_price is None else line.unit_price / factor,
    )
