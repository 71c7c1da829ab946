"""A sample of every kind of fault, every wrong variant caught; `make faults` takes every point."""

from pathlib import Path

import pytest

from tests.faults import keeping
from tests.faults.mutants import KILLED, TRACED
from tests.faults.order import whole_before_named
from tests.faults.run import STRACE, run
from tests.faults.sweep import order_of, sweep, sweep_keeping

pytestmark = pytest.mark.skipif(not STRACE, reason="no strace here; apt-get install strace")

#: Where the sample begins: each kind of fault meets other calls.
SAMPLES = {"kill": (5, 61), "ENOSPC": (11, 71), "EIO": (3, 53)}


@pytest.mark.parametrize("what", SAMPLES)
def test_a_fault_at_any_system_call_loses_and_doubles_nothing(tmp_path: Path, what: str) -> None:
    first, every = SAMPLES[what]
    found = sweep(tmp_path, whats=(what,), first=first, every=every)
    assert found.points >= 5
    assert found.hit >= 3
    assert found.wrong == []


#: Where the samples begin, and how far apart they are.
KEEPING = {"backup": (7, 149), "restore": (11, 83)}


@pytest.mark.parametrize("name", KEEPING)
def test_a_fault_in_a_backup_or_restore_leaves_the_old_state_or_the_whole_new_one(
    tmp_path: Path, name: str
) -> None:
    first, every = KEEPING[name]
    found = sweep_keeping(tmp_path, name, first=first, every=every)
    assert found.points >= 8
    assert found.hit >= 4
    assert found.wrong == []


def test_a_backup_that_gets_its_name_before_it_is_durable_is_caught(tmp_path: Path) -> None:
    site = tmp_path / "site"
    keeping.prepare(site)
    trace = tmp_path / "trace"
    run(site, act=keeping.ACTS["backup"].do, before=TRACED["never_synced"], trace=trace)
    assert whole_before_named(trace, site)


def test_nothing_rests_on_what_is_not_durable_yet(tmp_path: Path) -> None:
    assert order_of(tmp_path) == []


@pytest.mark.parametrize("name", TRACED)
def test_a_wrong_order_of_calls_is_caught(tmp_path: Path, name: str) -> None:
    assert order_of(tmp_path, TRACED[name])


@pytest.mark.parametrize("name", ["removed_before_commit", "numbers_outside"])
def test_wrong_code_is_caught_by_killing(tmp_path: Path, name: str) -> None:
    """The others are caught by `make faults`."""
    found = sweep(tmp_path, whats=("kill",), every=7, mutant=KILLED[name], enough=1)
    assert found.wrong
