"""Orders fetched from, and documents left at, a partner's real OpenSSH server."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oms_edi.errors import TransientError
from oms_edi.transports.ssh import scan_host_keys
from tests.support.command import read, run
from tests.support.edi import interchange, x850
from tests.support.site import MAPPINGS, Site
from tests.support.sshd import SSHD, Sshd, sshd

pytestmark = pytest.mark.skipif(
    not SSHD, reason="no OpenSSH server here; apt-get install openssh-server"
)
ORDER = interchange(x850())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path / "partner") as running:
        yield running


def connect(site: Site, server: Sshd, more: str = "") -> None:
    """Have the buyer be visited there."""
    site.configure("buyer", MAPPINGS["buyer"] + server.mapping(more))
    site.keep_secret("partner-key", server.key())


def left(server: Sshd) -> list[str]:
    """Kinds of the documents that lie at the partner."""
    return sorted(path.name.split("_")[0] for path in (server.root / "from-us").iterdir())


def test_an_order_is_fetched_answered_and_removed_there(site: Site, server: Sshd) -> None:
    connect(site, server)
    path = server.root / "toward-us/order.edi"
    path.write_bytes(ORDER)
    site.run()
    assert [file["state"] for file in site.files()] == ["accepted"]
    assert not path.exists()
    assert left(server) == ["855", "997"]
    assert site.outgoing("buyer") == []
    assert site.exceptions() == []
    assert not site.run()


def test_what_is_left_is_what_was_written(site: Site, server: Sshd) -> None:
    connect(site, server)
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    site.run()
    for name, content in site.query("SELECT file_name, content FROM outbox WHERE partner='buyer'"):
        assert (server.root / "from-us" / name).read_bytes() == content


def test_a_status_table_is_left_among_the_other_files(site: Site, server: Sshd) -> None:
    terms = '  documents: ["856"]\n  status: {when: change, send: [csv]}\n'
    site.configure("buyer", MAPPINGS["buyer"] + terms + server.mapping(""))
    site.keep_secret("partner-key", server.key())
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    site.run()
    assert left(server) == ["997", "status"]
    table = (server.root / "from-us/status_000000001.csv").read_bytes()
    assert site.query("SELECT content, state FROM outbox WHERE set_id = 'csv'") == [(table, "sent")]


def test_a_file_is_fetched_only_once_it_keeps_its_size(site: Site, server: Sshd) -> None:
    connect(site, server, "  visit_s: 30\n")
    text = (site.root / "mappings/buyer.yaml").read_text().replace("settle_s: 0", "settle_s: 0.5")
    site.configure("buyer", text)
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    began = time.monotonic()
    site.run()
    assert [file["state"] for file in site.files()] == ["accepted"]
    assert time.monotonic() - began > 0.5


def test_an_order_without_its_end_is_left_there(site: Site, server: Sshd) -> None:
    connect(site, server)
    path = server.root / "toward-us/order.edi"
    path.write_bytes(ORDER[:-20])
    site.run()
    assert site.files() == []
    path.write_bytes(ORDER)
    site.run()
    assert [file["state"] for file in site.files()] == ["accepted"]


def test_a_taken_file_is_moved_where_the_partner_wants_it(site: Site, server: Sshd) -> None:
    connect(site, server)
    done = server.root / "done"
    done.mkdir()
    text = (site.root / "mappings/buyer.yaml").read_text()
    site.configure(
        "buyer", text.replace("settle_s: 0}", f"settle_s: 0, after: move, move_to: {done}}}")
    )
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    site.run()
    assert [path.name for path in done.iterdir()] == ["order.edi"]
    assert list((server.root / "toward-us").iterdir()) == []


def test_a_marker_says_when_a_file_is_whole(site: Site, server: Sshd) -> None:
    connect(site, server)
    text = (site.root / "mappings/buyer.yaml").read_text()
    site.configure(
        "buyer",
        text.replace("settle_s: 0}", "marker: .done}").replace(
            "from-us}", "from-us, mode: marker, marker: .ok}"
        ),
    )
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    site.run()
    assert site.files() == []
    (server.root / "toward-us/order.edi.done").touch()
    site.run()
    assert list((server.root / "toward-us").iterdir()) == []
    names = sorted(path.name for path in (server.root / "from-us").iterdir())
    assert [name for name in names if name.endswith(".ok")] == [
        f"{name}.ok" for name in names if not name.endswith(".ok")
    ]


@pytest.mark.parametrize(
    "name",
    [
        b"-rf",
        b"new\nline.edi",
        b"esc\x1b[31m.edi",
        b"caf\xe9.edi",
        "caf\u00e9.edi".encode(),
        b"a;reboot.edi",
        b"$(id).edi",
        b"x" * 255,
        b"back\\slash.edi",
        b"star*.edi",
    ],
)
def test_a_name_we_do_not_take_is_told_and_its_neighbor_goes_on(
    site: Site, server: Sshd, name: bytes
) -> None:
    connect(site, server)
    folder = os.fsencode(server.root / "toward-us")
    with open(folder + b"/" + name, "wb") as writer:
        writer.write(ORDER)
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    site.run()
    assert [file["name"] for file in site.files()] == ["order.edi"]
    (told,) = site.exceptions()
    assert told["kind"] == "remote_files_skipped"
    assert "its name is not one we take" in told["text"]
    assert told["text"].isprintable()
    os.remove(folder + b"/" + name)
    site.run()
    assert site.exceptions() == []


def test_links_folders_and_pipes_are_not_followed(site: Site, server: Sshd) -> None:
    connect(site, server)
    folder = server.root / "toward-us"
    secret = server.root / "secret"
    secret.write_bytes(ORDER)
    (folder / "link.edi").symlink_to(secret)
    (folder / "folder.edi").mkdir()
    os.mkfifo(folder / "pipe.edi")
    site.run()
    assert site.files() == []
    (told,) = site.exceptions()
    assert told["text"].count("it is no regular file") == 3


def test_another_host_key_ends_the_visit_at_once(site: Site, server: Sshd) -> None:
    wrong = "ssh-ed25519 SHA256:" + "A" * 43
    site.configure("buyer", MAPPINGS["buyer"] + server.mapping().replace(server.pin(), wrong))
    site.keep_secret("partner-key", server.key())
    (server.root / "toward-us/order.edi").write_bytes(ORDER)
    site.run()
    assert site.files() == []
    (told,) = site.exceptions()
    assert told["kind"] == "endpoint_refused"
    assert server.pin() in told["text"]


def test_either_of_two_pinned_keys_is_trusted(site: Site, server: Sshd) -> None:
    wrong = "ssh-ed25519 SHA256:" + "A" * 43
    pins = f"['{wrong}', '{server.pin('rsa')}']"
    text = server.mapping().replace(f"['{server.pin()}']", pins)
    # It has an Ed25519 key, too, and shows it first where that type is asked for.
    site.configure("buyer", MAPPINGS["buyer"] + text)
    site.keep_secret("partner-key", server.key())
    site.run()
    assert site.exception_kinds() == ["endpoint_refused"]
    site.configure("buyer", MAPPINGS["buyer"] + text.replace(f"'{wrong}', ", ""))
    site.run()
    assert site.exception_kinds() == []


def test_the_keys_of_a_server_are_scanned_as_pins(server: Sshd) -> None:
    assert scan_host_keys("127.0.0.1", server.port) == [server.pin(), server.pin("rsa")]
    with pytest.raises(TransientError, match="cannot be reached"):
        scan_host_keys("127.0.0.1", 1)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("ssh-ed25519 AAAA us\n", "public key"),
        ("PuTTY-User-Key-File-3: x\n", "puttygen"),
        ("not a key\n", "cannot be read"),
    ],
)
def test_a_key_that_is_none_is_named(site: Site, server: Sshd, key: str, told: str) -> None:
    connect(site, server)
    site.keep_secret("partner-key", key)
    site.run()
    (exception,) = site.exceptions()
    assert exception["kind"] == "endpoint_refused"
    assert told in exception["text"]


def test_a_secret_everybody_may_read_is_refused(site: Site, server: Sshd) -> None:
    connect(site, server)
    (site.root / "credentials/partner-key").chmod(0o644)
    site.run()
    (exception,) = site.exceptions()
    assert "chmod 600" in exception["text"]


def test_a_credential_that_cannot_be_read_stops_one_partner_and_not_the_process(
    site: Site, server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + server.mapping())
    site.drop("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nP1,1,A1,2,EA,4.00,S9,\n", "1.csv")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/" + "x" * 5000)  # the kernel refuses it
    site.run()
    assert [row["po_number"] for row in site.orders()] == ["P1"]
    (told,) = site.exceptions()
    assert told["kind"] == "endpoint_refused"
    assert "partner-key cannot be read" in told["text"]


def test_a_partner_whose_server_is_gone_does_not_stop_the_others(site: Site, server: Sshd) -> None:
    connect(site, server)
    text = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", text.replace(f"port: {server.port}", "port: 1"))
    site.send("buyer5", interchange(x850(), sender="BUYER5", version="005010"))
    assert [file["state"] for file in site.files()] == ["accepted"]
    assert site.outgoing("buyer5")


def test_ten_thousand_files_are_taken_in_turns(site: Site, server: Sshd) -> None:
    connect(site, server)
    text = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", text.replace("settle_s: 0}", "settle_s: 0, max_files: 20}"))
    folder = server.root / "toward-us"
    for number in range(10_000):
        (folder / f"{number}.txt").touch()
    for number in range(50):
        path = folder / f"order{number:03d}.edi"
        path.write_bytes(interchange(x850(f"PO{number}"), control=number + 1))
    site.run()
    assert len(site.files()) == 50
    assert not list(folder.glob("order*"))


def test_an_administrator_pins_tries_and_lists_a_server(site: Site, server: Sshd) -> None:
    connect(site, server)
    scanned = run(site.root, "hostkey", "scan", f"127.0.0.1:{server.port}").splitlines()
    assert scanned == [server.pin(), server.pin("rsa")]
    assert f"{server.pin()}  (pinned)" in run(site.root, "hostkey", "scan", "buyer")
    told = run(site.root, "endpoint", "test", "buyer")
    assert [line.split(": ok")[0] for line in told.splitlines() if ": ok" in line] == [
        "connect, host key, login",
        f"list {server.root}/toward-us",
        f"write to {server.root}/from-us",
        "rename",
        "remove",
    ]
    assert list((server.root / "from-us").iterdir()) == []
    site.run()
    (row,) = read(site.root, "endpoint", "list")
    assert (row["partner"], row["failures"], row["problem"]) == ("buyer", 0, "")
    (server.root / "from-us").rmdir()
    told = run(site.root, "endpoint", "test", "buyer", expect=1)
    assert f"write to {server.root}/from-us: " in told
    run(site.root, "endpoint", "test", "shop", expect=1)
