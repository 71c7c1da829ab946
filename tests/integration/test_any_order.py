"""Whatever happens, in whatever order: the book adds up, verifies, and can be made again.

A state machine of orders, changes, replacements, cancels and words of warehouses, of receipts,
transfers, adjustments and counts, of shipments, closed nodes and processes killed between two
system calls. `OMS_EDI_LONG=1` (make long) makes it long.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from oms_edi.domain.documents import ShippingOrder
from oms_edi.domain.lifecycle import order_name
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.shipping.warehouse_said import Word, warehouse_said
from oms_edi.testing import Scenario, answer_940
from tests.integration.test_stock_inbound import x943
from tests.integration.test_stock_movements import x944, x947
from tests.support import outside
from tests.support.edi import interchange, x850, x860
from tests.support.kill_sweep import Points
from tests.support.site import CONFIG, Site

_LONG = bool(os.environ.get("OMS_EDI_LONG"))
_ITEMS = st.sampled_from(["A1", "B2", "C3"])
_NODES = st.sampled_from(["DAL", "RNO"])
_UNITS = st.sampled_from([1, 6, 12, 30, 90])
#: Dallas is closed; its warehouse is told at ten in the morning only.
_SETTINGS = (
    CONFIG,
    CONFIG.replace("id: DAL,", "id: DAL, closed: true,"),
    CONFIG.replace("id: DAL,", "id: DAL, release: {at: ['10:00']},"),
)


class AnyOrder(RuleBasedStateMachine):
    """One distributor, and the world around it."""

    @initialize()
    def open_shop(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="oms-edi-any-"))
        self.site = Site(self.folder / "site")
        self.control = 0
        self.orders = 0
        self.answered: set[str] = set()
        #: (line, node) of each allocation a warehouse was told of.
        self.released: dict[int, tuple[Any, ...]] = {}

    def teardown(self) -> None:
        self.site.run()
        assert outside.faults(self.site) == []
        again = self.site.replayed()
        assert (again.astray, again.difference) == ("", None)
        assert again.content == self.site.content_hash()
        shutil.rmtree(self.folder)

    def _send(self, partner: str, content: str, **envelope: Any) -> None:
        self.control += 1
        data = interchange(content, control=self.control, **envelope)
        self.site.drop(partner, data, f"{self.control:05d}.edi")

    @rule(item=_ITEMS, units=_UNITS, other=_ITEMS, more=_UNITS)
    def buyer_orders(self, item: str, units: int, other: str, more: int) -> None:
        self.orders += 1
        lines = (f"1*{units}*EA***VN*{item}", f"2*{more}*EA***VN*{other}")
        self._send("buyer", x850(f"PO{self.orders}", *lines))

    @rule(item=_ITEMS, units=_UNITS)
    def shop_orders(self, item: str, units: int) -> None:
        self.orders += 1
        rows = f"PO,Line,Item,Qty,Unit,Price,Store,Due\nPO{self.orders},1,{item},{units},EA,,S9,\n"
        self.site.drop("shop", rows, f"shop-{self.orders}.csv")

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), units=_UNITS)
    def buyer_changes(self, data: st.DataObject, units: int) -> None:
        po = f"PO{data.draw(st.integers(1, self.orders))}"
        self._send("buyer", x860(po, f"1*QD*{units}*{units}*EA***VN*A1"), functional_id="PC")

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), item=_ITEMS, units=_UNITS, code=st.sampled_from(["AI", "DI"]))
    def buyer_adds_or_deletes(self, data: st.DataObject, item: str, units: int, code: str) -> None:
        po = f"PO{data.draw(st.integers(1, self.orders))}"
        line = f"{3 if code == 'AI' else 2}*{code}*{units}*{units}*EA***VN*{item}"
        self._send("buyer", x860(po, line), functional_id="PC")

    @rule(data=st.data(), item=_ITEMS, units=_UNITS)
    def buyer_replaces(self, data: st.DataObject, item: str, units: int) -> None:
        po = f"PO{data.draw(st.integers(1, self.orders + 1))}"
        beg = "BEG*05*SA*{po}**20260302"
        self._send("buyer", x850(po, f"1*{units}*EA***VN*{item}", beg=beg))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), word=st.sampled_from(["agreed", "refused"]))
    def warehouse_says(self, data: st.DataObject, word: Word) -> None:
        shipment = f"{order_name(data.draw(st.integers(1, self.orders)))}-1"
        with suppress(NotFound, Refused):
            warehouse_said(self.site.step(), shipment, word, actor="test", reason="any")

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), line=st.sampled_from([None, "1", "2"]))
    def person_cancels(self, data: st.DataObject, line: str | None) -> None:
        po = f"PO{data.draw(st.integers(1, self.orders))}"
        with suppress(NotFound, Refused):
            acts.cancel(self.site.step(), po, buyer_line=line, actor="test", reason="any")

    @rule(item=_ITEMS, node=_NODES, units=_UNITS)
    def truck_arrives(self, item: str, node: str, units: int) -> None:
        acts.receive(self.site.step(), item, node, units, actor="test", reason="truck")

    @rule(item=_ITEMS, units=_UNITS, damaged=st.sampled_from(["", " 1:01", " 6:02"]))
    def dallas_receives(self, item: str, units: int, damaged: str) -> None:
        line = f"{max(units, 6)} {item}{damaged}"
        self._drop_stock(x944, line, number=f"RC{self.control}", reference="TR1")

    @rule(
        item=_ITEMS,
        units=st.sampled_from([-90, -12, -1, 1, 12]),
        reason=st.sampled_from(["AA", "05", "55"]),
    )
    def dallas_adjusts(self, item: str, units: int, reason: str) -> None:
        self._drop_stock(x947, f"{reason} {units} {item}", number=f"AD{self.control}")

    @rule(item=_ITEMS, units=_UNITS)
    def goods_are_announced(self, item: str, units: int) -> None:
        self._drop_stock(x943, f"{units} {item}")

    def _drop_stock(self, document: Callable[..., bytes], line: str, **how: str) -> None:
        self.control += 1
        data = document(line, control=self.control, **how)
        self.site.drop("wh", data, f"{self.control:05d}.edi")

    @rule(item=_ITEMS, units=st.integers(0, 120))
    def dallas_counts(self, item: str, units: int) -> None:
        self.control += 1
        self.site.drop("wh", f"sku,on hand\n{item},{units}\n", f"count-{self.control}.csv")

    @rule(how=st.sampled_from(["full", "short", "split"]))
    def warehouses_ship(self, how: Scenario) -> None:
        def scenario(order: ShippingOrder) -> Scenario:
            return how

        for warehouse in ("wh", "wh2"):
            for path in self.site.outgoing(warehouse, "940"):
                if str(path) not in self.answered:
                    self.answered.add(str(path))
                    self.control += 1
                    answer = answer_940(
                        path.read_bytes(),
                        control_number=self.control,
                        now=self.site.now,
                        scenario=scenario,
                    )
                    self.site.drop(warehouse, answer, f"945-{self.control}.edi")

    @rule(config=st.sampled_from(_SETTINGS))
    def settings_change(self, config: str) -> None:
        self.site.configure("config", config)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), on=st.sampled_from(["20260303", "20260310", "20260401"]))
    def buyer_wants_another_day(self, data: st.DataObject, on: str) -> None:
        po = f"PO{data.draw(st.integers(1, self.orders))}"
        if data.draw(st.booleans()):
            self._send("buyer", x860(po, header=[f"DTM*002*{on}"]), functional_id="PC")
        else:
            self._send("buyer", x860(po, f"1*RS*****~DTM*002*{on}"), functional_id="PC")

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), ends=st.booleans())
    def person_holds(self, data: st.DataObject, ends: bool) -> None:
        po = f"PO{data.draw(st.integers(1, self.orders))}"
        with suppress(NotFound, Refused):
            if ends:
                acts.release_holds(self.site.step(), po, kinds=(), actor="test", reason="any")
            else:
                acts.hold(self.site.step(), po, buyer_line=None, actor="test", reason="any")

    @rule(hours=st.sampled_from([0, 1, 30]))
    def daemon_runs(self, hours: int) -> None:
        self.site.run(later=timedelta(hours=hours))

    @rule(at=st.integers(1, 400))
    def daemon_is_killed(self, at: int) -> None:
        child = os.fork()
        if child == 0:
            Points(at).install()
            with suppress(BaseException):
                self.site.run()
            os._exit(0)
        os.waitpid(child, 0)

    @invariant()
    def everything_adds_up(self) -> None:
        if self.site.places.database.exists():
            assert self.site.divergences() == []

    @invariant()
    def what_is_released_is_not_reallocated(self) -> None:
        rows = self.site.query(
            "SELECT allocation_id, line_id, node, shipment_id FROM allocations"
            " WHERE shipment_id IS NOT NULL"
        )
        now = {row[0]: row[1:] for row in rows}
        assert {key: now.get(key) for key in self.released} == self.released
        self.released = now


AnyOrder.TestCase.settings = settings(
    max_examples=500 if _LONG else 12,
    stateful_step_count=40 if _LONG else 14,
    deadline=None,
    derandomize=not _LONG,
    suppress_health_check=list(HealthCheck),
)
TestAnyOrder = AnyOrder.TestCase
