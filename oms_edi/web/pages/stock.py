"""Stock: what there is, was, comes, and may be promised; its ledger, and counts that differ."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from sqlite3 import Connection
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from oms_edi.config.allocation import METHODS
from oms_edi.domain.atp import Available
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.domain.role import Role
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.decisions.promise import projections
from oms_edi.pipeline.frame.feeds import stale_feeds
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.stock.accept_count import accept_count
from oms_edi.store import fairness, ledger_sums, stock_page, stock_queries
from oms_edi.store.catalog import Catalog
from oms_edi.store.search_index import promised
from oms_edi.store.stock_page import WHICH, LedgerKey
from oms_edi.store.timeline import stamp
from oms_edi.web.asked import PAGE_ROWS, Asked
from oms_edi.web.charts import Part, Point
from oms_edi.web.route import act, page

#: Days a projected balance is drawn ahead, at least and at most.
_DAYS = (14, 90)
_WAITING, _SHARES = 50, 5


def stock(asked: Asked) -> Response:
    """List items with their stock."""
    words, which, after = asked.text("q")[:200], asked.text("which"), asked.text("after")[:100]
    which = which if which in WHICH else ""
    found = stock_page.items(asked.connection, words, which=which, after=after, limit=PAGE_ROWS + 1)
    wanted = {"q": words, "which": which}
    rest = {**wanted, "after": found[PAGE_ROWS - 1]["item"]} if len(found) > PAGE_ROWS else {}
    for row in found:
        row["bar"] = _bar(row["levels"])
    return asked.page(
        "stock.html",
        items=found[:PAGE_ROWS],
        words=words,
        which=which,
        views=[(name, _link(q=words, which=name)) for name in WHICH],
        rest=_link(**rest) if rest else "",
        is_first=not after,
        first=_link(**wanted),
        stale=[(one.node.id, one.reason) for one in stale_feeds(asked.looking()).values()],
        link=link_of,
    )


def _link(**values: str) -> str:
    told = {key: value for key, value in values.items() if value}
    return f"/stock?{urlencode(told)}" if told else "/stock"


def link_of(item: str) -> str:
    """Return the page of an item."""
    return f"/stock/{quote(item, safe='')}"


def _bar(levels: list[dict[str, Any]]) -> list[Part]:
    """Return the units of some levels as parts of a bar."""
    sums = {
        name: sum(max(0, level[name]) for level in levels)
        for name in ("free", "reserved", "held", "doubted")
    }
    tones = {"free": "good", "reserved": "released", "held": "held", "doubted": "warn"}
    return [Part(name, sums[name], tone) for name, tone in tones.items() if sums[name]]


def item(asked: Asked) -> Response:
    """Show one item: now, at another instant, what comes, its ledger at a node."""
    number = str(asked.path["item"])
    found = Catalog(asked.connection).item(number)
    if found is None:
        raise NotFound(f"no item {number[:60]}")
    levels = stock_queries.levels(asked.connection, item=number, node=None)
    for level in levels:
        level["bar"] = _bar([level])
    nodes = [level["node"] for level in levels]
    filled = (level["node"] for level in levels if level["on_hand"])
    node = asked.text("node")
    node = node if node in nodes else next(filled, next(iter(nodes), ""))
    step = asked.looking()
    at = _instant(asked.text("at"))
    index = asked.site.finder.index(asked.connection, asked.places.database)
    return asked.page(
        "stock_item.html",
        item=found,
        link=link_of(number),
        levels=levels,
        node=node,
        at=at,
        at_text=asked.text("at"),
        position=_position(asked, index, number, at),
        projected=_projected(asked, index, number),
        coming=stock_queries.to_come(asked.connection, item=number, node=None)[:PAGE_ROWS],
        counts=stock_page.counts(asked.connection, number),
        waiting=stock_page.waiting(asked.connection, number, limit=_WAITING),
        methods=METHODS,
        shares=fairness.shares(asked.connection, item=number, limit=_SHARES)[::-1],
        stale={one.node.id: one.reason for one in stale_feeds(step).values()},
        may_act=asked.visitor.may(Role.OPERATOR),
        all_nodes=[one for one in asked.config.nodes if not one.is_supplier],
        **_ledger(asked, index, number, node),
    )


def _ledger(asked: Asked, index: Connection, number: str, node: str) -> dict[str, Any]:
    """Return a page of the ledger at a node, and where older movements are."""
    moved_at, _, entry = asked.text("before").partition(" ")
    is_key = entry.isascii() and entry.isdecimal() and len(entry) < 16
    before = LedgerKey(moved_at[:40], int(entry)) if is_key else None
    newer = partial(ledger_sums.newer, asked.connection, index, number, node)
    found = (
        stock_page.ledger(
            asked.connection,
            number,
            node,
            before=before,
            limit=PAGE_ROWS + 1,
            newer=newer,
        )
        if node
        else []
    )
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    older = {"node": node, "before": f"{last['moved_at']} {last['entry_id']}"} if last else {}
    return {
        "ledger": found[:PAGE_ROWS],
        "older": f"{link_of(number)}?{urlencode(older)}#ledger" if older else "",
        "is_newest": before is None,
    }


def _instant(text: str) -> datetime | None:
    """Return an instant of the form, in UTC; None where none is given.

    Raises:
        Refused: it is none.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{text[:40]!r} is no instant such as 2026-03-02T15:00") from error


