"""Is it well? Quick, for monitors that ask every minute; `doctor` says why not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from fcntl import LOCK_NB, LOCK_SH, flock
from sqlite3 import Connection

from oms_edi.pipeline.frame.step import Places
from oms_edi.store import remote
from oms_edi.store.figures import open_errors
from oms_edi.upkeep import console, ledger, machine
from oms_edi.upkeep.finding import Checkup, Finding, ago, fail, ok, warn
from oms_edi.upkeep.metrics import written_at

#: The daemon writes its metrics each minute; later than this it hangs.
_HANGS_AFTER = timedelta(minutes=5)


def judge(checkup: Checkup, *, is_daemon_wanted: bool) -> Iterator[Finding]:
    """Yield what is well and what is not."""
    if is_daemon_wanted:
        yield check_daemon(checkup)
    yield from machine.check_disks(checkup)
    if is_daemon_wanted:
        yield from console.check_console(checkup)
    checks: tuple[Callable[[Checkup], Iterator[Finding]], ...] = (
        ledger.check_marks,
        ledger.check_backup,
        ledger.check_deliveries,
        ledger.check_unclaimed,
    )
    if checkup.book is None:
        yield from ledger.check_book(checkup)
        return
    for check in checks:
        yield from check(checkup)
    yield from _exceptions(checkup.book)


def is_running(places: Places) -> bool:
    """True while somebody holds the lock of the order book; the lock is given back at once."""
    try:
        with open(places.var / "lock", "rb") as lock:
            flock(lock, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check_daemon(checkup: Checkup) -> Finding:
    """Say whether it runs, and moves."""
    if not checkup.is_running:
        return fail("daemon", "it does not run", "systemctl status oms-edi")
    at = written_at(checkup.places) if checkup.config.metrics_file else None
    if at is not None and checkup.now - at > _HANGS_AFTER:
        text = (
            f"it runs, and its last sign of life is {ago((checkup.now - at).total_seconds())} old"
        )
        return warn("daemon", text, "see its log; a long run of files takes as long")
    return ok("daemon", "it runs")


def _exceptions(book: Connection) -> Iterator[Finding]:
    errors = open_errors(book)
    failing = sum(1 for row in remote.endpoints(book) if row.failures)
    if errors:
        told = ", ".join(f"{queue} {count}" for queue, count in errors.items())
        yield warn("exceptions", f"errors are open: {told}", "oms-edi exceptions --severity error")
    else:
        yield ok("exceptions", "no error is open")
    if failing:
        yield warn("servers", f"{failing} partners' servers fail", "oms-edi endpoint list")
