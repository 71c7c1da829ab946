"""The demo's order book in the console: the day of `demo/run.py`, then the next morning, live.

Serves until Ctrl-C, with a clock that goes on from that morning; what is done in a browser is taken
up within seconds, as the daemon would. `--seconds N` ends by itself.
"""

import argparse
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
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
#: Whose status page and API are shown.
_CUSTOMER = "summit"


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
    for name, role in (("maria", "operator"), ("vera", "viewer"), ("ada", "administrator")):
        command("users", "add", name, "--role", role, stdin=f"{password}\n")
    link = command("link", "partner", _CUSTOMER, "--now", NEXT_MORNING.isoformat())
    key = command("keys", "add", _CUSTOMER, "--name", "demo")
    address = f"http://127.0.0.1:{wanted.port}"
    told = (
        f"{address}\n",
        f"log in as maria (operator), vera (viewer) or ada (administrator), password {password}",
        f"what {_CUSTOMER} sees without a log-in: {address}/s/{link.rpartition('/')[2]}",
        f"the API: {address}/api/v1/docs, to be read with the key {key}",
        "Ctrl-C ends it\n",
    )
    serve(clock, told, wanted.port, wanted.seconds)


def command(*arguments: str, stdin: str = "") -> str:
    """Run a command that must succeed; return its last line."""
    done = run_command((*arguments, "--by", "demo"), folder=day.ROOT, stdin=stdin)
    if done.code:
        sys.exit(done.stderr)
    return done.stdout.strip().rpartition("\n")[2]


def work(clock: Callable[[], datetime], is_over: Callable[[], bool]) -> None:
    """Do what there is to do, once, then again and again until it is over."""
    while True:
        try:
            config = load_config(day.ROOT / "config.yaml")
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


def serve(clock: Callable[[], datetime], told: Iterable[str], port: int, seconds: float) -> None:
    """Serve the console beside the work; say how to look at it."""
    web = [sys.executable, "-m", "oms_edi", "web", "--port", str(port), "--until-eof"]
    process = subprocess.Popen(
        [*web, "--now", clock().isoformat(timespec="seconds")],
        cwd=day.ROOT,
        stdin=subprocess.PIPE,  # it ends with this process, however that ends
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        if "web.started" in line:
            break
    else:
        sys.exit(f"the console ended with {process.wait()}; is port {port} in use?")
    drain = threading.Thread(target=process.stderr.read, daemon=True)
    drain.start()  # a full pipe would have the console wait for ever
    day.say("The console, on this order book")
    print()
    for line in told:
        print(f"    {line}", flush=True)
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
