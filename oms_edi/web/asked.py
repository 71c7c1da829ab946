"""What is asked of a page: by whom, when, of which book; and the ways to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from sqlite3 import Connection, DatabaseError
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from oms_edi.config.config import Config
from oms_edi.errors import NotFound, OmsError, Refused
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.store.journal import last_entry
from oms_edi.web.gate import keep
from oms_edi.web.told import Told
from oms_edi.web.visitor import Visitor

if TYPE_CHECKING:
    from oms_edi.web.site import WebSite

T = TypeVar("T")

#: Rows a list shows at most.
PAGE_ROWS = 50
#: Characters of a value in a query or a plain field.
_FIELD = 4000
_REASON = 500


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, read as far as it goes."""

    request: Request
    site: "WebSite"
    visitor: Visitor
    config: Config
    partners: PartnerBook
    now: datetime
    form: FormData

    @property
    def connection(self) -> Connection:
        """The order book, to read: one state of it for the whole page.

        Raises:
            NotFound: there is none yet.
        """
        return self.site.books.reading(self.places.database)

    @property
    def places(self) -> Places:
        """The folders below `var/`."""
        return Places(var=self.config.folders.var)

    @property
    def path(self) -> Mapping[str, Any]:
        """What the path named, such as `{"order": "SO100001"}`."""
        return self.request.path_params

    @property
    def is_refresh(self) -> bool:
        """True if a page that is open asks for itself once more."""
        return self.request.headers.get("x-refresh") == "1"

    @property
    def here(self) -> str:
        """Return path and query of this page, for forms that lead back to it."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    @property
    def actor(self) -> str:
        """Who acts, for the timeline."""
        return self.visitor.name

    @property
    def reason(self) -> str:
        """Return why somebody acts.

        Raises:
            Refused: they do not say.
        """
        text = " ".join(self.text("reason").split())[:_REASON]
        if not text:
            raise Refused("Say why; it stands on the timeline.")
        return text

    def looking(self) -> Step:
        """Return the surroundings of a look: what reads like an act, and cannot write."""
        return Step(
            connection=self.connection, config=self.config, partners=self.partners, now=self.now
        )

    def step(self) -> Step:
        """Return the surroundings of one act."""
        return Step(
            connection=self.site.books.acting(self.places.database, now=self.now),
            config=self.config,
            partners=self.partners,
            now=self.now,
            memory=self.site.books.memory(),
            seen=self.number("seen"),
        )

    @cached_property
    def seen(self) -> int | None:
        """The newest entry of the journal on this page; its forms bring it along.

        So that one whose answer was lost, sent again, is not done twice.
        """
        if not self.visitor.name:
            return None
        try:
            return last_entry(self.connection)
        except (OmsError, DatabaseError):  # the page may be the one that says so
            return None

    def kept(self, name: str, make: Callable[[Connection], T]) -> T:
        """Return figures of the whole book, as of some seconds ago where they take long."""
        books, path = self.site.books, self.places.database
        return self.site.kept.get(name, lambda: make(books.reading(path)), let_go=books.let_go)

    def text(self, name: str, default: str = "") -> str:
        """Return a value of the form, else of the query, without blanks around it."""
        value = self.form.get(name)
        if not isinstance(value, str):
            value = self.request.query_params.get(name, default)
        return value.strip()[:_FIELD]

    def texts(self, name: str) -> list[str]:
        """Return every value of a field that may stand several times."""
        found = self.form.getlist(name) or self.request.query_params.getlist(name)
        return [value.strip()[:_FIELD] for value in found if isinstance(value, str)]

    def number(self, name: str) -> int | None:
        """Return a whole number from 0, None where none is given or it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None

    def numbered(self, name: str) -> int:
        """Return a whole number the path names.

        Raises:
            NotFound: it is none.
        """
        text = str(self.path[name])
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise NotFound(f"there is no {name} {text[:40]!r}")
        return int(text)

    def upload(self, name: str) -> tuple[str, bytes] | None:
        """Return name and bytes of an uploaded file, None where none was chosen."""
        value = self.form.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            return None
        return value.filename, value.file.read()

    def page(self, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a page, which also says what the act before it did."""
        told = None if self.is_refresh else self.site.told.take(self.request)
        html = self.site.view.render(template, asked=self, now=self.now, told=told, **values)
        response = HTMLResponse(html, status_code=status)
        keep(response, self.visitor, is_secure=self.is_secure)
        if told:
            self.site.told.forget(response)
        return response

    def go(
        self, path: str, *, told: str = "", is_fault: bool = False, session: str = ""
    ) -> Response:
        """Answer a form: what was done is told on the page it leads to.

        `session` is the token of one that begins; it replaces whatever the browser had.
        """
        response = RedirectResponse(path, status_code=303)
        if told:
            self.site.told.put(response, Told(told, is_fault), is_secure=self.is_secure)
        if session:
            begun = replace(self.visitor, session=session)
            keep(response, begun, is_secure=self.is_secure)
        return response

    @property
    def is_secure(self) -> bool:
        """True if it came by TLS, to us or to a proxy of ours."""
        return self.request.url.scheme == "https" or self.config.web.url.startswith("https:")

    @property
    def back(self) -> str:
        """Return the page the form stood on, as its field `back` says; never another site."""
        return local(self.text("back")) or "/"


def local(path: str) -> str:
    """Return a path of this site, "" for anything else: `//elsewhere`, `https:`, a line end."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours and "\\" not in path else ""
