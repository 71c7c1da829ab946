"""A small made-up distributor in a folder: real files, a real order book, a fixed clock."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from tempfile import TemporaryDirectory
from typing import Any

from oms_edi.config.config import Config, load_config
from oms_edi.domain.documents import ShippingOrder
from oms_edi.domain.lifecycle import order_name
from oms_edi.partners.book import PartnerBook, load_partners
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.history.difference import Difference, difference
from oms_edi.pipeline.history.replay import Archive, Replayed, folders_below, fresh_book, replay
from oms_edi.pipeline.history.simulate import Simulated, Simulation
from oms_edi.pipeline.master import import_supplier_items as supplier_items
from oms_edi.pipeline.master import imports
from oms_edi.pipeline.run import Done, Runner, owner
from oms_edi.store import queries, stock_queries
from oms_edi.store.content import content_hash
from oms_edi.store.database import attach, create
from oms_edi.store.exception_list import Wanted, exceptions
from oms_edi.store.verify import divergences
from oms_edi.testing import Scenario, answer_940, answer_997, last_words

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

CONFIG = """\
company: {name: OUR COMPANY, isa_id: US, gs_id: US, gs1_prefix: "0789012"}
intake: {settle_s: 0, stale_after_s: 60}
nodes:
  - {id: DAL, name: DALLAS, partner: wh, postal_code: "75201", state: TX, rank: 1}
  - {id: RNO, name: RENO, partner: wh2, postal_code: "89502", state: NV, rank: 2,
     timezone: America/Los_Angeles}
routing:
  zones:
    - {up_to_miles: 500, transit_days: 1, base_cents: 500, cents_per_lb: 10}
    - {up_to_miles: 4000, transit_days: 4, base_cents: 900, cents_per_lb: 30}
"""
MAPPINGS = {
    "buyer": """\
name: THE BUYER
x12: {isa_id: BUYER, gs_id: BUYER, version: "004010"}
orders:
  tier: 1
  stores:
    S1: {name: STORE ONE, city: TULSA, state: OK, postal_code: "74133"}
    S2: {name: STORE TWO, city: BOISE, state: ID, postal_code: "83704"}
""",
    "buyer5": """\
name: THE OTHER BUYER
x12:
  isa_id: BUYER5
  gs_id: BUYER5
  version: "005010"
  delimiters: {element: "|"}
orders:
  tier: 3
  backorder: false
  duplicate_po: ignore
  price: {tolerance_percent: 10, action: accept_theirs}
""",
    "shop": """\
name: THE SHOP
channel: csv
csv:
  columns: {po_number: PO, line: Line, item: Item, quantity: Qty, unit: Unit, unit_price: Price,
            ship_to: Store, deliver_by: Due}
orders:
  tier: 2
  stores:
    S9: {name: SHOP NINE, city: DENVER, state: CO, postal_code: "80216"}
""",
    "portal": """\
name: THE PORTAL
channel: portal
order_json: {}
order_xlsx: {}
orders:
  tier: 2
  stores:
    P1: {name: PORTAL ONE, street: 1 EXAMPLE ST, city: TULSA, state: OK, postal_code: "74133"}
""",
    "wh": """\
name: DALLAS WAREHOUSE
role: warehouse
x12: {isa_id: WHDAL, gs_id: WHDAL, version: "004010"}
stock_csv: {item: sku, quantity: on hand}
""",
    "wh2": """\
