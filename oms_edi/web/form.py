"""A form that is sent: read no further than who sends it may be believed, and as UTF-8 only.

The framework reads it where all requests are taken in, decodes parts by whatever
codec the sender names, and knows of no visitor; some codecs need minutes for a megabyte.
"""

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from oms_edi.domain.role import Role
from oms_edi.errors import OmsError
from oms_edi.web.site import WebSite

_FIELDS, _FILES = 2000, 4
#: Bytes that are read of anybody: a log-in, or any form somebody filled in by hand.
_ANYBODY_BYTES = 64_000
#: What browsers send, and nothing more.
_KIND = re.compile(
    r"application/x-www-form-urlencoded(; ?charset=utf-8)?"
    r"|multipart/form-data; ?boundary=\"?[0-9A-Za-z'()+_,./:=?-]{1,70}\"?",
    re.IGNORECASE,
)


async def read_form(request: Request, site: WebSite, role: Role) -> FormData:
    """Read the form of a page that needs this role.

    Raises:
        HTTPException: it is none of ours, too large, or too large for who sends it.
    """
    limit = site.source.settings()[0].web.max_form_bytes
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411, "Say how long the form is.")
    if not _KIND.fullmatch(request.headers.get("content-type", "")):
        raise HTTPException(415, "This is no form of ours.")
    if int(length) > limit:
        raise HTTPException(413, f"A form or file may have {limit:,} bytes here.")
    if int(length) > _ANYBODY_BYTES and not await run_in_threadpool(_may, request, site, role):
        raise HTTPException(403, "So much is read of who may send it: log in first.")
    return await request.form(max_fields=_FIELDS, max_files=_FILES)


def _may(request: Request, site: WebSite, role: Role) -> bool:
    """True if a user asks who may what the page does."""
    try:
        visitor = site.gate.visitor(request, site.source.settings()[0], site.clock())
    except OmsError:
        return False
    return bool(visitor.name) and visitor.may(role)
