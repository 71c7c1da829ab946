"""Odd names and things that are no files: none stops the good order beside it."""

import os
import socket
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from oms_edi.errors import Refused
from oms_edi.pipeline.intake import collect
from oms_edi.pipeline.intake.collect import Settling, arrivals
from oms_edi.pipeline.intake.quarantine import release
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site

#: A name that is odd, and how it is kept: nothing of it may steer a terminal or a path.
NAMES: dict[str, tuple[bytes, str]] = {
    "line end": (b"a\nb.edi", "a\\x0ab.edi"),
    "forged line of a log": (b"x\r\nERROR forged", "x\\x0d\\x0aERROR forged"),
    "escape": (b"\x1b[2Jx.edi", "\\x1b[2Jx.edi"),
    "not utf-8": (b"\xff\xfe.edi", "\\xff\\xfe.edi"),
    "right to left": ("x\u202efdp.edi".encode(), "x\\x202efdp.edi"),
    "leading dash": (b"-rf", "-rf"),
    "option": (b"--help", "--help"),
    "command": (b";reboot $(id) `id`", ";reboot $(id) `id`"),
    "quotes": (b"a b'c\"d", "a b'c\"d"),
    "windows path": (b"C:\\..\\..\\x", "C:\\..\\..\\x"),
    "device": (b"CON", "CON"),
    "dot and blank at the end": (b"x. ", "x. "),
    "percent": (b"%2e%2e%2f%s{0}.edi", "%2e%2e%2f%s{0}.edi"),
    "255 bytes": (b"n" * 255, "n" * 255),
    "255 bytes of signs": ("\u20ac".encode() * 85, "\u20ac" * 85),
    "case twin": (b"twin.edi", "twin.edi"),
    "twin in capitals": (b"TWIN.EDI", "TWIN.EDI"),
    "composed": ("\u00e9.edi".encode(), "\u00e9.edi"),
    "decomposed": ("e\u0301.edi".encode(), "e\u0301.edi"),
    "looks like a claim": (b"0" * 32 + b".buyer.x", "0" * 32 + ".buyer.x"),
}


def order(number: int) -> bytes:
    return interchange(x850(f"N-{number}", "1*1*EA*4.00**VN*A1"), control=number)


