"""Everything an administrator would check, in one look. It reads; only probes are written."""

from collections.abc import Callable, Iterator

from oms_edi.upkeep import console, ledger, machine, outside, premises
from oms_edi.upkeep.finding import Checkup, Finding, fail

#: In the order they are told.
CHECKS: tuple[Callable[[Checkup], Iterator[Finding]], ...] = (
    machine.check_versions,
    machine.check_clock,
    machine.check_disks,
    machine.check_watches,
    machine.check_environment,
    premises.check_folders,
    premises.check_secrecy,
    premises.check_file_systems,
    premises.check_leftovers,
    ledger.check_book,
    ledger.check_marks,
    ledger.check_backup,
    ledger.check_deliveries,
    ledger.check_unclaimed,
    ledger.check_exceptions,
    outside.check_endpoints,
    outside.check_credentials,
    console.check_console,
    console.check_users,
)


def examine(checkup: Checkup) -> Iterator[Finding]:
    """Yield what every check finds; one that cannot be made is a finding, too."""
    for check in CHECKS:
        try:
            yield from check(checkup)
        except Exception as error:  # the top of a check: the others still say what they see
            name = check.__name__.removeprefix("check_")
            yield fail(name, f"this check failed: {error}", "see that this user may read var/")
