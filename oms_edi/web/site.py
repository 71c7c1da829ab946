"""What all pages share: settings, the order book, who may look, how pages are written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from oms_edi.web.books import Books
from oms_edi.web.finder import Finder
from oms_edi.web.gate import Gate
from oms_edi.web.kept import Kept
from oms_edi.web.source import Source
from oms_edi.web.told import Teller
from oms_edi.web.view import View


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
