"""`doctor` and `health` name what is wrong with its remedy; metrics can be read by Prometheus."""

import os
import re
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_edi.domain.role import Role
from oms_edi.errors import ConfigurationError
from oms_edi.store.figures import read_figures
from oms_edi.upkeep import health, ledger, machine, metrics, premises
from oms_edi.upkeep.backup import back_up
from oms_edi.upkeep.doctor import examine
from oms_edi.upkeep.finding import Checkup, Finding, Level, exit_code
from oms_edi.web import users
from tests.support.browser import served
from tests.support.command import read, run
from tests.support.edi import interchange, x850
from tests.support.site import Site

ROOT = Path(__file__).parents[2]


def checkup(site: Site, *, is_running: bool = True) -> Checkup:
    return Checkup(
        config_path=site.root / "config.yaml",
        config=site.config,
        partners=site.partners,
        book=site.connect(),
        now=site.now,
        is_running=is_running,
    )


def found(site: Site) -> list[Finding]:
    """What the doctor has against a site, but for what the machine of the tests is to blame for."""
    of_the_machine = {"sqlite", "environment", "watches", "disk"}
    return [
        finding
        for finding in examine(checkup(site))
        if finding.level != Level.OK and finding.check not in of_the_machine
    ]


def well(site: Site) -> None:
    """A site with nothing to complain of."""
    site.send("buyer", interchange(x850("PO1", "1*2*EA*4.00**VN*A1"), control=1))
    back_up(
        site.config,
        config_path=site.root / "config.yaml",
        root=site.root.parent / "backups",
        now=site.now,
        keep=0,
    )
    assert found(site) == []


def rot(site: Site) -> None:
    site.is_broken = True
    path = site.places.database
    with closing(site.connect()) as book:
        book.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as stream:
        stream.seek(path.stat().st_size // 2 // 4096 * 4096)
        stream.write(b"\xff" * 4096)


def older(path: Path, *, hours: float) -> None:
    at = time.time() - hours * 3600
    os.utime(path, (at, at))


def leave(site: Site, name: str, content: bytes, *, hours: float) -> None:
    site.drop("buyer", content, name)
    older(site.root / "inbox" / "buyer" / name, hours=hours)


def leave_temporary(site: Site) -> None:
    path = site.places.var / ".oms-edi-x"
    path.touch()
    older(path, hours=2)


def fail_deliveries(site: Site) -> None:
    shutil.rmtree(site.root / "outbox" / "buyer")
    (site.root / "outbox" / "buyer").write_text("in the way")
    site.send("buyer", interchange(x850("PO2", "1*2*EA*4.00**VN*A1"), control=2), "2.edi")
    site.now += timedelta(hours=5)


@pytest.mark.parametrize(
    ("do", "check", "level", "told", "remedy"),
    [
        (rot, "order book", Level.FAIL, "is damaged", "restore"),
        (
            lambda s: (s.places.control / "buyer.hwm").write_text("000000900\n"),
            "control numbers",
            Level.FAIL,
            "buyer has seen 900",
            "oms-edi restore",
        ),
        (
            lambda s: (s.places.control / "buyer.hwm").write_text("?"),
            "control numbers",
            Level.FAIL,
            "holds no number",
            "write the last number",
        ),
        (
            lambda s: shutil.rmtree(s.root.parent / "backups"),
            "backup",
            Level.FAIL,
            "not there any more",
            "oms-edi backup",
        ),
        (
            lambda s: (s.places.var / "last-backup.json").unlink(),
            "backup",
            Level.WARN,
            "none was ever made",
            "oms-edi-backup.timer",
        ),
        (
            lambda s: setattr(s, "now", s.now + timedelta(days=3)),
            "backup",
            Level.WARN,
            "3 d old",
            "oms-edi backup",
        ),
        (
            lambda s: setattr(s, "now", s.now - timedelta(days=1)),
            "clock",
            Level.FAIL,
            "has an event of",
            "set the clock",
        ),
        (
            lambda s: s.root.joinpath("inbox").chmod(0o777),
            "folders",
            Level.FAIL,
            "everybody may write",
            "chmod o-w",
        ),
        (
            lambda s: (s.root / "inbox" / "stranger").mkdir(),
            "folders",
            Level.WARN,
            "no mapping stranger.yaml",
            "write the mapping",
        ),
        (
            lambda s: (s.root / "inbox" / "wh3").symlink_to(s.root / "mappings"),
            "folders",
            Level.FAIL,
            "is a link",
            "make it a folder",
        ),
        (
            lambda s: (s.root / "mappings" / "wh.yaml").chmod(0o666),
            "secrecy",
            Level.FAIL,
            "everybody may change",
            "chmod o-w",
        ),
        (leave_temporary, "leftovers", Level.WARN, "1 temporary name", "remove"),
        (fail_deliveries, "deliveries", Level.FAIL, "buyer", "endpoint list"),
        (
            lambda s: leave(s, "whole.csv", b"a,b", hours=0.05),
            "inboxes",
            Level.FAIL,
            "and it is complete",
            "see the log",
        ),
        (
            lambda s: leave(s, "x.tmp", b"x", hours=1),
            "inboxes",
            Level.WARN,
            "its name says that it is still written",
            "ask the partner",
        ),
    ],
)
def test_the_doctor_names_a_fault_with_its_remedy(
    site: Site,
    do: Callable[[Site], object],
    check: str,
    level: Level,
    told: str,
    remedy: str,
) -> None:
    well(site)
    do(site)
    (finding,) = [f for f in found(site) if f.check == check]
    assert (finding.level, told in finding.text) == (level, True), finding
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0o600, "there is no credential"),
        ("", 0o600, "is empty"),
        ("secret", 0o644, "may be read by everybody"),
        ("ssh-ed25519 AAAA me", 0o600, "public key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519", 0o600, "PuTTY"),
        ("-----BEGIN NOTHING-----", 0o600, "no OpenSSH or PEM key"),
    ],
)
def test_the_doctor_names_what_is_wrong_with_a_credential(
    site: Site, content: str | None, mode: int, told: str
) -> None:
    pin = "ssh-ed25519 SHA256:" + "A" * 43
    site.configure(
        "buyer",
        "name: B\nx12: {isa_id: BUYER, gs_id: BUYER, version: '004010'}\n"
        "sftp: {host: 127.0.0.1, user: us, key_credential: ours, host_keys: ["
        f"'{pin}'], fetch: {{folder: /out}}}}\n",
    )
    if content is not None:
        site.keep_secret("ours", content)
        (site.root / "credentials" / "ours").chmod(mode)
    finding = next(f for f in found(site) if f.check == "credentials")
    assert told in finding.text


