"""What a program reads when something cannot be done: application/problem+json (RFC 9457)."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from oms_edi.domain.counted import counted
from oms_edi.domain.issue import Issue
from oms_edi.errors import (
    InternalFault,
    KeyUsed,
    NotFound,
    NotThisDocument,
    OmsError,
    Refused,
    StopDaemon,
    TransientError,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
#: What a status is called, and its short name at the end of `type`.
TITLES = {
    400: ("not-read", "This is no request we read"),
    401: ("no-key", "Show a key that is in force"),
    403: ("not-allowed", "This key may not do that"),
    404: ("not-found", "There is no such thing"),
    405: ("not-found", "There is no such thing"),
    409: ("refused", "This cannot be done any more"),
    411: ("no-length", "Say how long the body is"),
    413: ("too-large", "This is too large"),
    415: ("not-json", "Send application/json"),
    422: ("not-valid", "Something in it is not valid"),
    429: ("too-many", "These are too many calls"),
    500: ("failed", "Something went wrong here"),
    503: ("not-now", "Not now; try again"),
}
_KEY_USED = ("key-used", "This idempotency key was used for another request")
#: It may have gone wrong after the order was in the book.
_FAILED = "the log here has it; ask again with the same key: what was done is not done twice"
#: Seconds after which trying again makes sense.
_AGAIN_S = 2


class Problem(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


def problem(
    status: int,
    detail: str,
    *,
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    kind: tuple[str, str] | None = None,
) -> JSONResponse:
    """Return an answer that says what is wrong, and with which field."""
    name, title = kind or TITLES.get(status, TITLES[500])
    body: dict[str, Any] = {
        "type": f"urn:oms-edi:problem:{name}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    told = list(errors)
    if told:
        body["errors"] = told
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


def faulty(errors: Sequence[Mapping[str, str]]) -> JSONResponse:
    """Return an answer to a body that is no such document."""
    count = counted(len(errors), "fault")
    return problem(422, f"{count} in the body; nothing was changed", errors=errors)


def told(issue: Issue) -> dict[str, str]:
    """Return a fault of a body: where, as a JSON pointer, and what."""
    return {"in": "body", "pointer": issue.place, "detail": issue.message}


def handle(app: FastAPI) -> None:
    """Have every way to fail end in a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(OmsError, _refused)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, _crashed)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error.status, error.detail, errors=error.errors, headers=error.headers)


def _refused(request: Request, error: Exception) -> Response:
    """Say what an error of ours means for a program."""
    match error:
        case NotThisDocument():
            return faulty([told(issue) for issue in error.issues])
        case KeyUsed():
            return problem(422, str(error), kind=_KEY_USED)
        case NotFound():
            return problem(404, str(error))
        case Refused():
            return problem(409, str(error))
        case InternalFault() | StopDaemon():
            log.error("api.failed path=%s reason=%s", request.url.path, error)
            return problem(500, _FAILED)
        case TransientError():
            return problem(503, "somebody else is writing", headers={"Retry-After": f"{_AGAIN_S}"})
    log.error("api.failed path=%s reason=%s", request.url.path, error)
    return problem(503, "the service is not ready", headers={"Retry-After": "60"})


def _not_valid(request: Request, error: Exception) -> Response:
    """Name the parameters that are wrong; their values are not repeated."""
    assert isinstance(error, RequestValidationError)
    errors = []
    for one in error.errors():
        where, *path = (str(part) for part in one["loc"])
        errors.append({"in": where, "name": ".".join(path), "detail": str(one["msg"])})
    return problem(422, "a parameter is not valid", errors=errors)


def plain(request: Request, error: Exception) -> Response:
    """Say that a call is none of ours."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), headers=error.headers)


def _gone(request: Request, error: Exception) -> Response:
    return problem(400, "the body was not sent to its end")


def _crashed(request: Request, error: Exception) -> Response:
    return problem(500, _FAILED)
