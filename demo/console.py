"""The demo's order book in the console: the day of `demo/run.py`, then the next morning, live.

Serves until Ctrl-C, with a clock that goes on from that morning; what is done in a browser is taken
up within seconds, as the daemon would. `--seconds N` ends by itself.
"""

import argparse
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from demo import run as day
from oms_edi.config.config import load_config
from oms_edi.errors import OmsError
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.run import Runner, owner
from oms_edi.testing_command import run_command

NEXT_MORNING = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
#: Seconds between two looks at what there is to do.
_LOOK_S = 2.0
_START_S = 30


def main() -> None:
    """Play the day, then serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0, help="end after so long; 0: never")
    parser.add_argument("--port", type=int, default=8850)
    wanted = parser.parse_args()
    day.main()
    began = time.monotonic()

    def clock() -> datetime:
        return NEXT_MORNING + timedelta(seconds=time.monotonic() - began)

    day.say("The next morning: new orders, some of which need a person")
    for path in sorted((day.HERE / "next-morning").glob("*/*")):
        shutil.copyfile(path, day.ROOT / "inbox" / path.parent.name / path.name)
    work(clock, lambda: True)
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    for name, role in (("maria", "operator"), ("vera", "viewer")):
        arguments = ("users", "add", name, "--role", role, "--by", "demo")
        done = run_command(arguments, folder=day.ROOT, stdin=f"{password}\n")
        if done.code:
            sys.exit(done.stderr)
    serve(clock, password, wanted.port, wanted.seconds)


def work(clock: Callable[[], datetime], is_over: Callable[[], bool]) -> None:
    """Do what there is to do, once, then again and again until it is over."""
    while True:
        config = load_config(day.ROOT / "config.yaml")
        try:
            with owner(config):
                partners = load_partners(config.folders.mappings, config)
                runner = Runner(config=config, partners=partners, clock=clock)
                runner.once()
                runner.stop()
                runner.connection.close()
        except OmsError as error:
            print(f"  {error}")
        if is_over():
            return
        time.sleep(_LOOK_S)
        if is_over():
            return


def serve(clock: Callable[[], datetime], password: str, port: int, seconds: float) -> None:
    """Serve the console beside the work."""
    command = [sys.executable, "-m", "oms_edi", "web", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--now", clock().isoformat(timespec="seconds")],
        cwd=day.ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        if "web.started" in line:
            break
    else:
        sys.exit(f"the console ended with {process.wait()}; is port {port} in use?")
    day.say("The console, on this order book")
    print(f"\n    http://127.0.0.1:{port}\n")
    print(f"    log in as maria (operator) or vera (viewer), password {password}")
    print("    Ctrl-C ends it\n", flush=True)
    until = time.monotonic() + seconds if seconds else float("inf")
    try:
        work(clock, lambda: process.poll() is not None or time.monotonic() > until)
    except KeyboardInterrupt:
        print()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
