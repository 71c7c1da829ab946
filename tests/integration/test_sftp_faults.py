"""A partner's server that is slow, full, read-only, lying or gone: nothing lost or doubled."""

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oms_edi.errors import StopDaemon
from oms_edi.pipeline.run import Runner, owner
from oms_edi.transports.sftp import Session
from tests.support.edi import interchange, x850
from tests.support.odd_server import OTHER_KEY, OddServer, odd_server
from tests.support.site import MAPPINGS, Site

#: Longer than a block of a transfer, and one order.
ORDER = interchange(x850(header=[f"REF*ZZ*{number:030}" for number in range(2000)]))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OddServer]:
    with odd_server(tmp_path / "partner") as running:
        yield running


def connect(site: Site, server: OddServer, **mapping: str) -> None:
    """Have the buyer be visited there."""
    site.configure("buyer", MAPPINGS["buyer"] + server.mapping(**mapping))
    site.keep_secret("partner-password", "secret\n")


def put(server: OddServer, content: bytes = ORDER, name: str = "order.edi") -> Path:
    path = server.root / "toward-us" / name
    path.write_bytes(content)
    return path


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def states(site: Site) -> list[str]:
    return [file["state"] for file in site.files()]


def left(server: OddServer, folder: str = "from-us") -> dict[str, bytes]:
    """Files under their final names at the partner."""
    paths = (server.root / folder).glob("[!.]*")
    return {path.name: path.read_bytes() for path in sorted(paths)}


def owed(site: Site) -> dict[str, bytes]:
    rows = site.query("SELECT file_name, content FROM outbox WHERE partner = 'buyer'")
    return dict(sorted(rows))


def outbox_states(site: Site) -> set[str]:
    return {state for (state,) in site.query("SELECT state FROM outbox WHERE partner = 'buyer'")}


@pytest.mark.parametrize("cut_after", [0, 1, 512, 32_767, 32_768, 32_769, 50_000, len(ORDER) - 1])
def test_a_transfer_cut_off_anywhere_is_thrown_away_and_made_again(
    site: Site, server: OddServer, cut_after: int
) -> None:
    connect(site, server)
    put(server)
    server.manners.cut_after = cut_after
    site.run()
    assert states(site) == []
    assert list((site.root / "var/landing").iterdir()) == []
    server.manners.cut_after = None
    site.run()
    assert states(site) == ["accepted"]
    assert left(server) == owed(site)


@pytest.mark.parametrize("lie", [-1, 1, 50_000])
def test_a_size_that_is_not_true_is_not_believed(site: Site, server: OddServer, lie: int) -> None:
    connect(site, server)
    path = put(server)
    server.manners.size_lie = lie
    site.run()
    assert states(site) == []
    assert path.exists()


def test_a_file_that_grows_while_it_is_read_is_left(site: Site, server: OddServer) -> None:
    connect(site, server)
    path = put(server)
    server.manners.grows_while_read = True
    site.run()
    assert states(site) == []
    assert path.exists()


@pytest.mark.parametrize("step", ["banner", "list", "read", "write", "rename"])
def test_a_server_that_falls_silent_costs_its_timeout_and_nothing_else(
    site: Site, server: OddServer, step: str
) -> None:
    connect(site, server)
    put(server, interchange(x850()))
    if step in ("write", "rename"):
        site.run()
        (server.root / "from-us").rename(server.root / "kept")
        (server.root / "from-us").mkdir()
        put(server, interchange(x850("PO2"), control=2))
    server.manners.hangs_at = step
    began = time.monotonic()
    site.run()
    assert time.monotonic() - began < 25
    server.manners.hangs_at = ""
    site.run()
    assert set(states(site)) == {"accepted"}
    assert outbox_states(site) == {"sent"}


def test_a_full_server_is_known_by_what_arrived(site: Site, server: OddServer) -> None:
    connect(site, server)
    put(server)
    server.manners.refuses = frozenset({"write"})
    site.run()
    assert left(server) == {}
    assert outbox_states(site) == {"pending"}
    server.manners.refuses = frozenset()
    site.run()
    assert left(server) == owed(site)


def test_half_a_file_written_without_renaming_is_written_again(
    site: Site, server: OddServer
) -> None:
    connect(site, server, put="mode: direct")
    server.manners.cut_after = 100
    site.send("buyer", interchange(x850()))
    assert [len(content) for content in left(server).values()] == [100]
    server.manners.cut_after = None
    site.run()
    assert left(server) == owed(site)


@pytest.mark.parametrize("cut_after", [0, 1, 100])
def test_an_upload_cut_off_leaves_no_half_file_under_its_name(
    site: Site, server: OddServer, cut_after: int
) -> None:
    connect(site, server)
    site.send("buyer", ORDER)
    server.manners.cut_after = cut_after
    site.run()
    assert all(content == owed(site)[name] for name, content in left(server).items())
    server.manners.cut_after = None
    site.run()
    assert left(server) == owed(site)


