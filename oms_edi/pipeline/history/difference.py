"""How two order books came out differently: decisions, money, customers, documents, exceptions."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store import outbox, outcome
from oms_edi.store.outcome import OrderKey, OutDocument, OutDocumentKey, Placed
from oms_edi.x12 import compare, plain
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.plain import PlainInterchange
from oms_edi.x12.scan import scan

#: Differences shown of one changed document.
_SHOWN = 3
#: Answers to reports, of which a simulation has others.
_ANSWERS = ("997", "999", "TA1")
#: Elements that are numbers of ours, drawn in the order of things.
_NUMBERS = re.compile(r"~ .*: (BSN02|MAN02|W0502|N902) ")


class Measure(NamedTuple):
    """One row of the summary."""

    name: str
    before: float
    after: float
    #: How the numbers are written: units, cents, percent.
    unit: str = ""


class Moved(NamedTuple):
    """A line that ships from elsewhere, or gets more or less."""

    order: str
    line: str
    item: str
    before: str
    after: str
    #: Units that are elsewhere now.
    units: int


class Changed(NamedTuple):
    """A document that was added (`+`), removed (`-`) or says something else (`~`)."""

    sign: str
    what: str
    told: tuple[str, ...] = ()


class Share(NamedTuple):
    """Units a customer got."""

    customer: str
    ordered: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that came out differently."""

    summary: tuple[Measure, ...]
    #: Most units first.
    moved: tuple[Moved, ...]
    shares: tuple[Share, ...]
    documents: tuple[Changed, ...]
    #: Exceptions opened more (`+`) or less (`-`) often: kind and order or subject.
    exceptions: tuple[Changed, ...]

    def __bool__(self) -> bool:
        numbers = any(row.before != row.after for row in self.summary)
        shares = any(share.before != share.after for share in self.shares)
        return bool(numbers or shares or self.moved or self.documents or self.exceptions)


def difference(history: Connection, book: Connection) -> Difference:
    """Compare what came of two books."""
    before, after = outcome.placed_lines(history), outcome.placed_lines(book)
    documents = tuple(_documents(history, book))
    was, now = outcome.exceptions(history), outcome.exceptions(book)
    exceptions = [Changed("+", " ".join(key)) for key in sorted((now - was).elements())]
    exceptions += [Changed("-", " ".join(key)) for key in sorted((was - now).elements())]
    sides = [_measures(history, before), _measures(book, after)]
    summary = [
        Measure(name, was_it, sides[1][name][0], unit) for name, (was_it, unit) in sides[0].items()
    ]
    summary.append(Measure("exceptions", was.total(), now.total()))
    return Difference(
        summary=tuple(summary),
        moved=tuple(sorted(_moved(before, after), key=lambda one: -one.units)),
        shares=tuple(_shares(before, after)),
        documents=documents,
        exceptions=tuple(exceptions),
    )


def _measures(
    connection: Connection, placed: dict[tuple[OrderKey, str, str], Placed]
) -> dict[str, tuple[float, str]]:
    """Return (value, unit) of each measure."""
    wanted = sum(line.ordered for line in placed.values())
    got = sum(_units(line) for line in placed.values())
    shipments = outcome.shipments_by_order(connection)
    return {
        "orders": (len({key[0] for key in placed}), ""),
        "units ordered": (wanted, ""),
        "units allocated or gone": (got, ""),
        "fill rate": (round(100 * got / wanted, 2) if wanted else 100.0, "%"),
        "units waiting": (sum(line.waiting for line in placed.values()), ""),
        "units cancelled": (sum(line.cancelled for line in placed.values()), ""),
        "late lines": (sum(line.late > 0 for line in placed.values()), ""),
        "shipments": (shipments.total(), ""),
        "orders in several shipments": (sum(count > 1 for count in shipments.values()), ""),
        "freight and handling": (_cost_cents(connection), "cents"),
        "documents sent": (
            sum(key.set_id not in _ANSWERS for key in outcome.sent_documents(connection)),
            "",
        ),
    }


