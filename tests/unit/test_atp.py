"""ATP over time and promises on goods that are to come: worked examples and brute force."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from oms_edi.domain.atp import (
    Available,
    Dated,
    available_to_promise,
    increments,
)
from oms_edi.domain.promise import Waiting, promise_dates

TODAY = date(2026, 3, 2)
DOCS = Path(__file__).parents[2] / "docs/stock.md"


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def atp(
    on_hand: int, supply: dict[int, int] | None = None, leaving: dict[int, int] | None = None
) -> list[Available]:
    return available_to_promise(
        on_hand,
        [Dated(day(at), units) for at, units in (supply or {}).items()],
        [Dated(day(at), units) for at, units in (leaving or {}).items()],
        today=TODAY,
    )


def test_what_is_there_and_promised_to_nobody_may_be_promised_today() -> None:
    assert atp(10) == [Available(TODAY, 10, 10)]


def test_a_later_promise_keeps_todays_stock_from_being_promised_twice() -> None:
    assert atp(10, leaving={5: 8}) == [Available(TODAY, 10, 2), Available(day(5), 2, 2)]


def test_goods_that_come_in_time_free_what_is_there() -> None:
    found = atp(10, supply={3: 20}, leaving={5: 8})
    assert [(one.on, one.balance, one.atp) for one in found] == [
        (TODAY, 10, 10),
        (day(3), 30, 22),
        (day(5), 22, 22),
    ]


def test_the_worked_examples_of_the_docs_are_what_the_rule_gives() -> None:
    table = DOCS.read_text().partition("**ATP.**")[2].partition("Goods count from")[0]
    rows = [
        [cell.strip() for cell in row.split("|")[1:-1]]
        for row in table.splitlines()
        if row.startswith("| ") and row[2].isdigit()
    ]
    assert len(rows) >= 4
    for on_hand, comes, leaves, said in rows:
        found = atp(int(on_hand), supply=by_day(comes), leaving=by_day(leaves))
        for offset, units in by_day(said).items():
            assert at_day(found, day(offset)).atp == units, (on_hand, comes, leaves, said)


def at_day(steps: Sequence[Available], on: date) -> Available:
    """How it stands on a day: as on the last one before it that changes anything."""
    return max((step for step in steps if step.on <= on), key=lambda step: step.on)


def by_day(cell: str) -> dict[int, int]:
    """Units by days from today, as the table writes them: "10 today, 22 from day 3"."""
    parts = re.findall(r"(\d+) (?:from |on )?(?:today|day (\d+))", cell)
    assert len(parts) == len([part for part in cell.split(",") if part])
    return {int(offset or 0): int(units) for units, offset in parts}


def test_goods_that_come_after_a_promise_do_not() -> None:
    found = atp(10, supply={7: 20}, leaving={5: 8})
    assert [one.atp for one in found] == [2, 2, 22]


def test_promised_beyond_what_there_is_leaves_nothing_until_it_is_made_up() -> None:
    found = atp(5, supply={2: 3, 6: 10}, leaving={0: 12})
    assert [(one.balance, one.atp) for one in found] == [(-7, 0), (-4, 0), (6, 6)]


def test_what_was_due_before_today_counts_as_of_today() -> None:
    assert atp(0, supply={-3: 5}) == [Available(TODAY, 5, 5)]


def test_between_two_days_it_stands_as_on_the_one_before() -> None:
    found = atp(1, supply={3: 4})
    assert [at_day(found, day(n)).atp for n in (0, 2, 3, 9)] == [1, 1, 5, 5]
    assert increments(found) == [Dated(TODAY, 1), Dated(day(3), 4)]


moves = st.dictionaries(st.integers(0, 12), st.integers(1, 30), max_size=6)


@given(on_hand=st.integers(-10, 40), supply=moves, leaving=moves, asked=st.integers(0, 12))
def test_atp_is_the_most_that_can_be_promised_without_breaking_any_promise(
    on_hand: int, supply: dict[int, int], leaving: dict[int, int], asked: int
) -> None:
    """Brute force: promise more and more for a day until some later balance falls below zero."""

    def holds(units: int) -> bool:
        return all(
            on_hand
            + sum(n for at, n in supply.items() if at <= s)
            - sum(n for at, n in leaving.items() if at <= s)
            - units
            >= 0
            for s in range(asked, 14)
        )

    most = 0
    while holds(most + 1):
        most += 1
    found = atp(on_hand, supply, leaving)
    assert at_day(found, day(asked)).atp == most
    assert [one.atp for one in found] == sorted(one.atp for one in found)


def waiting(line_id: int, units: int, **other: object) -> Waiting:
    values = {
        "line_id": line_id,
        "order_id": line_id,
        "item": "A1",
        "units": units,
        "rank": (1, line_id),
        "nodes": frozenset({"DAL", "RNO"}),
        "is_whole": False,
    }
    return Waiting(**{**values, **other})  # type: ignore[arg-type]


def test_who_waits_longest_is_promised_what_comes_first_and_all_only_when_all_is_there() -> None:
    coming = {("A1", "DAL"): [Dated(day(3), 10), Dated(day(9), 10)]}
    found = promise_dates([waiting(1, 8), waiting(2, 12)], coming)
    assert {line: (made.ready_on, made.is_certain) for line, made in found.items()} == {
        1: (day(3), False),  # 10 come, 20 wait: how they are shared is not known yet
        2: (day(9), True),
    }


def test_a_line_is_not_promised_what_its_nodes_do_not_get() -> None:
    coming = {("A1", "RNO"): [Dated(day(3), 50)]}
    assert promise_dates([waiting(1, 8, nodes=frozenset({"DAL"}))], coming) == {}


def test_what_does_not_suffice_for_one_line_is_promised_to_the_next() -> None:
    coming = {("A1", "DAL"): [Dated(day(3), 10)]}
    assert list(promise_dates([waiting(1, 30), waiting(2, 10)], coming)) == [2]


def test_an_order_that_ships_complete_has_the_day_of_its_last_line_or_none() -> None:
    coming = {("A1", "DAL"): [Dated(day(3), 10)], ("B2", "DAL"): [Dated(day(8), 10)]}
    lines = [
        waiting(1, 5, is_whole=True, order_id=1),
        waiting(2, 5, is_whole=True, order_id=1, item="B2"),
        waiting(3, 5, is_whole=True, order_id=3),
        waiting(4, 5, is_whole=True, order_id=3, item="C3"),
    ]
    found = promise_dates(lines, coming)
    assert {line: made.ready_on for line, made in found.items()} == {1: day(8), 2: day(8)}


@given(
    asked=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    coming=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 12)), max_size=5),
)
def test_promises_together_never_exceed_what_has_come_by_their_day(
    asked: list[int], coming: list[tuple[int, int]]
) -> None:
    dated = [Dated(day(at), units) for at, units in sorted(coming)]
    lines = [waiting(number, units) for number, units in enumerate(asked, start=1)]
    found = promise_dates(lines, {("A1", "DAL"): dated})
    for at in range(10):
        promised = sum(asked[n - 1] for n, made in found.items() if made.ready_on <= day(at))
        assert promised <= sum(one.units for one in dated if one.on <= day(at))
    for made in found.values():
        if made.is_certain:
            assert sum(asked) <= sum(one.units for one in dated if one.on <= made.ready_on)