name: RENO WAREHOUSE
role: warehouse
x12: {isa_id: WHRNO, gs_id: WHRNO, version: "005010"}
""",
}
ITEMS = """\
item,description,unit,weight_g,pack,gtin,units,ids
A1,ARTICLE ONE,EA,400,12,789012001013,CA=12;DZ=12,buyer:IN=B-A1
B2,ARTICLE TWO,EA,900,6,789012001020,CA=6,
C3,ARTICLE THREE,EA,100,1,789012001037,,
"""
PRICES = """\
partner,item,price
,A1,4.00
,B2,7.50
,C3,1.25
"""
STOCK = """\
node,item,on_hand
DAL,A1,100
DAL,B2,40
DAL,C3,0
RNO,A1,50
RNO,B2,5
RNO,C3,30
"""


#: Partners by what their files say, for all tests of a process: reading YAML takes longer than
#: what is done with it. Values are frozen, so tests cannot tell.
_READ: dict[tuple[object, ...], PartnerBook] = {}


class Site:
    """A configuration, its folders, and what a test asks of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = NOW
        #: Set by a test that breaks the book on purpose.
        self.is_broken = False
        #: Set by a test that writes to the book past its journal.
        self.is_touched = False
        self._config: tuple[bytes, Config] | None = None
        (root / "mappings").mkdir(parents=True)
        (root / "config.yaml").write_text(CONFIG)
        for name, text in MAPPINGS.items():
            (root / "mappings" / f"{name}.yaml").write_text(text)
            (root / "inbox" / name).mkdir(parents=True)
        for name, text in (("items", ITEMS), ("prices", PRICES), ("stock", STOCK)):
            self.load(name, text)

    @property
    def config(self) -> Config:
        """What `config.yaml` says now."""
        path = self.root / "config.yaml"
        text = path.read_bytes()
        if self._config is None or self._config[0] != text:
            self._config = (text, load_config(path))
        return self._config[1]

    @property
    def partners(self) -> PartnerBook:
        """What the mappings say now."""
        folder = self.root / "mappings"
        texts = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.yaml"))]
        said = ((self.root / "config.yaml").read_bytes(), *texts)
        if said not in _READ:
            _READ[said] = load_partners(folder, self.config)
        return _READ[said]

    @property
    def places(self) -> Places:
        return Places(var=self.root / "var")

    def configure(self, name: str, text: str) -> None:
        """Replace `config.yaml` or a mapping."""
        if name == "config":
            (self.root / "config.yaml").write_text(text)
        else:
            (self.root / "mappings" / f"{name}.yaml").write_text(text)
            (self.root / "inbox" / name).mkdir(exist_ok=True)

    def keep_secret(self, name: str, text: str) -> None:
        """Keep a credential as an administrator would."""
        path = self.root / "credentials" / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)

    def connect(self) -> Connection:
        return attach(self.places.database)

    def step(self) -> Step:
        """The surroundings of one act of a person."""
        if not self.places.database.exists():
            self.places.make()
            create(self.places.database).close()
        return Step(
            connection=self.connect(), config=self.config, partners=self.partners, now=self.now
        )

    def load(self, what: str, text: str, *, dry_run: bool = False) -> imports.Imported:
        """Import items, prices or stock from CSV text."""
        path = self.root / f"{what}.csv"
        path.write_text(text)
        name = f"import_{what}"
        act = getattr(supplier_items if what == "supplier_items" else imports, name)
        done: imports.Imported = act(self.step(), path, actor="test", dry_run=dry_run)
        return done

    def drop(self, partner: str, content: bytes | str, name: str = "file.edi") -> None:
        """Lay a file into a partner's inbox, as the partner would."""
        data = content.encode() if isinstance(content, str) else content
        (self.root / "inbox" / partner / name).write_bytes(data)

    def run(self, *, later: timedelta = timedelta(0)) -> Done:
        """Run until nothing is left; the clock first goes on by `later`."""
        self.now += later
        with owner(self.config):
            runner = Runner(config=self.config, partners=self.partners, clock=lambda: self.now)
            done = runner.once()
            runner.stop()
            runner.connection.close()
        return done

    def send(self, partner: str, content: bytes | str, name: str = "file.edi") -> Done:
        """Drop a file and run."""
        self.drop(partner, content, name)
        return self.run()

    def ship(self, warehouse: str, how: Scenario = "full") -> None:
        """Have a warehouse answer every 940 it got with its 945s, and run."""

        def scenario(order: ShippingOrder) -> Scenario:
            return how

        sent = [path.read_bytes() for path in self.outgoing(warehouse, "940")]
        for number, (content, silent) in enumerate(
            zip(sent, last_words(sent), strict=True), start=1
        ):
            answer = answer_940(
                content, control_number=number, now=self.now, scenario=scenario, silent=silent
            )
            if answer:
                self.drop(warehouse, answer, f"945_{number}.edi")
        self.run()

    def acknowledge(self, partner: str, set_id: str) -> None:
        """Have a partner answer what it got of this set with 997s, and run."""
        for number, path in enumerate(self.outgoing(partner, set_id), start=901):
            answer = answer_997(path.read_bytes(), control_number=number, now=self.now)
            self.drop(partner, answer, f"997_{number}.edi")
        self.run()

    # What the book says.

    def orders(self) -> list[queries.Row]:
        with closing(self.connect()) as connection:
            return queries.orders(connection, partner=None, limit=1000)

    def order(self, number: int = 1) -> queries.Row:
        """The order with our number SO10000n."""
        with closing(self.connect()) as connection:
            return queries.order(connection, number)

    def lines(self, number: int = 1) -> list[tuple[str, str]]:
        """(buyer's line, status) of an order."""
        return [(line["buyer_line"], line["status"].value) for line in self.order(number)["lines"]]

    def files(self) -> list[queries.Row]:
        with closing(self.connect()) as connection:
            found = queries.files(connection, state=None, limit=1000)
        for file in found:
            file["issues"] = json.loads(file["issues"])
        return found

    def exceptions(self) -> list[queries.Row]:
        with closing(self.connect()) as connection:
            return exceptions(connection, Wanted(limit=1000, snoozed=True), now=self.now)

    def exception_kinds(self) -> list[str]:
        return sorted(exception["kind"] for exception in self.exceptions())

    def stock(self, item: str, node: str) -> tuple[int, int]:
        """(on hand, reserved)."""
        with closing(self.connect()) as connection:
            (row,) = stock_queries.levels(connection, item=item, node=node)
        return row["on_hand"], row["reserved"]

    def level(self, item: str, node: str) -> queries.Row:
        """All figures of one level."""
        with closing(self.connect()) as connection:
            (row,) = stock_queries.levels(connection, item=item, node=node)
        return row

    def outgoing(self, partner: str, set_id: str = "") -> list[Path]:
        """Delivered files, by name."""
        return sorted((self.root / "outbox" / partner).glob(f"{set_id}*"))

    def sent(self, partner: str, set_id: str) -> bytes:
        """The one delivered file of this kind."""
        (path,) = self.outgoing(partner, set_id)
        return path.read_bytes()

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as connection:
            return connection.execute(sql, parameters).fetchall()

    def divergences(self) -> list[tuple[str, str]]:
        with closing(self.connect()) as connection:
            return list(divergences(connection, archive=self.places.archive, work=self.places.work))

    def replayed(self) -> Replayed:
        """The book made again from its journal, beside it."""
        with TemporaryDirectory() as folder, closing(self.connect()) as connection:
            var = Path(folder) / "var"
            return replay(connection, self.places.archive, Places(var=var))

    def simulated(
        self, config: str | None = None, *, since: datetime | None = None
    ) -> tuple[Simulated, Difference]:
        """The history lived through again under another `config.yaml`; its book must verify."""
        if config is not None:
            (self.root / "other.yaml").write_text(config)
        path = self.root / ("other.yaml" if config is not None else "config.yaml")
        with TemporaryDirectory() as folder, closing(self.connect()) as history:
            places = Places(var=Path(folder) / "var")
            folders = folders_below(places.var)
            wanted = load_config(path).model_copy(update={"folders": folders})
            with fresh_book(places) as book:
                archive = Archive(self.places.archive, folders)
                simulation = Simulation(
                    history, archive, book, config=wanted, partners=self.partners
                )
                done = simulation.run(since=since)
                found = difference(history, book)
                assert [
                    fault
                    for fault in divergences(book, archive=places.archive, work=places.work)
                    if "archive" not in fault[0]
                ] == []
        return done, found

    def content_hash(self) -> str:
        with closing(self.connect()) as connection:
            return content_hash(connection)

    def delivered(self) -> dict[str, bytes]:
        """Every delivered file by partner and name."""
        outbox = self.root / "outbox"
        return {
            str(path.relative_to(outbox)): path.read_bytes()
            for path in sorted(outbox.rglob("*"))
            if path.is_file()
        }


def name(number: int) -> str:
    """Our name of the order with this number."""
    return order_name(number)
