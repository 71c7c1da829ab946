"""Facts of the trade: units, check digits, statuses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_edi.domain.counted import counted
from oms_edi.domain.item import check_digit, lookup_key
from oms_edi.domain.lifecycle import (
    Quantities,
    Status,
    line_status,
    order_name,
    order_status,
    parse_order_name,
)
from oms_edi.domain.quantity import Method, factor_of, to_base, to_buyer


@pytest.mark.parametrize(
    ("method", "written", "units"),
    [
        ("ordered_unit", "1.5", 18),
        ("base_units", "18", 18),
        ("unit_and_pieces", "1.06", 18),
        ("unit_and_pieces", "1.12", None),
        ("ordered_unit", "1.3", None),
    ],
)
def test_the_same_pieces_arrive_in_different_ways(
    method: Method, written: str, units: int | None
) -> None:
    factor = factor_of(method, unit_factor=12, pack=6)
    assert factor is not None
    assert to_base(Decimal(written), method=method, factor=factor) == units
    if units is not None:
        assert to_buyer(units, method=method, factor=factor) == Decimal(written)


@given(
    units=st.integers(1, 1_000_000),
    factor=st.integers(1, 99),
    method=st.sampled_from(["base_units", "unit_and_pieces"]),
)
def test_units_survive_the_way_there_and_back(units: int, factor: int, method: Method) -> None:
    factor = 1 if method == "base_units" else factor
    there = to_buyer(units, method=method, factor=factor)
    assert to_base(there, method=method, factor=factor) == units


def test_a_unit_the_item_does_not_come_in_has_no_factor() -> None:
    assert factor_of("ordered_unit", unit_factor=None, pack=6) is None
    assert factor_of("packs", unit_factor=None, pack=6) == 6


@pytest.mark.parametrize(
    ("digits", "digit"), [("03600029145", "2"), ("629104150021", "3"), ("0061414100000000", "")]
)
def test_check_digits_are_those_of_gs1(digits: str, digit: str) -> None:
    if digit:
        assert check_digit(digits) == digit
    else:
        assert check_digit("37610425002123456") == "9"  # example of the GS1 General Specifications


def test_every_gtin_is_looked_up_as_fourteen_digits() -> None:
    assert lookup_key("UP", "789012001013") == lookup_key("EN", "0789012001013")
    assert lookup_key("VN", "007") == ("VN", "007")
    assert lookup_key("UP", "NOT-A-GTIN") == ("UP", "NOT-A-GTIN")


@pytest.mark.parametrize(
    ("quantities", "held", "status"),
    [
        (Quantities(10, open=10), False, Status.OPEN),
        (Quantities(10, open=10), True, Status.HELD),
        (Quantities(10, allocated=10), False, Status.ALLOCATED),
        (Quantities(10, backordered=10), False, Status.BACKORDERED),
        (Quantities(10, released=6, backordered=4), False, Status.PARTLY_RELEASED),
        (Quantities(10, shipped=6, released=4), False, Status.PARTLY_SHIPPED),
        (Quantities(10, shipped=10), True, Status.SHIPPED),
        (Quantities(10, shipped=6, cancelled=4), False, Status.SHIPPED),
        (Quantities(10, cancelled=10), True, Status.CANCELLED),
    ],
)
def test_the_status_of_a_line_follows_from_its_quantities(
    quantities: Quantities, held: bool, status: Status
) -> None:
    assert sum(quantities[1:]) == quantities.ordered
    assert line_status(quantities, held=held) is status


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([], Status.OPEN),
        ([Status.SHIPPED, Status.SHIPPED], Status.SHIPPED),
        ([Status.SHIPPED, Status.HELD], Status.HELD),
        ([Status.SHIPPED, Status.CANCELLED], Status.SHIPPED),
        ([Status.SHIPPED, Status.RELEASED], Status.PARTLY_SHIPPED),
        ([Status.RELEASED, Status.BACKORDERED], Status.PARTLY_RELEASED),
    ],
)
def test_the_status_of_an_order_follows_from_its_lines(lines: list[Status], status: Status) -> None:
    assert order_status(lines) is status


def test_our_order_number_is_read_as_it_is_written() -> None:
    assert parse_order_name(order_name(17)) == 17
    assert parse_order_name("so100017") == 17
    assert parse_order_name("4700118230") is None


def test_what_is_counted_is_named_in_the_number_it_has() -> None:
    assert [counted(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert counted(2, "dispatch", "dispatches") == "2 dispatches"
