"""What an act has to say on the page it leads to: kept for one page in a signed cookie."""

import secrets
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

_COOKIE = "oms_told"
#: Seconds after which nobody wants to know any more.
_MAX_AGE_S = 60
#: Characters told; cookies are small.
_LIMIT = 1000


class Told(NamedTuple):
    """A sentence about what was done, or why it was not."""

    text: str
    is_fault: bool


class Teller:
    """Writes and reads it; the key lives as long as the process."""

    def __init__(self) -> None:
        self._signer = URLSafeTimedSerializer(secrets.token_bytes(32), salt="told")

    def put(self, response: Response, told: Told, *, is_secure: bool) -> None:
        """Tell it on the next page."""
        value = self._signer.dumps([told.text[:_LIMIT], told.is_fault])
        response.set_cookie(
            _COOKIE,
            str(value),
            max_age=_MAX_AGE_S,
            httponly=True,
            samesite="strict",
            secure=is_secure,
            path="/",
        )

    def take(self, request: Request) -> Told | None:
        """Return what is to be told."""
        value = request.cookies.get(_COOKIE)
        if not value:
            return None
        try:
            text, is_fault = self._signer.loads(value, max_age=_MAX_AGE_S)
        except (BadSignature, ValueError):
            return None
        return Told(text, is_fault)

    @staticmethod
    def forget(response: Response) -> None:
        """Have it told once only."""
        response.delete_cookie(_COOKIE, path="/", httponly=True, samesite="strict")
