"""The daemon at rest and at its door: a 997 after a file was renamed in, processor time, memory.

python -m benchmarks.daemon [ORDERS] [IDLE_S]

A real process under the shipped starter. ORDERS files are renamed in one after another at random
moments; the time is from the rename until the 997 has its name in the outbox. Then it rests.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = Path(sys.executable).with_name("oms-edi")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    idle_s = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        _prepare(home)
        process = subprocess.Popen([COMMAND, "run"], cwd=home, stderr=subprocess.DEVNULL)
        try:
            _wait_for(home / "var/oms.db")
            time.sleep(2)
            waits = sorted(_one(home, number) for number in range(orders))
            before = _cpu_s(process.pid)
            time.sleep(idle_s)
            idle = _cpu_s(process.pid) - before
            rss_mib = _rss_mib(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    p95 = waits[int(len(waits) * 0.95)]
    print(f"{orders} orders renamed in: 997 on disk after {waits[len(waits) // 2]:.3f} s (median),")
    print(f"  p95 {p95:.3f} s, longest {waits[-1]:.3f} s")
    print(f"at rest for {idle_s:.0f} s: {idle / idle_s:.2%} of a core, {rss_mib:.0f} MiB resident")


def _prepare(home: Path) -> None:
    subprocess.run([COMMAND, "init", str(home)], check=True, stdout=subprocess.DEVNULL)
    for what in ("items", "prices", "stock"):
        subprocess.run(
            [COMMAND, f"import-{what}", f"master/{what}.csv"],
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _one(home: Path, number: int) -> float:
    """Rename one order in; return the seconds until its 997 lies there."""
    content = (home / "examples/acme-850.edi").read_bytes()
    part = home / "inbox/acme/order.tmp"
    part.write_bytes(content.replace(b"A-1001", b"B-%04d" % number))
    time.sleep(random.uniform(0.05, 0.4))
    known = len(list((home / "outbox/acme").glob("997*")))
    began = time.perf_counter()
    shutil.move(part, home / f"inbox/acme/{number}.edi")
    while len(list((home / "outbox/acme").glob("997*"))) == known:
        if time.perf_counter() - began > 60:
            raise TimeoutError(f"no 997 for order {number}")
        time.sleep(0.002)
    return time.perf_counter() - began


def _wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.1)
    raise TimeoutError(f"{path} does not come")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
