"""A big order book that is believable: real orders of the real pipeline, copied by statements.

Two cohorts of some hundred orders go through the whole system, one to its end: 850s in, 997s, 855s,
940s out, 945s in, 856s out, with holds, cancels and exceptions. Then every row they left is copied
as often as wanted (`copied_rows`). So what stands in the book adds up: `verify` finds nothing.
"""

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from sqlite3 import connect

from benchmarks.copied_rows import copies, seen_ids
from benchmarks.made_orders import ITEMS, PLACES, write_site
from oms_edi.config.config import load_config
from oms_edi.domain.documents import ShippingOrder
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.master import imports
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.run import Runner, owner
from oms_edi.testing import Scenario, answer_940, answer_997

#: When the live orders came; those that are over came in the year before.
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
#: The customers, and how many of a thousand orders are theirs.
BUYERS = {"rare": 1, "small": 59, "middle": 240, "large": 700}
#: Of a thousand orders so many are over.
_OVER = 850
_YEAR = 360
#: Orders that go through the whole system together, at most.
_COHORT = 1700
#: The last items are out of stock.
_SCARCE = 10
_MAPPING = """\
name: {name} BUYER
x12: {{isa_id: BENCH{name}, gs_id: BENCH{name}, version: "004010"}}
"""


def make_book(folder: Path, orders: int) -> None:
    """Make a site with so many orders, in hundreds; none of them needs anything but time."""
    _write_site(folder)
    if not orders:
        return
    for make, share, days in ((_over, _OVER, _YEAR), (_live, 1000 - _OVER, 0)):
        wanted = orders * share // 1000
        times = max(1, -(-wanted // _COHORT), min(10, wanted // 100))
        with closing(connect(folder / "var/oms.db", isolation_level=None)) as book:
            since = seen_ids(book)
        with _Site(folder) as site:
            make(site, wanted // times, since["orders"])
        with closing(connect(folder / "var/oms.db", isolation_level=None)) as book:
            copies(book, since, times - 1, days=days)
    with closing(connect(folder / "var/oms.db", isolation_level=None)) as book:
        book.execute("PRAGMA journal_mode = WAL")


def _write_site(folder: Path) -> None:
    write_site(folder)
    config = folder / "config.yaml"
    settings = config.read_text()
    config.write_text(settings.replace("shipment_cost", "release: {days_ahead: 9}, shipment_cost"))
    for name in BUYERS:
        (folder / "inbox" / name).mkdir()
        (folder / "mappings" / f"{name}.yaml").write_text(_MAPPING.format(name=name.upper()))
    scarce = {f"IT-{ITEMS - n:04d}" for n in range(1, _SCARCE + 1)}
    with open(folder / "stock.csv", newline="") as file:
        header, *rows = csv.reader(file)
    with open(folder / "stock.csv", "w", newline="") as file:
        csv.writer(file).writerows(
            [header, *([node, item, "0" if item in scarce else n] for node, item, n in rows)]
        )
    with _Site(folder) as site:
        site.now = NOW - timedelta(days=_YEAR + 30)
        for name in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{name}")
            act(site.runner.step(), folder / f"{name}.csv", actor="bench", dry_run=False)


class _Site:
    """A site that runs, and its partners, who answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self._config = load_config(folder / "config.yaml")
        self._partners = load_partners(self._config.folders.mappings, self._config)
        self._owner = owner(self._config)
        self._seen = {path for path in folder.glob("outbox/*/*")}
        self._files = len(self._seen)

    def __enter__(self) -> "_Site":
        self._owner.__enter__()
        self.runner = Runner(config=self._config, partners=self._partners, clock=lambda: self.now)
        return self

    def __exit__(self, *error: object) -> None:
        self.runner.connection.close()
        self._owner.__exit__(None, None, None)

    def drop(self, partner: str, content: bytes) -> None:
        """Put a file into a partner's folder."""
        self._files += 1
        inbox = self.folder / "inbox" / partner
        inbox.mkdir(exist_ok=True)
        (inbox / f"{self._files}.edi").write_bytes(content)

    def answer(self, ships: Callable[[ShippingOrder], Scenario]) -> bool:
        """Have the partners acknowledge what came to them, and the warehouse ship it."""
        fresh = sorted(set(self.folder.glob("outbox/*/*")) - self._seen)
        self._seen |= set(fresh)
        for path in fresh:
            partner, content = path.parent.name, path.read_bytes()
            if b"~ST*997*" in content.replace(b"\n", b""):
                continue
            number = self._files + 1
            self.drop(partner, answer_997(content, control_number=number, now=self.now))
            if partner == "wh":
                number = self._files + 1
                self.drop(
                    partner,
                    answer_940(content, control_number=number, now=self.now, scenario=ships),
                )
        return bool(fresh)


def _over(site: _Site, orders: int, first: int) -> None:
    """Take orders to their end: shipped, a few of them in parts, a few cancelled."""
    site.now = NOW - timedelta(days=_YEAR)
    _order(site, orders, first, known_items, held=40)
    ways: dict[int, Scenario] = {1: "split", 2: "short"}
    while True:
        site.runner.once()
        site.now += timedelta(hours=6)
        if not site.answer(lambda order: ways.get(int(order.po_number[1:]) % 50, "full")):
            break
    for n in range(first, first + orders):
        if n % 40 == 3:
            acts.cancel(
                site.runner.step(),
                _po_number(n),
                buyer_line=None,
                actor="ann",
                reason="not sold any more",
            )
    site.now += timedelta(days=60)
    while site.answer(lambda order: "full") or site.runner.once():
        site.runner.once()


def _live(site: _Site, orders: int, first: int) -> None:
    """Take orders as far as they are today: released, waiting for their day, for stock, held."""

    def items(n: int) -> list[int]:
        if n % 20 < 7:  # waits for stock
            return [ITEMS - 1 - n % _SCARCE, *known_items(n)[: n % 2]]
        return known_items(n)

    _order(site, orders, first, items, held=20)
    site.runner.once()
    site.now += timedelta(hours=1)
    site.answer(lambda order: "none")
    site.runner.once()


def _order(
    site: _Site, orders: int, first: int, items: Callable[[int], list[int]], *, held: int
) -> None:
    """Have every customer send its orders; one of `held` has an item nobody knows."""
    shares: dict[str, list[int]] = {name: [] for name in BUYERS}
    for n in range(first, first + orders):
        place = n % 1000
        for name, share in BUYERS.items():
            if place < share:
                shares[name].append(n)
                break
            place -= share
    on = site.now.date()
    for name, numbers in shares.items():
        segments = list(interchange(name.upper(), numbers, items, on=on, held=held, serial=first))
        if numbers:
            site.drop(name, "".join(f"{one}~\n" for one in segments).encode())


def _po_number(n: int) -> str:
    return f"P{n:09d}"


def known_items(n: int) -> list[int]:
    """Return the items of an order that are in stock."""
    return [(n * 7 + line * 13) % (ITEMS - _SCARCE) for line in range(1 + n % 3)]


def interchange(
    buyer: str,
    numbers: list[int],
    items: Callable[[int], list[int]],
    *,
    on: date,
    held: int,
    serial: int,
) -> Iterator[str]:
    """Yield the segments of an 850 interchange with these orders."""
    control = serial % 9000 + 1
    sender, receiver = f"BENCH{buyer}".ljust(15), "BENCHSUPPLY".ljust(15)
    yield (
        f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{sender}*ZZ*{receiver}"
        f"*{on:%y%m%d}*0610*U*00401*{control:09d}*0*P*>"
    )
    yield f"GS*PO*BENCH{buyer}*BENCHSUPPLY*{on:%Y%m%d}*0610*{control}*X*004010"
    for count, n in enumerate(numbers, start=1):
        yield from _set(n, items(n), f"{count:04d}", on=on, is_held=n % held == 3)
    yield f"GE*{len(numbers)}*{control}"
    yield f"IEA*1*{control:09d}"


def _set(n: int, items: list[int], control: str, *, on: date, is_held: bool) -> Iterator[str]:
    city, state, postal_code = PLACES[n % len(PLACES)]
    ship_on = on + timedelta(days=40 if n % 20 in (15, 16, 17) else 6 + n % 3)
    body = [
        f"ST*850*{control}",
        f"BEG*00*SA*{_po_number(n)}**{on:%Y%m%d}",
        f"DTM*010*{ship_on:%Y%m%d}",
        f"DTM*037*{ship_on:%Y%m%d}",
        f"DTM*001*{on + timedelta(days=50):%Y%m%d}",
        f"N1*ST*STORE {n % 500:04d}*92*{n % 500:04d}",
        f"N3*{n % 999} EXAMPLE AVE",
        f"N4*{city}*{state}*{postal_code}*US",
    ]
    for line, item in enumerate(items, start=1):
        name = "NOBODY-KNOWS" if is_held and line == 1 else f"BIT-{item:04d}"
        body.append(f"PO1*{line}*{12 + (n + line) % 24}*EA*4.25*PE*IN*{name}")
    yield from (*body, f"CTT*{len(items)}", f"SE*{len(body) + 2}*{control}")
