"""Between allocation and release an order may move to a better plan; full days; who serves whom."""

import random
import re
from datetime import timedelta

import pytest

from oms_edi.pipeline.people import acts
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site

#: Both nodes are told at 13:00 in Dallas; tests begin at 09:00 there.
HELD_BACK = CONFIG.replace("state: TX", "state: TX, release: {at: ['13:00']}").replace(
    "rank: 2", "rank: 2, release: {at: ['11:00']}"
)
HOUR = timedelta(hours=1)


def order(site: Site, line: str, *, po: str = "PO1", control: int = 1, due: str = "") -> None:
    """Send an order of the buyer to Tulsa, near Dallas; a line is units and item."""
    units, item = line.split()
    header = [f"DTM*002*{due}"] if due else []
    row = f"1*{units}*EA***VN*{item}"
    site.send("buyer", interchange(x850(po, row, header=header), control=control), f"{po}.edi")


def receive(site: Site, item: str, node: str, units: int) -> None:
    acts.receive(site.step(), item, node, units, actor="test", reason="truck")


def places(site: Site) -> list[tuple[str, int]]:
    """Node and units of every allocation, by order."""
    return site.query(
        "SELECT a.node, a.quantity FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
        " ORDER BY l.order_id, a.node"
    )


def moves(site: Site) -> list[str]:
    return [text for (text,) in site.query("SELECT text FROM events WHERE name = 'order.rerouted'")]


@pytest.fixture
def patient(site: Site) -> Site:
    """C3 is in Reno only, and nobody is told before noon."""
    site.configure("config", HELD_BACK + "  churn_threshold_cents: 300\n")
    return site


def test_a_node_is_told_at_its_time(patient: Site) -> None:
    order(patient, "10 C3")
    assert patient.lines() == [("1", "allocated")]
    patient.run(later=4 * HOUR - timedelta(seconds=1))  # 12:59:59 in Dallas, 10:59:59 in Reno
    assert not patient.outgoing("wh2", "940")
    patient.run(later=timedelta(seconds=1))
    assert patient.lines() == [("1", "released")]
    assert len(patient.outgoing("wh2", "940")) == 1


def test_stock_that_comes_before_release_moves_an_order_that_saves_enough(patient: Site) -> None:
    order(patient, "10 C3")
    assert places(patient) == [("RNO", 10)]
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("DAL", 10)]
    assert moves(patient) == ["RNO ($9.66) -> DAL ($5.22): saves $4.44"]
    assert patient.stock("C3", "RNO") == (30, 0)
    assert patient.stock("C3", "DAL") == (40, 10)
    patient.run(later=3 * HOUR)
    assert len(patient.outgoing("wh", "940")) == 1
    assert not patient.outgoing("wh2", "940")
    # The day is the same: the buyer has nothing new to hear.
    assert len(patient.outgoing("buyer", "855")) == 1


def test_it_stays_if_it_would_save_no_more_than_the_threshold(site: Site) -> None:
    site.configure("config", HELD_BACK + "  churn_threshold_cents: 444\n")
    order(site, "10 C3")
    receive(site, "C3", "DAL", 40)
    site.run(later=HOUR)
    assert places(site) == [("RNO", 10)]
    assert moves(site) == []


def test_it_moves_to_be_on_time_whatever_that_saves(site: Site) -> None:
    site.configure("config", HELD_BACK + "  churn_threshold_cents: 100000\n")
    order(site, "10 C3", due="20260303")
    receive(site, "C3", "DAL", 40)
    site.run(later=HOUR)
    assert places(site) == [("DAL", 10)]
    assert moves(site) == ["RNO ($9.66) -> DAL ($5.22): 10 units on time now, saves $4.44"]


def test_an_order_that_was_split_is_put_together(patient: Site) -> None:
    receive(patient, "C3", "DAL", 4)
    order(patient, "10 C3")
    assert places(patient) == [("RNO", 10)]  # one shipment beats two
    order(patient, "24 C3", po="PO2", control=2)
    assert places(patient)[1:] == [("DAL", 4), ("RNO", 20)]
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("DAL", 10), ("DAL", 24)]
    assert patient.stock("C3", "DAL") == (44, 34)


def test_what_is_released_never_moves(patient: Site) -> None:
    order(patient, "10 C3")
    patient.run(later=4 * HOUR)
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("RNO", 10)]
    assert patient.lines() == [("1", "released")]


def test_those_who_wait_come_before_those_who_would_only_move(patient: Site) -> None:
    order(patient, "30 C3")
    order(patient, "40 C3", po="PO2", control=2)
    assert places(patient) == [("RNO", 30)]
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("RNO", 30), ("DAL", 40)]


def test_a_pass_looks_at_so_many_orders_and_the_next_goes_on(patient: Site) -> None:
    patient.configure(
        "config",
        HELD_BACK + "  churn_threshold_cents: 300\nlimits: {orders_reconsidered: 1}\n",
    )
    for number in (1, 2, 3):
        order(patient, "10 C3", po=f"PO{number}", control=number)
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("DAL", 10)] * 3
    assert len(moves(patient)) == 3


