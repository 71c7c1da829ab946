"""What reverse proxies say of who asks: believed from those that are named, from nobody else."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"


class Proxied:
    """Sets client and scheme as a trusted proxy says; takes its headers away from others.

    Of X-Forwarded-For the last address counts that is no proxy of ours: what stands before it,
    anybody may have written.
    """

    def __init__(self, app: ASGIApp, *, proxies: Iterable[str], sso_header: str) -> None:
        self._app = app
        self._networks = [ip_network(proxy) for proxy in proxies]
        self._sso = sso_header.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is true."""
        if scope["type"] == "http":
            scope = self._as_told(scope)
        await self._app(scope, receive, send)

    def _as_told(self, scope: Scope) -> Scope:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        peer, port = scope.get("client") or ("", 0)
        is_trusted = _is_in(peer, self._networks)
        names = [value for name, value in headers if name == self._sso]
        if self._sso and (not is_trusted or len(names) != 1):
            headers = [(name, value) for name, value in headers if name != self._sso]
        told = dict(scope) | {"headers": headers}
        if not is_trusted:
            return told
        hops = b",".join(value for name, value in headers if name == _FOR).decode("latin-1")
        for hop in reversed([hop.strip() for hop in hops.split(",") if hop.strip()]):
            told["client"] = (hop[:64], port)
            if not _is_in(hop, self._networks):
                break
        protos = [value for name, value in headers if name == _PROTO]
        if protos in ([b"http"], [b"https"]):
            told["scheme"] = protos[0].decode()
        return told


def _is_in(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
