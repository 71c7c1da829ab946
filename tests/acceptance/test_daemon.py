"""The daemon as systemd sees it: a process, its signals, and what it says of itself."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.command import COMMAND, read, run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder made by `init`, with its master data."""
    folder = tmp_path_factory.mktemp("made")
    run(folder, "init", "home")
    for what in ("items", "prices", "stock"):
        run(folder / "home", f"import-{what}", f"master/{what}.csv")
    return folder / "home"


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it; its book must verify at the end."""
    folder = tmp_path / "home"
    shutil.copytree(made, folder)
    yield folder
    run(folder, "verify")


class Daemon:
    """`oms-edi run`, with a socket where systemd would listen."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.said: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = home.parent / "notify"
        path.unlink(missing_ok=True)
        self._socket.bind(str(path))
        self._socket.settimeout(0.05)
        self._log = open(home.parent / "daemon.log", "ab")  # noqa: SIM115
        self.process = subprocess.Popen(
            [COMMAND, "run"],
            cwd=home,
            stderr=self._log,
            env={**os.environ, "NOTIFY_SOCKET": str(path), **environment},
        )

    def listen(self) -> list[str]:
        """Return everything it said so far."""
        while True:
            try:
                self.said += self._socket.recv(4096).decode().splitlines()
            except TimeoutError:
                return self.said

    def until(self, is_so: Callable[[], object], *, within_s: float = 30) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + within_s
        while not is_so():
            self.listen()
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, f"{self.said}\n{self.log()}"
            time.sleep(0.02)

    def until_said(self, line: str) -> None:
        """Wait for a line that begins so."""
        self.until(lambda: any(said.startswith(line) for said in self.listen()))

    def log(self) -> str:
        return (self.home.parent / "daemon.log").read_text()

    def end(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.close()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._socket.close()
        self._log.close()


@pytest.fixture
def daemon(home: Path) -> Iterator[Daemon]:
    running = Daemon(home, WATCHDOG_USEC="1000000")
    running.until_said("READY=1")
    yield running
    running.close()


def drop(home: Path, name: str = "order.edi", content: bytes = b"") -> None:
    """Drop an order as a partner would: under another name first."""
    data = content or (home / "examples/acme-850.edi").read_bytes()
    part = home / "inbox/acme" / f"{name}.tmp"
    part.write_bytes(data)
    time.sleep(0.02)
    part.rename(home / "inbox/acme" / name)


def answers(home: Path) -> list[Path]:
    return list((home / "outbox/acme").glob("997*"))


def test_it_says_when_it_is_ready_alive_and_stopping(daemon: Daemon) -> None:
    drop(daemon.home)
    daemon.until(lambda: answers(daemon.home))
    daemon.until(lambda: daemon.listen().count("WATCHDOG=1") >= 3)
    told = "STATUS=since start: 1 file taken"
    daemon.until(lambda: any(line.startswith(told) for line in daemon.said))
    assert daemon.end() == 0
    assert "READY=1" in daemon.said


def test_a_stop_ends_cleanly_and_says_so(daemon: Daemon) -> None:
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(timeout=30) == 0
    assert "STOPPING=1" in daemon.listen()


def listening(process: int) -> set[str]:
    """Return every address, in hexadecimal, a process listens at or takes datagrams from."""
    mine = {
        os.readlink(path).removeprefix("socket:[").removesuffix("]")
        for path in Path(f"/proc/{process}/fd").iterdir()
        if os.path.lexists(path)
    }
    found = set()
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        table = Path(f"/proc/{process}/net/{kind}")
        for row in table.read_text().splitlines()[1:] if table.exists() else ():
            columns = row.split()
            is_open = columns[3] == "0A" or kind.startswith("udp")
            if is_open and columns[9] in mine:
                found.add(columns[1])
    return found


def test_it_opens_no_port_and_on_demand_one_that_this_machine_alone_can_reach(
    daemon: Daemon,
) -> None:
    drop(daemon.home)
    daemon.until(lambda: answers(daemon.home))
    assert listening(daemon.process.pid) == set()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = daemon.home / "config.yaml"
    config.write_text(config.read_text() + f"\nmetrics_port: {port}\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings reloaded")
    daemon.until(lambda: "oms_edi_orders_total 1" in fetched(port, "/metrics"))
    assert listening(daemon.process.pid) == {f"0100007F:{port:04X}"}
    assert "404" in fetched(port, "/../../etc/passwd")
    assert daemon.end() == 0


def fetched(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def test_signals_and_systemd_have_their_turn_while_files_keep_coming(daemon: Daemon) -> None:
    config = daemon.home / "config.yaml"
    config.write_text(config.read_text() + "\nlimits: {files_per_pass: 2}\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings reloaded")
    content = (daemon.home / "examples/acme-850.edi").read_bytes()
    for number in range(60):
        name = daemon.home / f"inbox/acme/{number}.edi"
        name.with_suffix(".tmp").write_bytes(content.replace(b"A-1001", b"S-%04d" % number))
        name.with_suffix(".tmp").rename(name)
    daemon.until(lambda: answers(daemon.home))
    daemon.said.clear()
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings reloaded")
    assert len(list((daemon.home / "inbox/acme").iterdir())) > 0
    daemon.until(lambda: len(answers(daemon.home)) == 60)


def test_what_a_person_did_is_gone_on_with_at_once(daemon: Daemon) -> None:
    daemon.until_said("READY=1")
    place = ("--name", "STORE", "--street", "1 MAIN ST", "--city", "TULSA", "--state", "OK")
    line = ("--postal-code", "74133", "--line", "WIDGET-1=12")
    run(daemon.home, "orders", "new", "--customer", "acme", *place, *line, "--by", "mia")
    daemon.until(lambda: list((daemon.home / "outbox/acme").glob("855*")), within_s=10)
    assert daemon.process.poll() is None


def test_the_order_book_has_one_daemon(daemon: Daemon) -> None:
    assert "another oms-edi works on" in run(daemon.home, "run", expect=75)
    assert "another oms-edi works on" in run(daemon.home, "run", "--once", expect=75)


def test_new_settings_count_from_a_hangup_on(daemon: Daemon) -> None:
    mapping = daemon.home / "mappings/acme.yaml"
    mapping.rename(daemon.home / "mappings/acme.yaml.off")
    config = daemon.home / "config.yaml"
    before = config.read_text()
    config.write_text(before + "unknown_key: 1\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings not reloaded: ")
    assert "unknown_key" in daemon.log()
    (daemon.home / "mappings/acme.yaml.off").rename(mapping)
    drop(daemon.home)
    daemon.until(lambda: answers(daemon.home))  # the old ones are in force
    config.write_text(before)
    text = mapping.read_text()
    mapping.write_text(text.replace("x12:\n", "x12:\n  acknowledge: never\n", 1))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings reloaded")
    assert any(line.startswith("RELOADING=1") for line in daemon.said)
    assert any(line.startswith("MONOTONIC_USEC=") for line in daemon.said)
    content = (daemon.home / "examples/acme-850.edi").read_bytes()
    drop(daemon.home, "second.edi", content.replace(b"A-1001", b"A-2002"))
    daemon.until(lambda: len(read(daemon.home, "orders")) == 2)
    assert len(answers(daemon.home)) == 1
    assert daemon.end() == 0


def test_moved_folders_need_a_restart(daemon: Daemon) -> None:
    config = daemon.home / "config.yaml"
    before = config.read_text()
    config.write_text(before + "\nfolders: {var: elsewhere}\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings not reloaded: folders.var was changed")
    assert not (daemon.home / "elsewhere").exists()
    config.write_text(before)


def test_a_hundred_hangups_under_load_lose_nothing(daemon: Daemon) -> None:
    content = (daemon.home / "examples/acme-850.edi").read_bytes()
    for number in range(100):
        if number % 10 == 0:
            drop(daemon.home, f"{number}.edi", content.replace(b"A-1001", b"H-%04d" % number))
        daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: len(read(daemon.home, "orders")) == 10)
    assert daemon.end() == 0


def test_a_folder_made_anew_is_watched_again(daemon: Daemon) -> None:
    inbox = daemon.home / "inbox/acme"
    shutil.rmtree(inbox)
    time.sleep(0.2)
    inbox.mkdir()
    drop(daemon.home)
    daemon.until(lambda: answers(daemon.home), within_s=60)
    assert len(answers(daemon.home)) == 1


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.2, 0.5])
def test_a_stop_at_any_moment_loses_and_doubles_nothing(home: Path, delay_s: float) -> None:
    content = (home / "examples/acme-850.edi").read_bytes()
    for number in range(30):
        drop(home, f"{number}.edi", content.replace(b"A-1001", b"T-%04d" % number))
    running = Daemon(home)
    running.until(lambda: (home / "var/oms.db").exists())
    time.sleep(delay_s)
    code = running.end()
    assert code in (0, -signal.SIGTERM)  # before its handlers were in place
    run(home, "run", "--once")
    assert len(read(home, "orders")) == 30
    assert len(answers(home)) == 30


