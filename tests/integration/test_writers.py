"""Thirty-two processes fight for one item through production's acts and steps: never oversold."""

import subprocess
import sys
from pathlib import Path

from oms_edi.pipeline.run import Runner, owner
from tests.support.edi import interchange, x850
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


def _take_only(site: Site, content: bytes) -> None:
    """Take a file without deciding anything: the writers do."""
    site.drop("buyer", content)
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner._take_files()
        runner.connection.close()