@pytest.mark.parametrize("after", ["rename", "close"])
def test_an_answer_that_never_came_is_looked_for_and_not_sent_again(
    site: Site, server: OddServer, after: str
) -> None:
    connect(site, server)
    server.manners.cuts_after_doing = after
    site.send("buyer", interchange(x850()))
    assert "sending" in outbox_states(site)
    server.manners.cuts_after_doing = ""
    site.run()
    assert left(server) == owed(site)
    assert outbox_states(site) == {"sent"}


def test_what_a_server_took_before_it_answered_is_not_sent_again(
    site: Site, server: OddServer
) -> None:
    connect(site, server, put="mode: direct, takes_at_once: true")
    server.manners.moves_on_close = True
    server.manners.cuts_after_doing = "close"
    site.send("buyer", interchange(x850()))
    server.manners.cuts_after_doing = ""
    site.run()
    assert outbox_states(site) == {"sent"}
    assert left(server, "moved") == owed(site)
    assert left(server) == {}


def test_half_a_file_their_server_took_is_not_taken_for_the_whole_one(
    site: Site, server: OddServer
) -> None:
    connect(site, server, put="mode: direct, takes_at_once: true")
    server.manners.moves_on_close = True
    server.manners.cut_after = 100
    site.send("buyer", interchange(x850()))
    wait_until(lambda: [len(content) for content in left(server, "moved").values()] == [100])
    server.manners.cut_after = None
    site.run()
    assert left(server, "moved") == owed(site)


def test_what_a_killed_process_had_not_begun_to_send_is_sent(site: Site, server: OddServer) -> None:
    """`takes_at_once` believes what is gone from there to be taken: not what never was there."""
    connect(site, server, put="mode: direct, takes_at_once: true")
    server.manners.moves_on_close = True
    server.manners.hangs_at = "banner"
    site.drop("buyer", interchange(x850()))
    with owner(site.config):  # left as a kill would: nobody waits for the visit or books it
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner.run_pass()
        runner.connection.close()
        wait_until(lambda: bool(server.manners.hanging))
    assert outbox_states(site) == {"sending"}
    server.manners.hangs_at = ""
    site.run()
    assert left(server, "moved") == owed(site)
    assert outbox_states(site) == {"sent"}


