"""Sets of a file on their way into the book: some together, one by one where one of them fails."""

import logging
from sqlite3 import OperationalError
from typing import NamedTuple

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.errors import StopDaemon, TransientError
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.outgoing import Outgoing
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.read_set import Booked, Reading, book_set
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import savepoint
from oms_edi.store.files import InDocument
from oms_edi.x12.envelope import GroupHeader, TransactionSet

log = logging.getLogger(__name__)

#: Sets that are answers. An error in one is no reason not to hear what it says.
ANSWER_SETS = frozenset({"997", "999"})
#: Sets booked together, as far as they are not larger than so many bytes.
_TOGETHER = 50
_BYTES_TOGETHER = 1 << 18


class _Waiting(NamedTuple):
    """A set that is not booked yet."""

    read: TransactionSet
    document: InDocument
    group: GroupHeader | None


class SetBooking:
    """Books the sets of one file in their order, inside the caller's transaction."""

    def __init__(
        self, step: Step, profile: PartnerProfile, outgoing: Outgoing, *, is_strict: bool
    ) -> None:
        self._step = step
        self._profile = profile
        self._outgoing = outgoing
        self._is_strict = is_strict
        self._catalog = Catalog(step.connection)
        self._waiting: list[_Waiting] = []
        self._bytes = 0

    def add(self, read: TransactionSet, document: InDocument, group: GroupHeader | None) -> None:
        """Have a set booked with the next ones."""
        self._waiting.append(_Waiting(read, document, group))
        self._bytes += document.size_bytes

    @property
    def is_full(self) -> bool:
        """True if those that wait are to be booked now."""
        return len(self._waiting) >= _TOGETHER or self._bytes > _BYTES_TOGETHER

    def book(self) -> list[tuple[TransactionSet, Booked]]:
        """Book the sets that wait; return what became of each."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if not waiting:
            return []
        mark = self._outgoing.mark()
        try:
            with savepoint(self._step.connection, "some_sets"):
                return [(one.read, book_set(self._reading(one))) for one in waiting]
        except (StopDaemon, TransientError, OperationalError, OSError):
            raise
        except Exception as error:
            log.warning("sets.failed count=%d error=%s: one by one now", len(waiting), error)
            self.undo(mark)
            return [(one.read, self._isolated(one)) for one in waiting]

    def _isolated(self, one: _Waiting) -> Booked:
        """Book one set; a fault of ours in it costs its neighbors nothing, and a person sees it."""
        mark = self._outgoing.mark()
        try:
            with savepoint(self._step.connection, "one_set"):
                return book_set(self._reading(one))
        except (StopDaemon, TransientError, OperationalError, OSError):
            raise
        except Exception:
            file_id, control = one.document.file_id, one.read.control_number
            log.exception("set.failed file=%d st=%s", file_id, control)
            self.undo(mark)
            issue = Issue(
                level=Level.SET,
                severity=Severity.REJECT,
                message="an internal fault while reading this set; the log has the details",
                code="5",
            )
            self._reading(one).record("R")
            return Booked(verdict="R", issues=(issue,))

    def undo(self, mark: dict[tuple[str, str, str], int]) -> None:
        """Forget what sets that were undone left outside the book."""
        self._outgoing.rollback(mark)
        self._catalog = Catalog(self._step.connection)

    def _reading(self, one: _Waiting) -> Reading:
        read, document, group = one
        return Reading(
            step=self._step,
            catalog=self._catalog,
            read=read,
            profile=self._profile,
            document=document,
            version=group.version if group else "",
            functional_id=group.functional_id if group else "",
            strict=self._is_strict and read.set_id not in ANSWER_SETS,
        )
