"""What we tell a buyer about a change: the 865 as a value, from the facts in the book. Pure.

Quantities of the answers of a line add up to what is ordered of it now; `check_answer` refuses to
send otherwise.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from oms_edi.domain.change import ADD, ASPECTS, DELETE, LineChange, OrderChange, Outcome
from oms_edi.domain.documents import ChangeAnswer, ChangedLine, LineAnswer
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.message import Purpose
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.quantity import Method
from oms_edi.pipeline.replies.answers import acknowledged_line
from oms_edi.store.changes import ChangeLine, StoredChange

_CODES = frozenset({ADD, *DELETE, *ASPECTS})
#: POC02 that answers a code we do not know: the change to the item is rejected.
_REFUSED_CODE = "RC"
#: DTM01 of the dates a change may set anew.
_DATES = (
    ("010", "ship_on"),
    ("037", "not_before"),
    ("038", "not_after"),
    ("002", "deliver_by"),
    ("001", "cancel_after"),
)


def change_answer(
    stored: StoredChange,
    order: BookOrder,
    rows: Sequence[ChangeLine],
    *,
    ship_dates: Mapping[int, date],
    promised: Mapping[int, date],
    method: Method,
    on: date,
) -> ChangeAnswer:
    """Return the 865 for a change as it stands.

    `ship_dates` and `promised`, the day on which what waits will surely ship, are by line id.
    """
    change = stored.change
    header = next((row for row in rows if row.number == 0), None)
    lines: list[ChangedLine] = []
    outcomes = [header.outcome] if header else []
    for poc, group, outcome in _answered(change, order, [row for row in rows if row.number]):
        lines.append(_line(poc, group, outcome, ship_dates, promised, method))
        outcomes.append(outcome)
    is_header_told = header is not None and header.outcome is not Outcome.REJECTED
    return ChangeAnswer(
        purpose="05" if stored.answers else "00",
        kind=_kind(lines, outcomes),
        po_number=order.po_number,
        release_number=order.release_number,
        sequence=change.sequence,
        ordered_on=order.ordered_on or change.ordered_on or on,
        order_id=order_name(order.order_id),
        answered_on=on,
        changed_on=change.changed_on,
        references=told_references(change),
        dates=tuple(_dates(change)) if is_header_told else (),
        ship_to=change.ship_to if is_header_told else None,
        lines=tuple(lines),
    )


def rest_sha(
    change: OrderChange, order: BookOrder, *, ship_dates: Mapping[int, date], method: Method
) -> str:
    """Hash how the lines stand that an answer to this change does not tell of."""
    is_whole = change.purpose is not Purpose.CHANGE
    told = {poc.buyer_line for poc in change.lines}
    rest = [
        acknowledged_line([line], ship_dates, {}, method)
        for line in order.lines
        if not is_whole and line.buyer_line not in told
    ]
    return hashlib.sha256(repr(rest).encode()).hexdigest()


def told_references(change: OrderChange) -> tuple[tuple[str, str], ...]:
    """Return the references of a change that its answer repeats."""
    return tuple(pair for pair in change.references if pair[0] in ("IA", "DP", "CO"))


def _dates(change: OrderChange) -> Iterator[tuple[str, date]]:
    for qualifier, name in _DATES:
        value = getattr(change, name)
        if value is not None:
            yield qualifier, value


def _answered(
    change: OrderChange, order: BookOrder, rows: Sequence[ChangeLine]
) -> Iterator[tuple[LineChange, list[BookLine], Outcome]]:
    """Yield each line to be answered: as asked, the lines of the book, and what became of it."""
    by_id = {line.line_id: line for line in order.lines}
    groups: dict[str, list[ChangeLine]] = {}
    for row in rows:
        place = row.number - 1
        own = by_id.get(row.line_id or 0)
        if change.purpose is not Purpose.CANCEL and place < len(change.lines):
            poc = change.lines[place]
            yield poc, [own] if own else _numbered(order, poc), row.outcome
        elif own is not None:  # shares of one line are answered together
            groups.setdefault(own.buyer_line, []).append(row)
    for buyer_line, shares in groups.items():
        lines = [by_id[row.line_id] for row in shares if row.line_id is not None]
        poc = LineChange(buyer_line=buyer_line, code="DI", items=lines[0].items)
        yield poc, lines, _together({row.outcome for row in shares})


def _numbered(order: BookOrder, poc: LineChange) -> list[BookLine]:
    return [line for line in order.lines if poc.buyer_line and line.buyer_line == poc.buyer_line]


def _together(outcomes: set[Outcome]) -> Outcome:
    if len(outcomes) == 1:
        return next(iter(outcomes))
    return Outcome.PENDING if Outcome.PENDING in outcomes else Outcome.PARTLY


def _line(
    poc: LineChange,
    group: Sequence[BookLine],
    outcome: Outcome,
    ship_dates: Mapping[int, date],
    promised: Mapping[int, date],
    method: Method,
) -> ChangedLine:
    stands = acknowledged_line(group, ship_dates, promised, method) if group else None
    quantity = stands.quantity if stands else poc.quantity
    answers = stands.answers if stands else ()
    if outcome is Outcome.REJECTED or stands is None:
        quantity = quantity if poc.quantity is None else poc.quantity
        answers = (LineAnswer(status="IR", quantity=quantity or Decimal(0)),)
    elif outcome is Outcome.PENDING:
        answers = (LineAnswer(status="IH", quantity=stands.quantity),)
    else:
        answers = tuple(_told(answers, poc, outcome))
    return ChangedLine(
        buyer_line=poc.buyer_line or (group[0].buyer_line if group else ""),
        code=poc.code if poc.code in _CODES else _REFUSED_CODE,
        quantity=quantity,
        unit=poc.unit or (stands.unit if stands else "EA"),
        unit_price=stands.unit_price if stands else poc.unit_price,
        price_basis=poc.price_basis or (stands.price_basis if stands else ""),
        items=poc.items or (stands.items if stands else ()),
        answers=answers,
    )


def _told(answers: Iterable[LineAnswer], poc: LineChange, outcome: Outcome) -> Iterator[LineAnswer]:
    """Yield how a line stands, in the words of an answer to a change."""
    for answer in answers:
        status = answer.status
        if poc.code in DELETE and status == "IR":
            status = "ID"  # they asked for it
        elif outcome is Outcome.PARTLY and status == "IA":
            status = "IQ"
        elif outcome is Outcome.ACCEPTED and status == "IQ":
            status = "IA"  # what was cancelled before is not news
        yield answer._replace(status=status)


def _kind(lines: Sequence[ChangedLine], outcomes: Sequence[Outcome]) -> str:
    """Return BCA02."""
    if all(outcome is Outcome.REJECTED for outcome in outcomes):
        return "RD" if lines else "RJ"
    statuses = {answer.status for line in lines for answer in line.answers}
    as_asked = all(outcome is Outcome.ACCEPTED for outcome in outcomes)
    return "AT" if as_asked and statuses <= {"IA", "ID"} else "AC"


def check_answer(value: ChangeAnswer) -> str:
    """Return why this 865 must not leave: a line whose answers do not add up; "" if it may."""
    for line in value.lines:
        told = sum((answer.quantity for answer in line.answers), Decimal(0))
        if line.quantity is not None and told != line.quantity:
            return f"line {line.buyer_line}: {line.quantity} are ordered, answered {told}"
    return ""