def fail_in(put: Any, *, after: int) -> Any:
    """Return `put` with a fault of ours, half of a file written, after so many whole ones."""
    left_whole = iter(range(after))

    def wrong(self: Session, path: str, content: bytes, **more: Any) -> None:
        if next(left_whole, None) is not None:
            put(self, path, content, **more)
            return
        with self._client.open(path, "wb") as writer:
            writer.write(content[: len(content) // 2])
        raise ZeroDivisionError("Main Street 5")

    return wrong


@pytest.mark.parametrize("mode", ["rename", "direct"])
def test_a_fault_of_ours_is_told_as_one_and_the_next_visit_finishes_what_it_left(
    site: Site, server: OddServer, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    connect(site, server, put=f"mode: {mode}")
    with monkeypatch.context() as patched:
        patched.setattr(Session, "put", fail_in(Session.put, after=1))
        site.send("buyer", interchange(x850()))
    (told,) = site.exceptions()
    assert (told["kind"], told["severity"]) == ("visit_failed", "error")
    assert "ZeroDivisionError" in told["text"]
    assert "Main Street" not in told["text"]
    assert len(owed(site)) == 2
    assert outbox_states(site) == {"sent", "sending"}
    site.run()
    assert left(server) == owed(site)
    assert site.exceptions() == []


def test_a_disk_of_ours_that_fails_while_a_file_is_fetched_stops_the_process(
    site: Site, server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(site, server)
    put(server)

    def failing(descriptor: int) -> None:
        if "/landing/" in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(StopDaemon, match="fsync"):
            site.run()
    site.run()
    assert states(site) == ["accepted"]
    assert left(server) == owed(site)


def test_a_server_that_moves_files_on_close_is_served(site: Site, server: OddServer) -> None:
    connect(site, server, put="mode: direct, takes_at_once: true")
    server.manners.moves_on_close = True
    site.send("buyer", ORDER)
    assert left(server, "moved") == owed(site)
    assert site.exceptions() == []


def test_without_the_posix_rename_the_plain_one_is_used(site: Site, server: OddServer) -> None:
    connect(site, server)
    server.manners.refuses = frozenset({"posix_rename"})
    site.send("buyer", ORDER)
    assert left(server) == owed(site)


def test_where_renames_are_refused_the_option_is_named(site: Site, server: OddServer) -> None:
    connect(site, server)
    server.manners.refuses = frozenset({"rename"})
    site.send("buyer", ORDER)
    (told,) = site.exceptions()
    assert told["kind"] == "endpoint_refused"
    assert "sftp.put.mode" in told["text"]
    connect(site, server, put="mode: direct")
    site.run()
    assert left(server) == owed(site)
    assert site.exceptions() == []


def test_a_foreign_file_under_our_name_is_never_overwritten(site: Site, server: OddServer) -> None:
    connect(site, server)
    server.manners.refuses = frozenset({"write"})
    site.send("buyer", interchange(x850()))
    name = next(iter(owed(site)))
    (server.root / "from-us" / name).write_bytes(b"theirs")
    server.manners.refuses = frozenset()
    site.run()
    assert (server.root / "from-us" / name).read_bytes() == b"theirs"
    assert "delivery_stuck" in site.exception_kinds()
    (server.root / "from-us" / name).unlink()
    site.run()
    assert left(server) == owed(site)
    assert site.exceptions() == []


def test_a_file_that_may_not_be_removed_is_taken_once_and_told(
    site: Site, server: OddServer
) -> None:
    connect(site, server)
    path = put(server, interchange(x850()))
    server.manners.refuses = frozenset({"remove"})
    site.run()
    site.run()
    assert states(site) == ["accepted"]
    assert site.exception_kinds() == ["remote_not_removed"]
    server.manners.refuses = frozenset()
    site.run()
    assert not path.exists()
    assert site.exceptions() == []


def test_new_bytes_under_the_name_of_a_taken_file_are_a_new_file(
    site: Site, server: OddServer
) -> None:
    connect(site, server)
    put(server, interchange(x850()))
    server.manners.refuses = frozenset({"remove"})
    site.run()
    put(server, interchange(x850("PO2-LONGER"), control=2))
    server.manners.refuses = frozenset()
    site.run()
    assert states(site) == ["accepted", "accepted"]
    assert left(server, "toward-us") == {}


def test_a_connection_lost_after_the_removal_does_no_harm(site: Site, server: OddServer) -> None:
    connect(site, server)
    put(server, interchange(x850()))
    server.manners.cuts_after_doing = "remove"
    site.run()
    server.manners.cuts_after_doing = ""
    site.run()
    assert states(site) == ["accepted"]
    assert site.query("SELECT count(*) FROM remote_files WHERE removed_at IS NULL") == [(0,)]


def test_a_refused_login_is_tried_once(site: Site, server: OddServer) -> None:
    connect(site, server)
    server.manners.lets_in = False
    site.run()
    assert server.manners.logins == 1
    (told,) = site.exceptions()
    assert told["kind"] == "endpoint_refused"
    assert "refuses our login" in told["text"]
    assert "secret" not in told["text"]
    server.manners.lets_in = True
    site.run()
    assert site.exceptions() == []


def test_a_changed_host_key_is_never_trusted(site: Site, server: OddServer) -> None:
    connect(site, server)
    server.manners.key = OTHER_KEY
    put(server)
    site.run()
    assert states(site) == []
    assert server.manners.logins == 0
    assert site.exception_kinds() == ["endpoint_refused"]


@pytest.mark.parametrize(
    "name", [b"../../etc/cron.d/x.edi", b"a/b.edi", b"..", b".", b"", b"nul\0.edi", b"n" * 65_000]
)
def test_a_listed_name_that_is_a_path_is_never_opened(
    site: Site, server: OddServer, name: bytes
) -> None:
    connect(site, server)
    put(server, interchange(x850()))
    server.manners.extra_names = (name, name)
    site.run()
    assert states(site) == ["accepted"]
    assert all(kind == "remote_files_skipped" for kind in site.exception_kinds())


def test_a_visit_beyond_all_its_limits_keeps_systemd_from_hearing_that_all_is_well(
    site: Site, server: OddServer
) -> None:
    connect(site, server, more="  visit_s: 30\n")
    server.manners.hangs_at = "banner"
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner.run_pass()
        now_s = time.monotonic()
        assert runner.visits.hanging(now_s + 30) == []
        assert runner.visits.hanging(now_s + 30 + 2 + 125) == ["buyer"]
        runner.stop()
        runner.connection.close()


def test_a_visit_that_takes_too_long_is_ended(site: Site, server: OddServer) -> None:
    connect(site, server, more="  visit_s: 0.5\n")
    server.manners.hangs_at = "list"
    put(server)
    began = time.monotonic()
    site.run()
    assert time.monotonic() - began < 10
    assert "took too long" in site.query("SELECT problem FROM endpoints")[0][0]
