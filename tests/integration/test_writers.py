"""Thirty-two processes fight for one item through production's acts and steps: never oversold."""

import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from oms_edi.pipeline.run import Runner, owner
from oms_edi.store.database import create, scratch_tx
from tests.support.edi import interchange, x850
from tests.support.portal import order, place
from tests.support.site import Site

_WRITERS = 32
_ROUNDS = 6
#: Units of A1 at both nodes, see `site.STOCK`; each order wants eight.
_STOCK = 150


def test_32_writers_never_oversell_one_item_by_one_unit(site: Site) -> None:
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text + "limits: {orders_per_transaction: 3}\n")
    orders = [
        x850(f"PO{n:03d}", "1*8*EA*4.00**VN*A1", control=f"{n + 1:04d}") for n in range(_WRITERS)
    ]
    _take_only(site, interchange(*orders))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.support.writers",
            str(site.root),
            str(_WRITERS),
            str(_ROUNDS),
        ],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    site.run()
    ((received,),) = site.query(
        "SELECT sum(on_hand_delta) FROM stock_ledger WHERE kind = 'receipt'"
    )
    ((promised,),) = site.query(
        "SELECT sum(quantity) FROM allocations a JOIN order_lines l USING (line_id)"
        " WHERE l.item = 'A1'"
    )
    assert promised <= _STOCK + received
    ((waiting,),) = site.query("SELECT sum(backordered) FROM order_lines")
    assert promised == _STOCK + received or waiting == 0
    ((acts, steps),) = site.query(
        "SELECT count(*) FILTER (WHERE kind = 'act'), count(*) FILTER (WHERE name = 'fulfill')"
        " FROM journal"
    )
    assert acts >= _WRITERS
    assert steps >= 3
    # `site` ends with verify, which recomputes the ledger at every entry, and with a replay.


def test_a_program_is_served_while_the_owner_writes_all_the_time(site: Site) -> None:
    """Transactions of 50 ms with gaps of 4 ms: asking ever more seldom, some wait for seconds."""
    site.step().connection.close()
    done = threading.Event()

    def write() -> None:
        with closing(create(site.places.database)) as book:
            while not done.is_set():
                with scratch_tx(book):
                    time.sleep(0.05)
                time.sleep(0.004)

    owner_writes = threading.Thread(target=write)
    owner_writes.start()
    waits = []
    try:
        for number in range(15):
            began = time.monotonic()
            place(site, order(f"W-{number}"), key=f"k-{number}")
            waits.append(time.monotonic() - began)
    finally:
        done.set()
        owner_writes.join()
    assert max(waits) < 1.5
    assert len(site.orders()) == 15


def _take_only(site: Site, content: bytes) -> None:
    """Take a file without deciding anything: the writers do."""
    site.drop("buyer", content)
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner._take_files()
        runner.connection.close()
