"""A made-up distributor for benchmarks: its configuration, items, stock and 850 interchanges."""

import csv
from collections.abc import Iterator
from pathlib import Path

LINES = 5
ITEMS = 200
_NODES = (("DAL", "75201"), ("RNO", "89502"), ("HBG", "17101"))
PLACES = (
    ("TULSA", "OK", "74133"),
    ("BOISE", "ID", "83704"),
    ("COLUMBUS", "OH", "43207"),
    ("DENVER", "CO", "80216"),
    ("PORTLAND", "OR", "97210"),
    ("ATLANTA", "GA", "30318"),
    ("ALBANY", "NY", "12205"),
    ("AUSTIN", "TX", "78704"),
)
_CONFIG = """\
company: {name: BENCH SUPPLY, isa_id: BENCHSUPPLY, gs_id: BENCHSUPPLY, gs1_prefix: "0789012"}
intake: {settle_s: 0}
nodes:
  - {id: DAL, name: DALLAS, partner: wh, postal_code: "75201", shipment_cost_cents: 350}
  - {id: RNO, name: RENO, partner: wh, postal_code: "89502", shipment_cost_cents: 380}
  - {id: HBG, name: HARRISBURG, partner: wh, postal_code: "17101", shipment_cost_cents: 420}
routing:
  max_shipments: 2
  zones:
    - {up_to_miles: 300, transit_days: 1, base_cents: 600, cents_per_lb: 30}
    - {up_to_miles: 1000, transit_days: 3, base_cents: 900, cents_per_lb: 45}
    - {up_to_miles: 4000, transit_days: 5, base_cents: 1400, cents_per_lb: 70}
"""
_BUYER = """\
name: BENCH BUYER
x12: {isa_id: BENCHBUYER, gs_id: BENCHBUYER, version: "004010"}
"""
_WAREHOUSE = """\
name: BENCH WAREHOUSES
role: warehouse
x12: {isa_id: BENCHWH, gs_id: BENCHWH, version: "004010"}
"""


def write_site(folder: Path) -> None:
    """Write a configuration that runs, and the master data to import into it."""
    (folder / "mappings").mkdir(parents=True)
    (folder / "inbox" / "buyer").mkdir(parents=True)
    (folder / "config.yaml").write_text(_CONFIG)
    (folder / "mappings" / "buyer.yaml").write_text(_BUYER)
    (folder / "mappings" / "wh.yaml").write_text(_WAREHOUSE)
    items = [f"IT-{n:04d}" for n in range(ITEMS)]
    _table(
        folder / "items.csv",
        ("item", "description", "unit", "weight_g", "pack", "ids"),
        [(item, f"ITEM {item}", "EA", 500, 12, f":IN=B{item}") for item in items],
    )
    _table(folder / "prices.csv", ("partner", "item", "price"), [("", i, "4.25") for i in items])
    _table(
        folder / "stock.csv",
        ("node", "item", "on_hand"),
        [(node, item, 9_000_000) for node, _ in _NODES for item in items],
    )


def _table(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def write_interchange(path: Path, orders: int) -> None:
    """Write one 850 interchange of so many orders, `LINES` lines each."""
    with open(path, "w", newline="") as file:
        for segment in _segments(orders):
            file.write(segment + "~\n")


def _segments(orders: int) -> Iterator[str]:
    sender, receiver = "BENCHBUYER".ljust(15), "BENCHSUPPLY".ljust(15)
    yield (
        f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{sender}*ZZ*{receiver}"
        "*260302*0610*U*00401*000000001*0*P*>"
    )
    yield "GS*PO*BENCHBUYER*BENCHSUPPLY*20260302*0610*1*X*004010"
    for n in range(orders):
        yield from _order(n)
    yield f"GE*{orders}*1"
    yield "IEA*1*000000001"


def _order(n: int) -> Iterator[str]:
    city, state, postal_code = PLACES[n % len(PLACES)]
    control = f"{n + 1:04d}"
    body = [
        f"ST*850*{control}",
        f"BEG*00*SA*P{n:08d}**20260302",
        "REF*IA*44871",
        "DTM*010*20260305",
        "DTM*001*20260420",
        f"N1*ST*STORE {n % 500:04d}*92*{n % 500:04d}",
        f"N3*{n % 999} EXAMPLE AVE",
        f"N4*{city}*{state}*{postal_code}*US",
    ]
    for line in range(1, LINES + 1):
        item = f"BIT-{(n * 7 + line * 13) % ITEMS:04d}"
        body.append(f"PO1*{line}*{12 + (n + line) % 24}*EA*4.25*PE*IN*{item}")
        body.append(f"PID*F****ARTICLE {item} AS IN THE CATALOG")
    body.append(f"CTT*{LINES}")
    yield from body
    yield f"SE*{len(body) + 1}*{control}"