def test_a_node_that_refused_a_line_is_not_moved_to(patient: Site) -> None:
    receive(patient, "C3", "DAL", 10)
    order(patient, "10 C3")
    assert places(patient) == [("DAL", 10)]
    patient.run(later=4 * HOUR)
    patient.ship("wh", "short")  # what Dallas does not ship goes to Reno
    assert places(patient)[1][0] == "RNO"
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient)[1][0] == "RNO"
    assert moves(patient) == []


def test_a_node_that_is_closed_loses_what_it_was_not_told_yet(patient: Site) -> None:
    receive(patient, "C3", "DAL", 40)
    order(patient, "10 C3")
    assert places(patient) == [("DAL", 10)]
    closed = HELD_BACK.replace("rank: 1", "rank: 1, closed: true")
    patient.configure("config", closed)
    patient.run(later=HOUR)
    assert places(patient) == [("RNO", 10)]
    assert moves(patient) == ["DAL ($0.00) -> RNO ($9.66): 10 units that would not have shipped"]


def test_a_held_order_stays_where_it_is(patient: Site) -> None:
    order(patient, "10 C3")
    hold = "INSERT INTO holds (order_id, kind, reason, created_at) VALUES (1, 'manual', 'x', '')"
    with patient.connect() as connection:
        connection.execute(hold)
    patient.is_touched = True
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("RNO", 10)]


def test_what_came_while_it_was_held_is_looked_at_when_the_hold_ends(patient: Site) -> None:
    order(patient, "10 C3")
    acts.hold(patient.step(), "PO1", buyer_line=None, actor="ann", reason="asked")
    receive(patient, "C3", "DAL", 40)
    patient.run(later=HOUR)
    assert places(patient) == [("RNO", 10)]
    assert patient.query("SELECT count(*) FROM reconsider") == [(0,)]  # nobody's turn for ever
    acts.release_holds(patient.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    patient.run(later=HOUR)
    assert places(patient) == [("DAL", 10)]


@pytest.mark.parametrize("seed", [2, 4])
def test_whatever_comes_what_moves_is_worth_it_and_what_is_released_stays(
    site: Site, seed: int
) -> None:
    limited = HELD_BACK.replace("state: TX", "state: TX, capacity: {units_per_day: 60}")
    site.configure("config", f"{limited}  churn_threshold_cents: 150\n")
    draw = random.Random(seed)
    released: dict[int, tuple[str, int]] = {}
    for number in range(1, 13):
        units, item = draw.randint(1, 20), draw.choice(("B2", "C3"))
        due = draw.choice(("", "20260303", "20260306"))
        order(site, f"{units} {item}", po=f"PO{number}", control=number, due=due)
        receive(site, draw.choice(("B2", "C3")), draw.choice(("DAL", "RNO")), 40)
        if draw.random() < 0.2:
            name = f"SO{100_000 + number}"
            acts.cancel(site.step(), name, buyer_line=None, actor="test", reason="unwanted")
        site.run(later=timedelta(minutes=draw.choice((5, 25, 90))))
        rows = site.query(
            "SELECT allocation_id, node, quantity FROM allocations WHERE shipment_id IS NOT NULL"
        )
        now = {allocation_id: (node, units) for allocation_id, node, units in rows}
        assert released.items() <= now.items()
        released = now
        assert not site.query("SELECT item FROM stock_levels WHERE reserved > on_hand")
    assert released
    assert moves(site)
    for text in moves(site):
        saved = re.search(r"saves \$([0-9.]+)$", text)
        assert "on time" in text or (saved and float(saved[1]) > 1.50), text


def test_a_full_day_sends_the_next_order_elsewhere(site: Site) -> None:
    limit = "state: TX, capacity: {orders_per_day: 1, when_full: refuse}"
    site.configure("config", CONFIG.replace("state: TX", limit))
    for number in (1, 2):
        order(site, "10 A1", po=f"PO{number}", control=number)
    assert places(site) == [("DAL", 10), ("RNO", 10)]
    site.now += timedelta(days=1)
    order(site, "10 A1", po="PO3", control=3)
    assert places(site)[2] == ("RNO", 10)  # what Dallas has not shipped fills today
    site.ship("wh")
    order(site, "10 A1", po="PO4", control=4)
    assert places(site)[3] == ("DAL", 10)


def test_orders_of_one_file_fill_a_day_too(site: Site) -> None:
    limit = "state: TX, capacity: {units_per_day: 25}"
    site.configure("config", CONFIG.replace("state: TX", limit))
    sets = [x850(f"PO{n}", "1*10*EA***VN*A1", control=f"{n:04d}") for n in (1, 2, 3)]
    site.send("buyer", interchange(*sets))
    days = site.query("SELECT ship_on FROM allocations WHERE node = 'DAL' ORDER BY line_id")
    assert [day for (day,) in days] == ["2026-03-02", "2026-03-02", "2026-03-03"]


def test_a_customer_is_served_from_the_nodes_of_its_mapping(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping + "  sourcing: {never_nodes: [DAL]}\n")
    order(site, "10 A1")
    assert places(site) == [("RNO", 10)]
