"""What holds for every answer, whatever page it is: whose host, which headers, from which site.

An ASGI middleware around everything that is served, the API and files of our own among them.
"""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing but files of our own; no script or style in a page; no frame around it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: Names under which a machine reaches itself.
_OWN = ("127.0.0.1", "localhost", "::1")
_NO_CACHE = "no-store"


class Guard:
    """Refuses what was not meant for us, and puts the headers on what was."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], is_tls: bool) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in (*_OWN, *hosts))
        self._headers: Mapping[str, str] = HEADERS | (
            {"Strict-Transport-Security": "max-age=31536000"} if is_tls else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", _NO_CACHE)
            await send(message)

        given = Headers(scope=scope)
        if "content-length" in given and "transfer-encoding" in given:
            # A proxy may believe the one and we the other; the rest would be a request of its own.
            refusal = PlainTextResponse(
                "Say in one way how long the body is.", 400, headers={"Connection": "close"}
            )
            await refusal(scope, receive, send_with_headers)
            return
        if _name(given.get("host", "")) not in self._hosts:
            refusal = PlainTextResponse(
                "This host name is not one of ours; see web.hosts in config.yaml.", status_code=421
            )
            await refusal(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _name(host: str) -> str:
    """Return a Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def is_from_elsewhere(headers: Headers) -> bool:
    """True if a browser says that another site sent this request."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    return origin.partition("://")[2].lower() != headers.get("host", "").lower()
