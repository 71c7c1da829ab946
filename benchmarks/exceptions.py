"""What exceptions cost in a big order book: one look at all clocks, and the list.

    python -m benchmarks.exceptions [--orders 100000] [--json FILE]

The book is made by statements, not by files: of its orders five percent wait for stock and ten
percent are with a warehouse; each that waits has its exception, and two in ten had one once.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection

from benchmarks.made_orders import write_site
from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.master import imports
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.steps import do_step
from oms_edi.store.database import attach
from oms_edi.store.exception_list import Wanted, cost, exceptions

_NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
_NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :orders) "
_BOOK = (
    "INSERT INTO orders (order_id, partner, channel, po_number, release_number, order_type,"
    " deliver_by, tier, currency, routing, refs, notes, parties, kept, content_sha, received_at,"
    " answer_due, answers) SELECT n, 'buyer', 'edi', 'PO' || n, '', 'SA', date('2026-03-09',"
    " '+' || (n % 60) || ' days'), 2, 'USD', '', '[]', '[]', '[]', '[]', '',"
    " '2026-03-01T15:00:00Z', 0, 1 FROM n",
    "INSERT INTO destinations SELECT n, 0, 'STORE', '92', 'S', '[]', 'TULSA', 'OK',"
    " substr('7413383704432078021697210', 1 + 5 * (n % 5), 5), 'US' FROM n",
    "INSERT INTO order_lines (line_id, order_id, buyer_line, destination, item, items, description,"
    " buyer_quantity, buyer_unit, unit_factor, price, price_basis, notes, ordered, open,"
    " backordered, released, shipped) SELECT n, n, '1', 0, 'IT-0001', '[]', '', '12', 'EA', 1,"
    " '4.25', '', '[]', 12, 0, 12 * (n % 20 = 0), 12 * (n % 20 IN (1, 2)), 12 * (n % 20 > 2)"
    " FROM n",
    "INSERT INTO shipments (order_id, destination, node, depositor_order, state, ship_on,"
    " released_at) SELECT n, 0, 'DAL', 'SO' || n || '-1', CASE WHEN n % 20 > 2 THEN 'closed' ELSE"
    " 'released' END, '2026-03-03', '2026-03-01T15:00:00Z' FROM n WHERE n % 20 > 0",
    "INSERT INTO exceptions (kind, queue, severity, subject, text, action, partner, order_id,"
    " valued, opened_at, told_at, closed_at, closed_how)"
    " SELECT 'backordered', 'stock', 'warning', 'SO' || (100000 + n), 'waits', 'receive', 'buyer',"
    " n, 'no', '2026-03-02T10:00:00Z', '2026-03-02T10:00:00Z',"
    " CASE WHEN n % 20 = 0 THEN NULL ELSE '2026-03-02T11:00:00Z' END,"
    " CASE WHEN n % 20 = 0 THEN NULL ELSE 'itself' END FROM n WHERE n % 20 IN (0, 1, 2, 3, 4)",
    "INSERT INTO events (at, name, order_id, actor, text) SELECT '2026-03-01T15:00:00Z',"
    " CASE k.k WHEN 0 THEN 'order.received' WHEN 1 THEN 'order.decided' ELSE 'order.answered' END,"
    " n, 'daemon', '' FROM n, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2) k",
)


def main() -> None:
    """Make the book, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder) / "site", given.orders)
    for name, value in figures.items():
        print(f"{name:<52} {value:>10.1f} ms")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2))


def measure(folder: Path, orders: int) -> dict[str, float]:
    """Return milliseconds by what was done."""
    write_site(folder)
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    found: dict[str, float] = {}
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: _NOW)
        for name in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{name}")
            act(runner.step(), folder / f"{name}.csv", actor="bench", dry_run=False)
        _fill(runner.connection, orders)

        def look(later: float = 0) -> None:
            step = Step(
                connection=runner.connection,
                config=config,
                partners=partners,
                now=_NOW + timedelta(seconds=later),
                memory=runner.memory,
            )
            do_step(step, "watch")

        found["first look: everything is valued"] = timed(look)
        found["a look when nothing changed"] = best(look)
        runner.memory.clear()
        found["a look of a new process"] = timed(lambda: look(10))
        with closing(attach(folder / "var/oms.db")) as reader:
            found["exceptions, the 100 dearest"] = best(
                lambda: exceptions(reader, Wanted(), now=_NOW)
            )
            found["exceptions of one queue and partner"] = best(
                lambda: exceptions(reader, Wanted(queue="stock", partner="nobody"), now=_NOW)
            )
            found["exceptions report"] = best(lambda: cost(reader, "kind", since="", now=_NOW))
    return found


def _fill(connection: Connection, orders: int) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():  # this book does not become, it is
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("BEGIN")
    for statement in _BOOK:
        head, _, select = statement.partition(" SELECT ")
        connection.execute(f"{_NUMBERS}{head} SELECT {select}", {"orders": orders})
    connection.execute("COMMIT")
    connection.execute("ANALYZE")


def timed(function: Callable[[], object]) -> float:
    """Return milliseconds."""
    began = time.perf_counter()
    function()
    return (time.perf_counter() - began) * 1000


def best(function: Callable[[], object]) -> float:
    """Return milliseconds of the best of five."""
    return min(timed(function) for _ in range(5))


if __name__ == "__main__":
    main()