def _position(
    asked: Asked, index: Connection, number: str, at: datetime | None
) -> list[dict[str, Any]]:
    """Return how it stood at a past instant; [] for a coming one, or none."""
    if at is None or at > asked.now:
        return []
    summed = ledger_sums.position_at(asked.connection, index, number, at=stamp(at))
    if summed is not None:
        return summed
    return stock_queries.position_at(asked.connection, number, node=None, at=stamp(at))


def _projected(asked: Asked, index: Connection, number: str) -> list[dict[str, Any]] | None:
    """Return the projected balance of each node, as steps and as days of a chart.

    None as long as nobody knows whom it is promised to without reading every order.
    """
    if not asked.site.finder.is_whole(index):
        return None
    found = projections(asked.looking(), [number], committed=promised(index, number))
    return [
        {
            "node": node,
            "steps": steps,
            "points": _points(today, steps),
            "days": (steps[-1].on - today).days,
        }
        for (_, node), (today, steps) in found.items()
    ]


def _points(today: date, steps: list[Available]) -> list[Point]:
    """Return the balance of each day."""
    least, most = _DAYS
    span = min(max((steps[-1].on - today).days + 3, least), most)
    found, place = [], 0
    for count in range(span):
        day = today + timedelta(days=count)
        while place + 1 < len(steps) and steps[place + 1].on <= day:
            place += 1
        found.append(Point(f"{day}", steps[place].balance))
    return found


def correct(asked: Asked) -> Response:
    """Book what arrived, or what was counted."""
    return _accept(asked) if asked.text("do") == "accept" else _receive(asked)


def _receive(asked: Asked) -> Response:
    """Book goods that arrived."""
    number, node, units = asked.text("item"), asked.text("node"), asked.number("units")
    if not units or units > MAX_QUANTITY:
        raise Refused("say how many units arrived")
    level = acts.receive(
        asked.step(), number, node, units, actor=asked.actor, reason=_reason(asked)
    )
    told = f"{units:,} {number} at {node}: {level.on_hand:,} on hand, {level.free:,} free."
    return asked.go(link_of(number), told=f"{told} Who waits is offered it with the next run.")


def _accept(asked: Asked) -> Response:
    """Believe a count."""
    number, node = asked.text("item"), asked.text("node")
    level = accept_count(asked.step(), number, node, actor=asked.actor, reason=_reason(asked))
    told = f"{number} at {node}: {level.on_hand:,} on hand, {level.free:,} free."
    return asked.go(link_of(number), told=told)


def _reason(asked: Asked) -> str:
    if not asked.text("reason"):
        raise Refused("say why, for the timeline")
    return asked.text("reason")[:500]


ROUTES = (
    page("/stock", stock, role=Role.VIEWER),
    act("/stock", correct, role=Role.OPERATOR),
    page("/stock/{item:path}", item, role=Role.VIEWER),
)
