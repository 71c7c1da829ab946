"""What all pages share: settings, the order book, who may look, how pages are written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from oms_edi.web.books import Books
from oms_edi.web.finder import Finder
from oms_edi.web.gate import Gate
from oms_edi.web.kept import Kept
from oms_edi.web.source import Source
from oms_edi.web.told import Teller
from oms_edi.web.view import View

T = TypeVar("T")

#: Acts at a time; each may wait for whoever writes to the book.
_ACTS = 4
#: Log-ins at a time; each takes a processor and 64 MiB for a moment, and anybody may try.
_LOG_INS = 2


@dataclass(frozen=True, kw_only=True)
class WebSite:
    """One served console."""

    source: Source
    clock: Callable[[], datetime]
    gate: Gate
    view: View
    books: Books = field(default_factory=Books)
    finder: Finder = field(default_factory=Finder)
    told: Teller = field(default_factory=Teller)
    kept: Kept = field(default_factory=Kept)
    #: Places for acts beside the threads of pages: while the book is busy, pages are still shown.
    acts: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_ACTS))
    #: Places for log-ins, which take none from pages or acts, however many try.
    log_ins: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_LOG_INS))

    async def act(self, answer: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        """Answer what may change the book, in a thread that takes none from pages."""
        return await to_thread.run_sync(partial(answer, *args, **kwargs), limiter=self.acts)

    async def let_in(self, answer: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        """Answer who logs in or out, in a thread that takes none from pages and acts."""
        return await to_thread.run_sync(partial(answer, *args, **kwargs), limiter=self.log_ins)
