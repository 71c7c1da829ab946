"""A partner's server that is slow, full, read-only, lying or gone: nothing lost or doubled."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_a_visit_that_takes_too_long_is_ended(site: Site, server: OddServer) -> None:
    connect(site, server, more="  visit_s: 0.5\n")
    server.manners.hangs_at = "list"
    put(server)
    began = time.monotonic()
    site.run()
    assert time.monotonic() - began < 10
    assert "took too long" in site.query("SELECT problem FROM endpoints")[0][0]
