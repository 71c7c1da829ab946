"""What two lists have in common is found whole, with as few differences as there can be."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.x12 import matching
from oms_edi.x12.matching import differing

ROWS = st.lists(st.sampled_from("ABC"), max_size=12)


def least(first: list[str], second: list[str]) -> int:
    """Rows that must go or come, by the table every textbook has."""
    row = list(range(len(second) + 1))
    for a in first:
        before, row = row, [row[0] + 1]
        for n, b in enumerate(second):
            row.append(before[n] if a == b else 1 + min(row[n], before[n + 1]))
    return row[-1]


@settings(max_examples=400, deadline=None)
@given(first=ROWS, second=ROWS)
def test_what_is_not_told_is_the_same_and_what_is_told_is_the_least(
    first: list[str], second: list[str]
) -> None:
    at, other, told = 0, 0, 0
    for a, b, c, d in [*differing(first, second), (len(first), len(first), len(second), 0)]:
        assert first[at:a] == second[other:c]
        at, other = b, d
        told += (b - a) + max(0, d - c)
    assert told == least(first, second)


def test_lists_that_have_little_in_common_are_matched_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "_MAX_DIFFERENCES", 3)
    assert list(differing("ABCDEFG", "AXYZWEG")) == [(1, 4, 1, 5), (5, 6, 6, 6)]


def test_a_change_among_thousands_of_equal_rows_is_found_at_once() -> None:
    rows = ["PO1", "PID"] * 10_000
    other = [*rows[:100], "NEW", *rows[100:9000], "CHANGED", *rows[9001:]]
    began = time.process_time()
    assert list(differing(rows, other)) == [(100, 100, 100, 101), (9000, 9001, 9001, 9002)]
    assert time.process_time() - began < 2
