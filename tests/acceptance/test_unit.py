"""The units under a real systemd: what is started, shut in, restarted, reloaded and stopped."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oms_edi.testing_command import run_command
from tests.support.booted import HOME, PYTHON, Booted, CannotBoot

UNIT, BACKUP = "oms-edi.service", "oms-edi-backup.service"
STATE, ETC = "/var/lib/oms-edi", "/etc/oms-edi"
#: A Python that lives in a home has its library there, which ProtectHome hides.
LIBRARY = f"[Service]\nEnvironment=LD_LIBRARY_PATH={HOME}/base/lib\n"
#: So that a test need not wait as long as an administrator wants to.
HURRY = f"{LIBRARY}RestartSec=100ms\nWatchdogSec=3\n[Unit]\nStartLimitIntervalSec=0\n"


class Machine:
    """A machine with the service installed as the administrator's guide says."""

    def __init__(self, booted: Booted) -> None:
        self.booted = booted

    def oms(self, *arguments: str) -> str:
        """Run a command as the daemon's user."""
        command = (str(PYTHON), "-I", "-m", "oms_edi", "--config", f"{ETC}/config.yaml", *arguments)
        return self.booted.do("runuser", "-u", "oms-edi", "--", *command)

    def show(self, name: str) -> str:
        """A property of the unit."""
        return self.booted.do("systemctl", "show", UNIT, "-p", name, "--value").strip()

    def until(self, is_so: Callable[[], object], *, within_s: float = 30) -> None:
        deadline = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < deadline, self.booted.ask("journalctl", "-u", UNIT).stdout
            time.sleep(0.1)

    def inside(self, path: str) -> Path:
        return self.booted.path(path)

    def drop(self, name: str, content: bytes) -> None:
        """As a partner would."""
        inbox = self.inside(f"{STATE}/inbox/acme")
        (inbox / f".{name}").write_bytes(content)
        (inbox / f".{name}").rename(inbox / name)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    try:
        booted = Booted.start(tmp_path_factory.mktemp("booted"))
    except CannotBoot as error:
        pytest.skip(f"no systemd can be booted here: {error}")
    try:
        yield _installed(Machine(booted), tmp_path_factory.mktemp("starter"))
    finally:
        booted.stop()


def _installed(machine: Machine, folder: Path) -> Machine:
    do = machine.booted.do
    do(str(PYTHON), "-I", "-m", "oms_edi", "install-service")
    assert run_command(("init", "home"), folder=folder).code == 0
    for path in (folder / "home/mappings").glob("*.yaml"):
        machine.inside(f"{ETC}/mappings/{path.name}").write_bytes(path.read_bytes())
    machine.inside(f"{ETC}/credentials/word").write_text("open\n")
    do("install", "-d", "-o", "oms-edi", "-g", "oms-edi", f"{STATE}/inbox/acme")
    for unit, text in ((UNIT, HURRY), (BACKUP, LIBRARY)):
        more = machine.inside(f"/run/systemd/system/{unit}.d/more.conf")
        more.parent.mkdir(parents=True)
        more.write_text(text)
    do("systemctl", "daemon-reload")
    start = machine.booted.ask("systemctl", "start", UNIT)
    assert start.returncode == 0, machine.booted.ask("journalctl", "-n", "30").stdout
    example = folder / "home/examples/acme-850.edi"
    machine.inside("/tmp/order.edi").write_bytes(example.read_bytes())
    return machine


