"""Sharing scarce stock: the worked examples of docs/allocation.md, and what must always hold."""

import heapq
import random
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.share import Claim, Pool, Terms, TierTerms
from oms_edi.routing.share_out import share_out

PLAIN = Terms(tiers={})


def claim(
    line: int,
    customer: str,
    quantity: int,
    *,
    tier: int = 1,
    pack: int = 1,
    weight: int = 1,
    least: int = 0,
    item: str = "A",
    order: int = 0,
    whole: bool = False,
) -> Claim:
    return Claim(
        line_id=line,
        order_id=order or line,
        item=item,
        customer=customer,
        tier=tier,
        quantity=quantity,
        pack=pack,
        weight=weight,
        urgency=("", line),
        least=least,
        is_whole=whole,
    )


def shares(
    claims: Sequence[Claim], supply: int, *pools: Pool, terms: Terms = PLAIN
) -> dict[str, int]:
    """Units by customer."""
    given = share_out(claims, {"A": supply}, {"A": pools}, terms)
    found: Counter[str] = Counter()
    for one in claims:
        found[one.customer] += given[one.line_id]
    return dict(found)


def examples() -> list[list[str]]:
    """Rows of the table in the docs: free, asked, terms, given; "the same" is written out."""
    text = (Path(__file__).parents[2] / "docs/allocation.md").read_text()
    table = text.partition("## Worked examples")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in row.split("|")[1:-1]]
        for row in table.splitlines()
        if row.startswith("| ") and row[2].isdigit()
    ]
    for before, row in pairwise(rows):
        for column in (1, 2):
            row[column] = before[column] if row[column] == "the same" else row[column]
    return rows


def asked_in(cell: str) -> list[Claim]:
    """Claims as a table of the docs writes them: "ash 60 in packs of 12, birch 9 (tier 2)"."""
    found = []
    for number, part in enumerate(cell.split(", "), start=1):
        match = re.fullmatch(r"(\w+) (\d+)(?: in packs of (\d+))?(?: \(tier (\d+)\))?", part)
        assert match, part
        name, units, pack, tier = match.groups()
        found.append(claim(number, name, int(units), pack=int(pack or 1), tier=int(tier or 1)))
    return found


def test_the_worked_examples_of_the_docs_are_what_the_rule_gives() -> None:
    rows = examples()
    assert len(rows) >= 8
    for free, asked, terms, shared in rows:
        claims, pools, tiers = asked_in(asked), [], {}
        for said in terms.split(", ") if terms else ():
            if match := re.fullmatch(r"weights (\d+) and (\d+)", said):
                weights = map(int, match.groups())
                claims = [c._replace(weight=w) for c, w in zip(claims, weights, strict=True)]
            elif match := re.fullmatch(r"tier (\d+) capped at (\d+) %", said):
                tiers[int(match[1])] = TierTerms(cap_percent=int(match[2]))
            elif match := re.fullmatch(r"tier (\d+) at least (\d+) %", said):
                tiers[int(match[1])] = TierTerms(floor_percent=int(match[2]))
            elif match := re.fullmatch(r"(\d+) kept for (\w+)", said):
                pools.append(Pool(name="p", units=int(match[1]), customers=frozenset({match[2]})))
            elif match := re.fullmatch(r"at least (\d+) of each line", said):
                claims = [one._replace(least=int(match[1])) for one in claims]
            else:
                raise AssertionError(f"no way to run {said!r}")
        told = [int(part) for part in shared.partition(":")[0].split(", ")]
        found = shares(claims, int(free), *pools, terms=Terms(tiers=tiers))
        assert list(found.values()) == told, (free, asked, terms)


def test_who_asks_little_gets_it_and_the_rest_is_level() -> None:
    claims = [claim(1, "ash", 20), claim(2, "birch", 90), claim(3, "cedar", 300)]
    assert shares(claims, 150) == {"ash": 20, "birch": 65, "cedar": 65}


def test_weights_set_the_level() -> None:
    claims = [claim(1, "ash", 100, weight=3), claim(2, "birch", 100)]
    assert shares(claims, 80) == {"ash": 60, "birch": 20}