def test_sqlite_is_told_until_it_is_repaired() -> None:
    levels = {
        version: machine.sqlite_finding(version, "").level
        for version in ((3, 40, 1), (3, 51, 2), (3, 51, 3), (3, 50, 7), (3, 50, 6), (3, 44, 6))
    }
    warned = {version for version, level in levels.items() if level == Level.WARN}
    assert warned == {(3, 40, 1), (3, 51, 2), (3, 50, 6)}


def test_a_file_system_is_that_of_the_nearest_mount() -> None:
    mounts = [(Path("/"), "ext4"), (Path("/srv"), "nfs4"), (Path("/srv/local"), "xfs")]
    assert premises.file_system_of(Path("/srv/x"), mounts) == "nfs4"
    assert premises.file_system_of(Path("/srv/local/x"), mounts) == "xfs"
    assert premises.file_system_of(Path("/var"), mounts) == "ext4"


def test_nothing_starts_with_its_order_book_on_another_machines_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(premises, "_MOUNTS", mounts)
    mounts.write_text(f"server:/x {tmp_path} nfs4 rw 0 0\n")
    with pytest.raises(ConfigurationError, match="lies on nfs4"):
        premises.check_disk(tmp_path / "var")
    mounts.write_text(f"none {tmp_path} 9p rw 0 0\n")
    premises.check_disk(tmp_path / "var")


def test_a_check_that_cannot_be_made_is_told_and_the_others_are(site: Site) -> None:
    well(site)
    site.is_broken = True
    site.step().connection.execute("DROP TABLE endpoints")
    findings = found(site)
    assert {f.check for f in findings} >= {"endpoints"}
    assert any(f.check == "credentials" for f in examine(checkup(site)))


def test_health_is_good_degraded_or_bad(site: Site) -> None:
    well(site)

    def code(*, is_running: bool) -> int:
        findings = health.judge(checkup(site, is_running=is_running), is_daemon_wanted=True)
        return exit_code([f.level for f in findings if f.check != "disk"])

    assert code(is_running=True) == 0
    site.send("buyer", b"what is this", "odd.txt")
    assert code(is_running=True) == 1
    assert code(is_running=False) == 2
    site.now += timedelta(days=30)
    findings = list(ledger.check_backup(checkup(site)))
    assert findings[0].level == Level.FAIL


def test_a_console_that_does_not_answer_or_that_nobody_may_use_is_told(site: Site) -> None:
    well(site)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = site.root / "config.yaml"
    config.write_text(f"{config.read_text()}web: {{enabled: true, port: {port}}}\n")
    told = {(finding.check, finding.level): finding.text for finding in found(site)}
    assert set(told) == {("console", Level.FAIL), ("users", Level.WARN)}
    assert f"nothing answers at http://127.0.0.1:{port}" in told["console", Level.FAIL]
    users.add(site.places.access, "maria", Role.OPERATOR, "", by="ann", now=site.now)
    with served(site, port=port):
        assert found(site) == []


def test_metrics_are_text_prometheus_reads_and_all_are_documented(site: Site) -> None:
    well(site)
    site.send("buyer", b"what is this", "odd.txt")
    figures = read_figures(site.connect())
    values = metrics.values_of(figures, site.places, process={"clock_jumps_total": 2}, now=site.now)
    text = metrics.render(values)
    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+')
    for line in text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line
    assert 'oms_edi_files_total{state="quarantined"} 1' in text
    assert 'oms_edi_exceptions_open{queue="edi",severity="error"} 1' in text
    assert "oms_edi_clock_jumps_total 2" in text
    assert text.count("# TYPE oms_edi_files_total counter") == 1
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [m.name for m in metrics.METRICS if f"`{m.name}`" not in page] == []


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    values: dict[str, dict[tuple[tuple[str, str], ...], float]]
    values = {"outbox_files": {(("partner", 'a"} 1\n#\\'),): 1.0}}
    assert r'{partner="a\"} 1\n#\\"} 1' in metrics.render(values)


def test_metrics_appear_whole_and_tell_when(site: Site) -> None:
    metrics.write_metrics(site.places, "x 1\n")
    at = metrics.written_at(site.places)
    assert at is not None
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert not list(site.places.var.glob(".oms-edi-*"))


def test_the_commands_say_it_by_exit_code_and_as_json(site: Site) -> None:
    well(site)
    (site.places.control / "buyer.hwm").write_text("000000900\n")
    told = run(site.root, "doctor", "--quiet", expect=2)
    assert "fail  control numbers" in told
    assert "-> oms-edi restore" in told
    assert '"status": "bad"' in run(site.root, "health", "--json", expect=2)
    assert read(site.root, "verify")["divergences"] == []