def test_every_name_is_taken_and_kept_so_that_a_terminal_can_bear_it(
    site: Site, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    inbox = os.fsencode(site.root / "inbox/buyer")
    for number, (name, _) in enumerate(NAMES.values(), start=1):
        with open(os.path.join(inbox, name), "wb") as file:
            file.write(order(number))
    with caplog.at_level("INFO"):
        site.run()
    files = site.files()
    assert sorted(file["name"] for file in files) == sorted(kept for _, kept in NAMES.values())
    assert {file["state"] for file in files} == {"accepted"}
    assert len(site.orders()) == len(NAMES)
    assert not os.listdir(inbox)
    assert all(record.getMessage().isprintable() for record in caplog.records)
    assert capfd.readouterr().out == ""


def test_a_quarantined_file_with_an_odd_name_lies_under_a_name_of_ours(site: Site) -> None:
    for name in (b"-rf", b"a\nb", b"\xff", b"C:\\x"):
        with open(os.path.join(os.fsencode(site.root / "inbox/buyer"), name), "wb") as file:
            file.write(b"%PDF" + name)
    site.run()
    found = {path.name for path in (site.root / "var/quarantine").rglob("*") if path.is_file()}
    assert found == {"content", "reason.txt", "report.json"}
    reasons = [path.read_text() for path in (site.root / "var/quarantine").rglob("reason.txt")]
    assert len(reasons) == 4
    assert all(line.isprintable() for text in reasons for line in text.split("\n"))


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def dangling(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


def to_itself(path: Path) -> None:
    path.symlink_to(path)


def bound(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as one:
        before = os.getcwd()
        os.chdir(path.parent)
        try:
            one.bind(path.name)
        finally:
            os.chdir(before)


THINGS: dict[str, Callable[[Path], object]] = {
    "link": link,
    "dangling": dangling,
    "to itself": to_itself,
    "pipe": os.mkfifo,
    "socket": bound,
    "folder": Path.mkdir,
}


def test_what_is_no_file_is_left_where_it_is_and_named(site: Site) -> None:
    for name, make in THINGS.items():
        make(site.root / "inbox/buyer" / f"{name}.edi")
    site.send("buyer", order(1))
    assert [row["po_number"] for row in site.orders()] == ["N-1"]
    assert len(site.files()) == 1
    settling = Settling()
    assert list(arrivals(site.step(), settling)) == []
    waits = {path.stem: reason for path, reason in settling.waiting.items()}
    assert waits == dict.fromkeys(THINGS.keys() - {"folder"}, "not a regular file")


def test_an_inbox_that_is_a_link_is_not_followed(site: Site) -> None:
    elsewhere = site.root / "elsewhere"
    (site.root / "inbox/buyer").rename(elsewhere)
    (site.root / "inbox/buyer").symlink_to(elsewhere)
    (elsewhere / "1.edi").write_bytes(order(1))
    site.run()
    assert site.files() == []
    settling = Settling()
    assert list(arrivals(site.step(), settling)) == []
    assert list(settling.waiting.values()) == ["not a regular file"]


def test_a_file_with_a_second_name_waits_until_it_has_one(site: Site) -> None:
    """Its other name may be anybody's file, or that of a program that still writes through it."""
    elsewhere = site.root / "elsewhere"
    elsewhere.write_bytes(order(1))
    os.link(elsewhere, site.root / "inbox/buyer/linked.edi")
    site.send("buyer", order(2))
    assert [row["po_number"] for row in site.orders()] == ["N-2"]
    settling = Settling()
    assert list(arrivals(site.step(), settling)) == []
    assert list(settling.waiting.values()) == ["it has another name, too: a hard link"]
    elsewhere.unlink()
    site.run()
    assert {row["po_number"] for row in site.orders()} == {"N-1", "N-2"}


def test_a_file_of_ten_terabytes_of_nothing_is_quarantined_unread(site: Site) -> None:
    site.configure("config", CONFIG.replace("{settle_s: 0", "{settle_s: 0, max_file_bytes: 100000"))
    size = 10 * 1024**4
    with open(site.root / "inbox/buyer/sparse.edi", "wb") as file:
        file.write(b"ISA*00*")
        file.truncate(size)
    os.utime(site.root / "inbox/buyer/sparse.edi", (1, 1))
    site.drop("buyer", order(1), "good.edi")
    site.run()
    files = {file["name"]: file for file in site.files()}
    assert files["sparse.edi"]["state"] == "quarantined"
    assert f"{size} bytes; intake.max_file_bytes is lower" in files["sparse.edi"]["reason"]
    assert files["good.edi"]["state"] == "accepted"
    (content,) = (site.root / "var/quarantine").rglob("content")
    assert content.stat().st_size == size  # moved, not copied
    with pytest.raises(Refused, match="only the first 65536 of its"):
        release(site.step(), files["sparse.edi"]["file_id"], partner="", actor="t", reason="try")
    assert max(path.stat().st_size for path in site.places.archive.rglob("*")) < 100_000
    assert not list(site.places.work.iterdir())


def test_a_file_above_the_limit_is_kept_even_if_the_process_ends_before_it_was_moved(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.configure("config", CONFIG.replace("{settle_s: 0", "{settle_s: 0, max_file_bytes: 100000"))
    site.drop("buyer", b"x" * 100_001, "large.edi")
    monkeypatch.setattr("oms_edi.pipeline.intake.ingest._report", end_the_process)
    with pytest.raises(KeyboardInterrupt):
        site.run()
    monkeypatch.undo()
    site.run(later=timedelta(minutes=1))
    (content,) = (site.root / "var/quarantine").rglob("content")
    assert content.read_bytes() == b"x" * 100_001
    assert not list(site.places.work.iterdir())


def end_the_process(*_: object) -> None:
    raise KeyboardInterrupt


_NOBODY = 65534


def test_a_file_we_may_not_read_waits_however_old_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root reads all, so root's test is somebody else for a while."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        site = Site(Path(folder) / "site")
        site.drop("buyer", order(1), "secret.edi")
        site.drop("buyer", order(2), "good.edi")
        path = site.root / "inbox/buyer/secret.edi"
        path.chmod(0)
        os.utime(path, (1, 1))
        root = os.geteuid() == 0
        if root:
            for one in (Path(folder), *Path(folder).rglob("*")):
                os.chown(one, _NOBODY, -1)
            os.seteuid(_NOBODY)
        try:
            site.run()
            settling = Settling()
            assert list(collect.arrivals(site.step(), settling)) == []
            assert [row["po_number"] for row in site.orders()] == ["N-2"]
        finally:
            if root:
                os.seteuid(0)
        (reason,) = settling.waiting.values()
        assert reason == "secret.edi cannot be opened: Permission denied"
        assert stat.S_IMODE(path.stat().st_mode) == 0


def test_the_modes_a_partner_gave_a_file_end_at_the_door(site: Site) -> None:
    site.drop("buyer", b"%PDF", "x.edi")
    (site.root / "inbox/buyer/x.edi").chmod(0o6777)
    site.run()
    kept = [path for path in site.places.var.rglob("*") if path.is_file()]
    assert not [path for path in kept if path.stat().st_mode & 0o7111]