def test_whole_packs_one_at_a_time() -> None:
    claims = [claim(1, "ash", 60, pack=12), claim(2, "birch", 60, pack=10)]
    assert shares(claims, 70) == {"ash": 36, "birch": 30}


def test_the_odd_rest_goes_with_the_last_pack() -> None:
    assert shares([claim(1, "ash", 30, pack=12)], 29) == {"ash": 24}
    assert shares([claim(1, "ash", 30, pack=12)], 30) == {"ash": 30}


def test_the_first_tier_goes_first_up_to_its_cap_and_each_gets_its_floor() -> None:
    claims = [claim(1, "ash", 100), claim(2, "birch", 100, tier=2), claim(3, "cedar", 9, tier=3)]
    assert shares(claims, 100) == {"ash": 100, "birch": 0, "cedar": 0}
    capped = Terms(tiers={1: TierTerms(cap_percent=70), 3: TierTerms(floor_percent=5)})
    assert shares(claims, 100, terms=capped) == {"ash": 70, "birch": 25, "cedar": 5}
    assert shares(claims[:1], 100, terms=capped) == {"ash": 100}  # nobody else asks


def test_what_is_kept_for_one_is_out_of_reach_for_others() -> None:
    pool = Pool(name="portal", units=30, customers=frozenset({"ash"}))
    claims = [claim(1, "ash", 10), claim(2, "birch", 100)]
    assert shares(claims, 100, pool) == {"ash": 10, "birch": 70}
    assert shares(claims, 20, pool) == {"ash": 10, "birch": 0}


def test_prioritized_pools_are_kept_from_lower_priorities_only() -> None:
    high = Pool(name="high", units=30, customers=frozenset({"ash"}), priority=1)
    low = Pool(name="low", units=50, customers=frozenset({"birch"}), priority=2)
    claims = [claim(1, "ash", 100), claim(2, "birch", 100, tier=2)]
    core, ranked = PLAIN, Terms(tiers={}, prioritized=True)
    assert shares(claims, 100, high, low, terms=core) == {"ash": 50, "birch": 50}
    assert shares(claims, 100, high, low, terms=ranked) == {"ash": 100, "birch": 0}
    assert shares(claims[1:], 100, high, low, terms=ranked) == {"birch": 70}


def test_less_than_is_of_use_is_nothing_and_goes_to_the_others() -> None:
    claims = [claim(n, name, 10, least=6) for n, name in enumerate(("ash", "birch", "cedar"), 1)]
    assert shares(claims, 10) == {"ash": 10, "birch": 0, "cedar": 0}
    assert shares(claims, 12) == {"ash": 6, "birch": 6, "cedar": 0}


def test_an_order_that_ships_whole_gives_back_what_it_got_in_part() -> None:
    claims = [
        claim(1, "ash", 10, order=1, whole=True),
        claim(2, "ash", 10, order=1, whole=True, item="B"),
        claim(3, "birch", 10, order=2),
    ]
    given = share_out(claims, {"A": 12, "B": 9}, {}, PLAIN)
    assert given == {1: 0, 2: 0, 3: 10}
    given = share_out(claims, {"A": 20, "B": 10}, {}, PLAIN)
    assert given == {1: 10, 2: 10, 3: 10}


def test_first_come_fills_in_the_order_of_arrival() -> None:
    claims = [claim(2, "ash", 50), claim(1, "birch", 80), claim(3, "birch", 80)]
    terms = Terms(tiers={}, first_come=True)
    assert shares(claims, 100, terms=terms) == {"birch": 80, "ash": 20}


# What must always hold.