def test_an_order_is_answered_from_inside_the_sandbox(machine: Machine) -> None:
    machine.drop("1.edi", machine.inside("/tmp/order.edi").read_bytes())
    machine.until(lambda: list(machine.inside(f"{STATE}/outbox/acme").glob("997*")))
    machine.until(lambda: "1 file taken" in machine.show("StatusText"))
    process = machine.show("MainPID")
    status = machine.booted.do("cat", f"/proc/{process}/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    secret = machine.inside("/run/credentials") / UNIT / "credentials_word"
    assert secret.read_text() == "open\n"
    assert secret.stat().st_mode & 0o077 == 0
    assert "clean" in machine.oms("verify")


def test_settings_are_reloaded_or_refused_and_the_journal_knows_which(machine: Machine) -> None:
    config = machine.inside(f"{ETC}/config.yaml")
    before = config.read_text()
    machine.booted.do("systemctl", "reload", UNIT)
    machine.until(lambda: machine.show("StatusText") == "settings reloaded")
    config.write_text(f"{before}nonsense: 1\n")
    machine.booted.do("systemctl", "reload", UNIT)
    machine.until(lambda: "nonsense" in machine.show("StatusText"))
    errors = machine.booted.do("journalctl", "-u", UNIT, "-p", "err", "-o", "cat")
    assert "configuration.refused" in errors
    assert machine.booted.ask("systemctl", "restart", UNIT).returncode != 0
    failed = ("failed", "78")
    machine.until(lambda: (machine.show("ActiveState"), machine.show("ExecMainStatus")) == failed)
    config.write_text(before)
    machine.booted.do("systemctl", "reset-failed", UNIT)
    machine.booted.do("systemctl", "start", UNIT)


#: Logs in at the console, as a browser would; prints the status.
LOG_IN = """
import http.client, re, urllib.parse
console = http.client.HTTPConnection("127.0.0.1", 8850, timeout=20)
console.request("GET", "/log-in")
page = console.getresponse()
cookie = page.getheader("Set-Cookie").partition(";")[0]
csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page.read().decode())[1]
form = urllib.parse.urlencode({"name": "ann", "password": "correct horse battery", "csrf": csrf})
kind = "application/x-www-form-urlencoded"
console.request("POST", "/log-in", form, {"Cookie": cookie, "Content-Type": kind})
print(console.getresponse().status)
"""


def test_the_console_lets_a_user_in_from_inside_the_sandbox(machine: Machine) -> None:
    config = machine.inside(f"{ETC}/config.yaml")
    before = config.read_text()
    config.write_text(f"{before}web: {{enabled: true}}\n")
    machine.booted.do("systemctl", "reload", UNIT)
    machine.until(lambda: "web.started" in machine.booted.do("journalctl", "-u", UNIT))
    command = f"{PYTHON} -I -m oms_edi --config {ETC}/config.yaml users add ann --role operator"
    machine.booted.do("sh", "-c", f"echo correct horse battery | runuser -u oms-edi -- {command}")
    machine.inside("/tmp/log_in.py").write_text(LOG_IN)
    machine.until(lambda: machine.booted.ask(str(PYTHON), "/tmp/log_in.py").stdout == "303\n")
    assert "ann" in machine.oms("users", "log")
    daemon = machine.show("MainPID")
    own, console = (
        int(machine.booted.do("ps", by, daemon, "-o", "nice=")) for by in ("-p", "--ppid")
    )
    assert console == min(own + 5, 19)  # it may step back
    config.write_text(before)
    machine.booted.do("systemctl", "reload", UNIT)
    machine.until(lambda: "web.stopped" in machine.booted.do("journalctl", "-u", UNIT))


@pytest.mark.parametrize("how", ["KILL", "STOP"])
def test_a_daemon_that_was_killed_or_hangs_is_started_again(machine: Machine, how: str) -> None:
    process = machine.show("MainPID")
    assert process != "0"  # whoever signals 0 signals this test
    machine.booted.do("kill", f"-{how}", process)
    machine.until(lambda: machine.show("MainPID") not in (process, "0"))
    machine.until(lambda: machine.show("ActiveState") == "active")


def test_a_backup_is_made_by_its_unit_and_a_stop_ends_well(machine: Machine) -> None:
    made = machine.booted.ask("systemctl", "start", BACKUP)
    assert made.returncode == 0, machine.booted.ask("journalctl", "-n", "20").stdout
    assert list(machine.inside("/var/backups/oms-edi").glob("2*/manifest.json"))
    machine.booted.do("systemctl", "stop", UNIT)
    assert (machine.show("ActiveState"), machine.show("Result")) == ("inactive", "success")
    assert "clean" in machine.oms("verify")