def _units(line: Placed) -> int:
    return sum(units for _, units in line.nodes)


def _cost_cents(connection: Connection) -> int:
    """Return the money of planned shipments; a decision that took the place of another counts."""
    cents: dict[tuple[OrderKey, int], int] = {}
    for order, destination, text in outcome.decisions(connection):
        decision = json.loads(text)
        planned = sum(row[3] + row[4] for row in decision["plan"]["ship"])
        key = (order, destination)
        cents[key] = planned + (0 if decision.get("before") else cents.get(key, 0))
    return sum(cents.values())


def _moved(
    before: dict[tuple[OrderKey, str, str], Placed], after: dict[tuple[OrderKey, str, str], Placed]
) -> Iterator[Moved]:
    nothing = Placed(0, 0, (), 0, 0)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key, nothing), after.get(key, nothing)
        if was != now:
            gone = Counter(dict(was.nodes)) - Counter(dict(now.nodes))
            come = Counter(dict(now.nodes)) - Counter(dict(was.nodes))
            order, line, item = key
            units = max(gone.total(), come.total())
            yield Moved(str(order), line, item, _told(was), _told(now), units)


def _told(line: Placed) -> str:
    parts = [f"{node} {units}" for node, units in line.nodes]
    rest = ((line.waiting, "waiting"), (line.cancelled, "cancelled"))
    parts += [f"{units} {word}" for units, word in rest if units]
    late = f" ({line.late} late)" if line.late else ""
    return (" + ".join(parts) or "nothing") + late


def _shares(
    before: dict[tuple[OrderKey, str, str], Placed], after: dict[tuple[OrderKey, str, str], Placed]
) -> Iterator[Share]:
    sums: dict[str, list[int]] = {}
    for at, side in ((1, before), (2, after)):
        for (order, _, _), line in side.items():
            row = sums.setdefault(order.partner, [0, 0, 0])
            row[at] += _units(line)
            row[0] += line.ordered if at == 1 else 0
    for customer, row in sorted(sums.items()):
        yield Share(customer, *row)


def _documents(history: Connection, book: Connection) -> Iterator[Changed]:
    before, after = outcome.sent_documents(history), outcome.sent_documents(book)
    read_before, read_after = _reader(history), _reader(book)
    for key in sorted(before.keys() | after.keys(), key=str):
        if key.set_id in _ANSWERS:
            continue
        was, now = before.get(key), after.get(key)
        what = _what(key)
        if was is None or now is None:
            yield Changed("+" if was is None else "-", what)
            continue
        told = _differences(read_before(was), read_after(now))
        if told:
            more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
            yield Changed("~", what, (*told[:_SHOWN], *more))


def _what(key: OutDocumentKey) -> str:
    about = f" about {key.order}" if key.order else ""
    return f"{key.set_id} {key.nth} to {key.partner}{about}"


class _Set(NamedTuple):
    """One set we sent: its bytes, and how to read them."""

    content: bytes
    whole: Callable[[], PlainInterchange]


def _reader(connection: Connection) -> Callable[[OutDocument], _Set]:
    @lru_cache(maxsize=64)
    def file(outbox_id: int) -> bytes:
        return outbox.content(connection, outbox_id)

    @lru_cache(maxsize=64)
    def gathered(outbox_id: int) -> PlainInterchange:
        return plain.gather(scan(io.BytesIO(file(outbox_id)), limits=ScanLimits()))[0]

    def read(document: OutDocument) -> _Set:
        start, end = document.start_byte, document.start_byte + document.size_bytes

        def whole() -> PlainInterchange:
            found = gathered(document.outbox_id)
            groups = [
                plain.PlainGroup(group.header, [one for one in group.sets if one.offset == start])
                for group in found.groups
            ]
            return replace(found, groups=[group for group in groups if group.sets])

        return _Set(file(document.outbox_id)[start:end], whole)

    return read


def _differences(was: _Set, now: _Set) -> list[str]:
    if was.content == now.content:
        return []
    told = compare.differences([was.whole()], [now.whole()])
    return [line for line in told if not _NUMBERS.match(line)]
