"""Transactions that are committed together: each fails alone, unless the storage failed."""

from contextlib import closing
from pathlib import Path

import pytest

from oms_edi.errors import StopDaemon, TransientError
from oms_edi.pipeline.intake.collect import Claim
from oms_edi.pipeline.intake.ingest import Kept, committed_together
from oms_edi.store.database import joined, scratch_tx
from oms_edi.store.files import NewFile, add_crash
from tests.support.site import Site


def counted(site: Site) -> list[str]:
    """The claims whose crash was counted, for want of anything smaller to write."""
    return [claim for (claim,) in site.query("SELECT claim_id FROM crashes ORDER BY claim_id")]


def test_one_that_fails_is_undone_alone(site: Site) -> None:
    step = site.step()
    with closing(step.connection) as connection, joined(connection):
        for claim in ("a", "b", "c"):
            try:
                with scratch_tx(connection):
                    add_crash(connection, claim)
                    if claim == "b":
                        raise TransientError
            except TransientError:
                continue
        assert counted(site) == []  # others see nothing before all of it is there
    assert counted(site) == ["a", "c"]


def write(site: Site, claims: str, error: type[Exception]) -> None:
    """Count claims together; the last one fails."""
    with closing(site.step().connection) as connection, joined(connection):
        for claim in claims:
            with scratch_tx(connection):
                add_crash(connection, claim)
                if claim == claims[-1]:
                    raise error


def test_an_error_that_goes_on_leaves_those_before_it_committed(site: Site) -> None:
    with pytest.raises(TransientError):
        write(site, "abc", TransientError)
    assert counted(site) == ["a", "b"]


def test_where_the_storage_failed_none_of_them_is_there(site: Site) -> None:
    with pytest.raises(StopDaemon):
        write(site, "abc", StopDaemon)
    assert counted(site) == []


def kept(name: str, size_bytes: int, *, recovered: bool = False) -> Kept:
    claim = Claim(
        claim_id=name,
        partner="buyer",
        name=name,
        path=Path(name),
        came_from=Path("inbox"),
        recovered=recovered,
    )
    file = NewFile(claim_id=name, partner="buyer", name=name, size_bytes=size_bytes, sha256="")
    return Kept(claim=claim, path=Path(name), file=file)


def test_small_files_go_together_large_ones_and_those_of_a_crash_alone() -> None:
    files = [kept(str(n), 1000) for n in range(40)]
    assert [len(group) for group in committed_together(files)] == [32, 8]
    files = [kept("a", 1000), kept("big", 10**6), kept("b", 1000), kept("c", 1000)]
    assert [[one.file.name for one in group] for group in committed_together(files)] == [
        ["a"],
        ["big"],
        ["b", "c"],
    ]
    files = [kept("a", 9), kept("crashed", 9, recovered=True), kept("b", 9)]
    assert [len(group) for group in committed_together(files)] == [1, 1, 1]
