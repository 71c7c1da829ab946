"""SIGKILL at any moment and running again ends in the same order book and the same files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.edi import counted, interchange, x850
from tests.support.site import CONFIG, Site
from tests.support.supplier import with_supplier, x855, x856

#: `all` kills at every point; otherwise about so many are taken, evenly spread.
POINTS = os.environ.get("OMS_EDI_KILL_POINTS", "30")
ROOT = Path(__file__).parents[2]


def drop_morning(site: Site) -> None:
    """Good, bad, repeated, cut and strange files at once."""
    bad = counted("850", "0002", ["BEG*00*SA*", "PO1*1*5*EA*4.00**VN*A1", "CTT*1"])
    first = interchange(x850("PO1", "1*30*EA*4.00**VN*A1"), bad, control=1)
    site.drop("buyer", first, "1.edi")
    site.drop("buyer", first, "2-again.edi")
    damaged = interchange(x850("PO2"), control=2).replace(b"IEA*1*000000002", b"IEA*1*000000009")
    site.drop(
        "buyer", damaged + interchange(x850("PO3", "1*90*EA*4.00**VN*A1"), control=3), "3.edi"
    )
    site.drop("buyer", b"%PDF-1.7", "4.edi")
    rows = (
        "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,B2,60,EA,7.50,S9,\nS-2,1,B2,x,EA,7.50,S9,\n"
    )
    site.drop("shop", rows, "5.csv")


def sweep(site: Site, folder: Path, *, kills: int, among: int = 1) -> dict[str, Any]:
    """Run the sweep in a process of its own; at one in so many of the points."""
    points = 1 if POINTS == "all" else None
    command = [sys.executable, "-m", "tests.support.kill_sweep", str(site.root), str(folder)]
    stride = points or _stride(command) * among
    done = subprocess.run(
        [*command, str(stride), str(kills)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _stride(command: list[str]) -> int:
    probe = [*command[:-1], command[-1] + "-probe", str(10**9), "0"]
    done = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True, check=True)
    return max(1, int(json.loads(done.stdout)["points"]) // int(POINTS))


@pytest.mark.parametrize("kills", [1, 3])
def test_a_morning_of_files_survives_kills(site: Site, tmp_path: Path, kills: int) -> None:
    drop_morning(site)
    site.run()
    before = site.delivered()
    assert before
    fresh = Site(tmp_path / "fresh")
    drop_morning(fresh)
    found = sweep(fresh, tmp_path / "sweep", kills=kills)
    assert found["killed"] >= 20
    assert found["faults"] == []
    assert found["different"] == []


def test_sharing_what_is_short_survives_kills(site: Site, tmp_path: Path) -> None:
    """Orders that share, a line that cannot use its share, and stock for those who wait."""
    near = CONFIG.replace("state: NV, rank: 2", "state: NV, rank: 2, states: [OK]")
    site.configure("config", near + "limits: {orders_per_transaction: 2}\n")
    site.send("buyer", interchange(x850("PO0", "1*30*EA*1.25**VN*C3"), control=9))
    for number in range(1, 7):
        place = f"N1*ST*STORE*92*S{1 + number % 2}"
        order = x850(f"PO{number}", "1*10*EA*1.25**VN*C3", "2*9*EA*4.00**VN*A1", ship_to=place)
        site.drop("buyer", interchange(order, control=number), f"{number}.edi")
    site.drop("wh", "sku,on hand\nC3,25\n", "count.csv")
    site.drop("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,C3,40,EA,1.25,S9,\n", "5.csv")
    found = sweep(site, tmp_path / "sweep", kills=1)
    assert found["killed"] >= 20
    assert found["faults"] == []
    assert found["different"] == []


def test_moving_to_a_better_plan_survives_kills(site: Site, tmp_path: Path) -> None:
    """Allocated orders that are not released move as stock comes, a few in a transaction."""
    late = CONFIG.replace("rank: 1", "rank: 1, release: {at: ['13:00']}")
    late = late.replace("rank: 2", "rank: 2, release: {at: ['11:00']}")
    limits = "limits: {orders_per_transaction: 2, orders_reconsidered: 3}\n"
    site.configure("config", f"{late}  churn_threshold_cents: 100\n{limits}")
    for number in range(1, 6):
        site.drop("buyer", interchange(x850(f"PO{number}", "1*5*EA***VN*C3"), control=number), "a")
        site.run()
    site.drop("wh", "sku,on hand\nC3,22\n", "count.csv")
    found = sweep(site, tmp_path / "sweep", kills=1)
    assert found["killed"] >= 20
    assert found["faults"] == []
    assert found["different"] == []


def test_reports_of_warehouses_survive_kills(site: Site, tmp_path: Path) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1", "2*44*EA*7.50**VN*B2")))
    from oms_edi.testing import answer_940

    for warehouse in ("wh", "wh2"):
        for path in site.outgoing(warehouse, "940"):
            answer = answer_940(
                path.read_bytes(), control_number=1, now=site.now, scenario=lambda order: "short"
            )
            site.drop(warehouse, answer, "945.edi")
    found = sweep(site, tmp_path / "sweep", kills=1)
    assert found["killed"] >= 20
    assert found["different"] == []


def test_what_suppliers_answer_and_ship_survives_kills(site: Site, tmp_path: Path) -> None:
    """One order is confirmed in part, one refused, one ships short; another is bought meanwhile."""
    with_supplier(site)
    for number, units in ((1, 31), (2, 12), (3, 8)):
        content = interchange(x850(f"PO{number}", f"1*{units}*EA***VN*C3"), control=number)
        site.send("buyer", content)
    bought = [f"SO10000{number}-1" for number in (1, 2, 3)]
    assert {site.order(number)["shipments"][0]["node"] for number in (1, 2)} == {"SUP", "RNO"}
    answers = ("1*31*EA*.9**VN*S-300~ACK*IQ*20*EA", "1*12*EA***VN*S-300~ACK*IR*12*EA", "")
    for number, (po, line) in enumerate(zip(bought, answers, strict=True), start=1):
        lines = (line,) if line else ()
        site.drop("sup", x855(po, *lines, kind="AC", control=number), f"855_{number}.edi")
    site.drop("sup", x856(bought[0], "VN*S-300~15*EA", control=7), "856.edi")
    site.drop("buyer", interchange(x850("PO9", "1*40*EA***VN*C3"), control=9), "850.edi")
    found = sweep(site, tmp_path / "sweep", kills=1)
    assert found["killed"] >= 20
    assert found["faults"] == []
    assert found["different"] == []