def test_a_second_signal_ends_it_at_once(home: Path) -> None:
    content = (home / "examples/acme-850.edi").read_bytes()
    for number in range(60):
        drop(home, f"{number}.edi", content.replace(b"A-1001", b"T-%04d" % number))
    running = Daemon(home)
    running.until_said("READY=1")
    running.process.send_signal(signal.SIGTERM)
    running.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert running.process.wait(timeout=30) in (0, 75)
    assert time.monotonic() - began < 10
    running.close()
    run(home, "run", "--once")
    assert len(read(home, "orders")) == 60


def worked(daemon: Daemon) -> float:
    """Seconds of a processor the daemon has used."""
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_clock_far_behind_the_order_book_is_not_believed(home: Path) -> None:
    drop(home)
    run(home, "run", "--once", "--now", "2199-01-01T00:00:00Z")
    running = Daemon(home)
    running.until_said("READY=1")
    content = (home / "examples/acme-850.edi").read_bytes()
    drop(home, "second.edi", content.replace(b"A-1001", b"A-2002"))
    running.until(lambda: "clock.behind" in running.log())
    before = worked(running)
    time.sleep(2)
    assert (home / "inbox/acme/second.edi").exists()
    assert worked(running) - before < 1  # it waits, and does not turn in circles
    assert running.end() == 0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def answer(port: int) -> int:
    """Return what the console answers, 0 while it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(number) for number in found]


def test_the_console_runs_with_the_daemon_comes_back_and_ends_with_it(home: Path) -> None:
    port = free_port()
    with open(home / "config.yaml", "a") as config:
        config.write(f"\nweb: {{enabled: true, port: {port}}}\n")
    running = Daemon(home)
    try:
        running.until(lambda: answer(port) == 200)
        assert f"it answers at http://127.0.0.1:{port}" in run(running.home, "doctor", expect=1)
        (first,) = children(running.process.pid)
        own = os.getpriority(os.PRIO_PROCESS, running.process.pid)
        threads = sorted(int(thread.name) for thread in Path(f"/proc/{first}/task").iterdir())
        priorities = [os.getpriority(os.PRIO_PROCESS, one) for one in threads]
        assert priorities[0] == min(own + 5, 19)  # the one that listens
        assert priorities.count(priorities[0]) > 1  # and its helpers
        os.kill(first, signal.SIGKILL)
        running.until(lambda: answer(port) == 200)
        assert "web.ended code=-9" in running.log()
        (last,) = children(running.process.pid)
        running.process.kill()  # not even then does it stay behind
        running.process.wait()
        deadline = time.monotonic() + 15
        while answer(port) or Path(f"/proc/{last}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        running.close()


def test_a_nearly_full_disk_stops_intake_and_not_delivery(daemon: Daemon) -> None:
    config = daemon.home / "config.yaml"
    before = config.read_text()
    huge = 10**18
    config.write_text(before + f"\nintake: {{min_free_bytes: {huge}, settle_s: 0}}\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until_said("STATUS=settings reloaded")
    drop(daemon.home)
    daemon.until(lambda: "disk_low" in [e["kind"] for e in read(daemon.home, "exceptions")])
    assert (daemon.home / "inbox/acme/order.edi").exists()
    config.write_text(before)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: answers(daemon.home))
    daemon.until(lambda: "disk_low" not in [e["kind"] for e in read(daemon.home, "exceptions")])


def test_beside_the_daemon_it_is_backed_up_watched_and_healthy(daemon: Daemon) -> None:
    home = daemon.home
    kept = home.parent / "backups"
    drop(home, "0.edi")
    daemon.until(lambda: answers(home))
    made = [read(home, "backup", "--keep", "2", str(kept))]
    for number in range(1, 4):
        drop(home, f"{number}.edi", b"what is this %d" % number)  # while it is copied
        time.sleep(1)
        made.append(read(home, "backup", "--keep", "2", str(kept)))
    assert [one["divergences"] for one in made] == [[]] * 4
    assert len([path for path in kept.iterdir() if path.is_dir()]) == 2
    assert read(home, "restore", "--verify", str(kept))["faults"] == []
    daemon.until(lambda: (home / "var" / "metrics.prom").exists())
    assert "oms_edi_start_time_seconds" in (home / "var" / "metrics.prom").read_text()
    assert "daemon" not in run(home, "health", expect=1)  # quarantine is full of nonsense
    daemon.end()
    assert "it does not run" in run(home, "health", expect=2)
