"""200 partners' SFTP servers visited from one process, ten of them hanging.

python -m benchmarks.visits [SERVERS] [HANGING] [SECONDS]

The servers are one real OpenSSH server under many partners; those that hang accept a connection
and say nothing. Every server is to be visited each `every_s`; none of the others may be later than
one interval.
"""

import itertools
import socket
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from oms_edi.pipeline.delivery import visits
from oms_edi.pipeline.run import Runner, owner
from oms_edi.transports.errand import Task
from tests.support.site import MAPPINGS, Site
from tests.support.sshd import sshd

_EVERY_S = 60


def main() -> None:
    """Visit and print."""
    servers, hanging, seconds = (
        int(value) for value in (*sys.argv[1:], *("200", "10", "190")[len(sys.argv) - 1 :])
    )
    with tempfile.TemporaryDirectory() as name, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(500)
        folder = Path(name)
        with sshd(folder / "partner") as server:
            site = Site(folder / "site")
            site.keep_secret("partner-key", server.key())
            for number in range(servers):
                text = server.mapping(f"  every_s: {_EVERY_S}\n  connect_s: 15\n")
                if number < hanging:
                    text = text.replace(f"port: {server.port}", f"port: {silent.getsockname()[1]}")
                mapping = MAPPINGS["buyer"].replace("BUYER", f"P{number:03d}")
                site.configure(f"p{number:03d}", mapping + text)
            begun = _run(site, seconds)
    good = {p: times for p, times in begun.items() if int(p[1:]) >= hanging}
    gaps = [b - a for times in good.values() for a, b in itertools.pairwise(times)]
    late = [gap for gap in gaps if gap > 2 * _EVERY_S]
    print(f"{servers} servers, {hanging} of them silent, {seconds} s, every {_EVERY_S} s")
    print(f"{sum(map(len, good.values()))} visits to {len(good)} servers that answer;")
    print(f"  longest gap {max(gaps):.1f} s, {len(late)} visits later than one interval")


def _run(site: Site, seconds: int) -> dict[str, list[float]]:
    """Run passes; return when the visits to each partner began."""
    begun: dict[str, list[float]] = defaultdict(list)
    real = visits.Visits._run

    def noted(self: visits.Visits, task: Task) -> None:
        begun[task.partner].append(time.monotonic())
        real(self, task)

    visits.Visits._run = noted  # type: ignore[method-assign]
    wake = threading.Event()
    with owner(site.config):
        runner = Runner(
            config=site.config,
            partners=site.partners,
            clock=lambda: datetime.now(UTC),
            wake=wake.set,
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            runner.run_pass()
            wake.wait(0.5)
            wake.clear()
        runner.stop()
    return begun


if __name__ == "__main__":
    main()