claims_of_one_item = st.lists(
    st.tuples(
        st.sampled_from(("ash", "birch", "cedar", "dogwood")),
        st.integers(1, 60),
        st.sampled_from((1, 1, 6, 10, 12)),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=12,
)
WEIGHTS = {"ash": 1, "birch": 2, "cedar": 1, "dogwood": 5}
TIERS = {"ash": 1, "birch": 1, "cedar": 1, "dogwood": 2}


def drawn(rows: list[tuple[str, int, int, int]], *, one_tier: bool = False) -> list[Claim]:
    return [
        claim(
            number,
            name,
            quantity,
            pack=pack,
            least=min(least, quantity),
            weight=WEIGHTS[name],
            tier=1 if one_tier else TIERS[name],
        )
        for number, (name, quantity, pack, least) in enumerate(rows, start=1)
    ]


@settings(max_examples=300, deadline=None)
@given(claims_of_one_item, st.integers(0, 400), st.integers(0, 40), st.integers(0, 40))
def test_nobody_gets_more_than_asked_than_there_is_or_than_is_kept_for_others(
    rows: list[tuple[str, int, int, int]], supply: int, kept: int, floor: int
) -> None:
    claims = drawn(rows)
    pool = Pool(name="kept", units=kept, customers=frozenset({"cedar"}))
    terms = Terms(tiers={2: TierTerms(floor_percent=floor), 1: TierTerms(cap_percent=80)})
    given = share_out(claims, {"A": supply}, {"A": (pool,)}, terms)
    for one in claims:
        got = given[one.line_id]
        assert 0 <= got <= one.quantity
        assert got == one.quantity or got % one.pack == 0
        assert got == 0 or got >= min(one.least, one.quantity)
    assert sum(given.values()) <= supply
    others = sum(given[one.line_id] for one in claims if one.customer != "cedar")
    cedar = sum(given.values()) - others
    assert others <= max(0, supply - max(kept, cedar))


@settings(max_examples=300, deadline=None)
@given(claims_of_one_item, st.integers(0, 400))
def test_the_fast_way_gives_what_pack_by_pack_gives(
    rows: list[tuple[str, int, int, int]], supply: int
) -> None:
    claims = drawn(rows, one_tier=True)
    assert share_out(claims, {"A": supply}, {}, PLAIN) == pack_by_pack(claims, supply)


def pack_by_pack(claims: Sequence[Claim], supply: int) -> dict[int, int]:
    """The rule as it is written: always the next pack of whoever has least for its weight."""
    queues: dict[str, list[Claim]] = {}
    for one in claims:
        queues.setdefault(one.customer, []).append(one)
    given = dict.fromkeys((one.line_id for one in claims), 0)
    total: Counter[str] = Counter()

    def turn(name: str) -> tuple[Fraction, tuple[str, int], str]:
        first = queues[name][0]
        return Fraction(total[name], first.weight), first.urgency, name

    heap = [turn(name) for name in queues]
    heapq.heapify(heap)
    while heap:
        name = heapq.heappop(heap)[-1]
        one = queues[name][0]
        had = given[one.line_id]
        packs = -(-max(had + 1, one.least) // one.pack)
        units = min(packs * one.pack, one.quantity) - had
        if units <= supply:
            given[one.line_id] += units
            total[name] += units
            supply -= units
        if given[one.line_id] in (had, one.quantity):  # it does not fit, or all is there
            queues[name].pop(0)
        if queues[name]:
            heapq.heappush(heap, turn(name))
    return given


@pytest.mark.parametrize("times", [2, 3, 10])
def test_asking_for_more_or_in_more_orders_gains_nothing(times: int) -> None:
    random_ = random.Random(times)
    for _ in range(1000):
        claims = [
            claim(n, name, random_.randint(1, 80))
            for n, name in enumerate(("ash", "birch", "cedar", "dogwood"), start=1)
        ]
        supply = random_.randint(1, sum(one.quantity for one in claims))
        honest = shares(claims, supply)
        real = claims[0].quantity
        inflated = [claims[0]._replace(quantity=real * times), *claims[1:]]
        split = [claim(10 + n, "ash", real) for n in range(times)] + claims[1:]
        # What is of use to ash is what it needs; it gets no more of that, but for a tie.
        assert min(shares(inflated, supply)["ash"], real) <= honest["ash"]
        assert min(shares(split, supply)["ash"], real) <= honest["ash"] + 1
