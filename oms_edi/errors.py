"""What can go wrong, by what the daemon does about it.

    OmsError
    ├── ConfigurationError   refuse to start (or to reload); exit 78
    ├── UnreadableFile       quarantine this file, go on with the next
    ├── NotFound             the person asked for something that is not there; exit 1
    ├── Refused              an act that the state or a rule forbids; nothing was changed; exit 1
    │   ├── NotThisDocument  it is no such document; every fault of it is named
    │   └── KeyUsed          another request was done under this idempotency key
    ├── Unsendable           a document of ours that must not leave; its order waits, others go on
    ├── EndpointRefused      leave this server alone until a person has seen to it
    │   └── EndpointGone     it says that nobody takes anything there any more
    ├── TransientError       leave everything as it is, try again later; exit 75
    │   ├── NotBefore        their server says when to try again, at the earliest
    │   ├── Stale            somebody else wrote between reading and writing: begin the step again
    │   ├── FileWaits        this file could not be read now: go on with the next, try it later
    │   ├── InternalFault    a fault of this program ended it: tell a person, try again later
    │   └── TurnOver         a replay ends a step where a crash once ended it
    ├── Busy                 another instance holds the lock; exit 75
    └── StopDaemon           stop loudly: going on could lose what others rely on; exit 74

The docstring of a class is its message where none is given. A partner's bad data is no exception:
it comes back as `oms_edi.domain.issue.Issue`.
"""

from collections.abc import Sequence
from typing import Any


class OmsError(Exception):
    """Something went wrong."""

    #: Exit code of the command line when this error gets out (sysexits.h where one fits).
    exit_code = 1

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class ConfigurationError(OmsError):
    """The configuration is not usable."""

    exit_code = 78


class UnreadableFile(OmsError):
    """The file cannot be read as anything this system takes."""


class NotFound(OmsError):
    """There is no such thing."""


class Refused(OmsError):
    """The state or a rule forbids this; nothing was changed."""


class NotThisDocument(Refused):
    """It is no such document; nothing was changed."""

    def __init__(self, issues: Sequence[Any]) -> None:
        super().__init__("\n".join(str(issue) for issue in issues))
        #: `oms_edi.domain.issue.Issue` each.
        self.issues = tuple(issues)


class KeyUsed(Refused):
    """This idempotency key was used for another request; take a new one for each."""


class Unsendable(OmsError):
    """A document must not leave: it would be wrong."""


class EndpointRefused(OmsError):
    """A partner's server refuses us, or cannot be trusted; trying again will not help."""


class EndpointGone(EndpointRefused):
    """A partner's server says that nobody takes anything there any more."""


class TransientError(OmsError):
    """This did not work now; it will be tried again."""

    exit_code = 75


class NotBefore(TransientError):
    """A partner's server asks to be left alone for a while."""

    def __init__(self, message: str, *, after_s: float) -> None:
        super().__init__(message)
        #: Seconds from now.
        self.after_s = after_s


class Stale(TransientError):
    """Somebody else wrote to the order book meanwhile; it is looked at again."""


class FileWaits(TransientError):
    """The machine could not read this file now; it is read again."""


class InternalFault(TransientError):
    """A fault of this program ended what was being done; the log has it."""


class TurnOver(TransientError):
    """The replayed step wrote all that it wrote when it was done."""


class Busy(OmsError):
    """Another oms-edi works on this order book."""

    exit_code = 75


class StopDaemon(OmsError):
    """Storage failed; going on could lose what others rely on."""

    exit_code = 74
