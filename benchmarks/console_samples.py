"""What a book has that pages can be asked about, and who may look: for `benchmarks.console`."""

import json
import random
import secrets
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from sqlite3 import Connection
from typing import Any, NamedTuple, TypeVar

from oms_edi.config.config import Config
from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.domain.role import Role
from oms_edi.domain.scope import Scope
from oms_edi.pipeline.frame.step import Places
from oms_edi.store import access
from oms_edi.store.database import attach
from oms_edi.web import keys, links, log_in, users

T = TypeVar("T")

#: So many of each.
_SPREAD = 40
#: Orders that wait: each can be cancelled once.
_WAITING = 400
_USER, _PASSWORD = "bench", secrets.token_urlsafe(24)
#: A simulation that is done, as it is kept: the longest lists there are.
_RUN = {
    "simulation": {"set_aside": 3, "stand_ins": 40, "corrected": 2, "refused": []},
    "differs": True,
    "summary": [
        {"name": f"measure {n}", "before": n, "after": n + 1, "unit": ""} for n in range(15)
    ],
    "shares": [
        {"customer": f"customer {n}", "ordered": 90, "before": 40, "after": 50} for n in range(200)
    ],
    "lines": [
        {"order": "SO1", "line": "1", "item": f"IT-{n}", "before": "DAL", "after": "RNO"}
        for n in range(200)
    ],
    "documents": [{"sign": "+", "what": f"940 {n}", "told": ["a line"]} for n in range(200)],
    "exceptions": [{"sign": "-", "what": f"short {n}", "told": []} for n in range(200)],
    "counts": dict.fromkeys(("lines", "shares", "documents", "exceptions"), 5000),
}


class Samples(NamedTuple):
    """What of one book is asked about; names and numbers as addresses have them."""

    #: Of the partner whose program asks, spread over the book.
    orders: Sequence[str]
    #: Of the same, those that wait for stock: what can be changed, and cancelled.
    waiting: Sequence[str]
    #: (order, number) of documents of either direction.
    documents: Sequence[tuple[str, int]]
    exceptions: Sequence[int]
    files: Sequence[int]
    sent: Sequence[int]
    items: Sequence[str]
    #: The item and the node with the longest ledger, and (instant, number) of entries in it.
    hot: tuple[str, str]
    entries: Sequence[tuple[str, int]]
    tracking: Sequence[str]
    pos: Sequence[str]
    simulation: int


class Shown(NamedTuple):
    """What is shown to be let in."""

    #: Of a program of the partner.
    key: str
    #: Of an administrator.
    session: str
    #: Of status links, each to an order, and of one to all of the partner.
    links: Sequence[str]
    all_of_it: str


def read_samples(places: Places, partner: str) -> Samples:
    """Find what there is; the longest ledger is that of the first items."""
    with closing(attach(places.database)) as book:
        own = _column(book, "SELECT order_id FROM orders WHERE partner = ?", partner)
        orders = [order_name(one) for one in _spread(own)]
        waiting = _column(
            book,
            "SELECT DISTINCT l.order_id FROM order_lines l JOIN orders o ON o.order_id = l.order_id"
            " WHERE l.backordered = l.ordered AND l.backordered > 0 AND o.partner = ?",
            partner,
        )
        (hot,) = book.execute(
            "SELECT item, node FROM stock_ledger GROUP BY item, node ORDER BY count(*) DESC LIMIT 1"
        ).fetchall()
        entries = book.execute(
            "SELECT moved_at, entry_id FROM stock_ledger WHERE item = ? AND node = ?"
            " ORDER BY moved_at, entry_id",
            hot,
        ).fetchall()
        return Samples(
            orders=orders,
            waiting=[
                order_name(one) for one in random.sample(waiting, min(_WAITING, len(waiting)))
            ],
            documents=[
                (order_name(order_id), number)
                for order_id in _spread(own)
                for (number,) in book.execute(
                    "SELECT document_id FROM documents WHERE order_id = ? LIMIT 4", (order_id,)
                )
            ],
            exceptions=_spread(
                _column(book, "SELECT exception_id FROM exceptions WHERE closed_at IS NULL")
            ),
            files=_spread(_column(book, "SELECT file_id FROM files")),
            sent=_spread(_column(book, "SELECT outbox_id FROM outbox")),
            items=_spread(_column(book, "SELECT item FROM items")),
            hot=hot,
            entries=_spread(entries),
            tracking=_spread(
                _column(book, "SELECT tracking FROM dispatches WHERE tracking <> '' LIMIT 100000")
            ),
            pos=_spread(_column(book, "SELECT po_number FROM orders LIMIT 100000")),
            simulation=_simulation(places),
        )


def _column(book: Connection, sql: str, *values: object) -> list[Any]:
    return [value for (value,) in book.execute(sql, values)]


def _spread(found: Sequence[T]) -> list[T]:
    """Return some of many, the first and the last among them."""
    if len(found) <= _SPREAD:
        return list(found)
    return [found[n * (len(found) - 1) // (_SPREAD - 1)] for n in range(_SPREAD)]


def _simulation(places: Places) -> int:
    """Return a simulation that is done; where there is none, one is made up."""
    folder = places.var / "simulations" / "1"
    if not folder.exists():
        folder.mkdir(parents=True)
        about = {"number": 1, "name": "Made up", "by": _USER, "pid": 0}
        about["started_at"] = "2026-03-02T15:00:00+00:00"
        (folder / "about.json").write_text(json.dumps(about))
        (folder / "shown.json").write_text(json.dumps(_RUN))
    return 1


def let_in(
    config: Config, places: Places, samples: Samples, partner: str, *, made: datetime, now: datetime
) -> Shown:
    """Make a key, a session and links; what asks for a password otherwise is asked with them."""
    made_key = keys.add(
        places.access,
        partner,
        "benchmark",
        scopes=tuple(Scope),
        per_minute=100_000,
        days=9999,
        by=_USER,
        now=made,
    )
    with access.opened(places.access) as connection:
        is_known = access.user(connection, _USER) is not None
    if not is_known:
        users.add(places.access, _USER, Role.ADMINISTRATOR, _PASSWORD, by=_USER, now=made)
    with access.opened(places.access) as connection, access.changed(connection):
        session = log_in.begin(connection, user=_USER, how="password", address="", now=now)

    def link(order: str | None) -> str:
        order_id = parse_order_name(order) if order else None
        return links.make(
            config,
            places.access,
            partner=partner,
            order_id=order_id,
            days=300,
            by=_USER,
            now=made,
        ).url.partition(links.PLACE)[2]

    return Shown(made_key.secret, session.token, [link(one) for one in samples.orders], link(None))
