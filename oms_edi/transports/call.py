"""One POST over HTTP or HTTPS: to an address that may be reached, no redirect, within its time.

The name is resolved once; what is connected to is one of the addresses that were looked at, so a
name that answers differently the second time leads nowhere else. TLS is verified against the name.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from oms_edi.errors import EndpointGone, EndpointRefused, NotBefore, TransientError
from oms_edi.transports.reach import addresses_of, reach
from oms_edi.transports.retry_after import retry_after_s

_READ_BYTES = 1024
#: Answers of a server, each within its timeout, that a call takes at most.
_ANSWERS = 3
#: Answers whose `Retry-After` is heeded.
_SAY_WHEN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
#: IPv4 behind a translator (RFC 6052); what it leads to decides.
_NAT64 = IPv6Network("64:ff9b::/96")
#: All there is of the public network in IPv6; the rest is private, local, or nothing yet.
_GLOBAL = IPv6Network("2000::/3")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    ca_file: str,
    timeout_s: float,
    is_private_allowed: bool,
) -> None:
    """Send one call; their server has taken it (2xx) when this returns.

    Raises:
        TransientError: it has not, with what the server or the network said.
        NotBefore: it has not, and says when to try again.
        EndpointGone: it says that nobody takes anything there any more.
        EndpointRefused: its address is none we may call.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        raw = _reach(host, port, timeout_s=timeout_s, is_private_allowed=is_private_allowed)
        with closing(raw):
            is_late = threading.Event()
            late = threading.Timer(timeout_s * _ANSWERS, _give_up, [raw, is_late])
            late.start()
            try:
                connection = _connection(parts.scheme, host, parts.port, raw, ca_file=ca_file)
                with closing(connection):
                    connection.request("POST", path, body=body, headers=dict(headers))
                    response = connection.getresponse()
                    response.read(_READ_BYTES)
            finally:
                late.cancel()
    except (http.client.HTTPException, OSError) as error:
        raise TransientError(f"{host}: {error or type(error).__name__}") from error
    if is_late.is_set():
        raise TransientError(f"{host} did not answer within {timeout_s * _ANSWERS:g} s")
    _check(host, response)


def _check(host: str, response: http.client.HTTPResponse) -> None:
    """Have what is not taken end in what its server says of another try."""
    if 200 <= response.status < 300:
        return
    told = f"{host} answered {response.status} {response.reason}"
    if response.status == HTTPStatus.GONE:
        raise EndpointGone(told)
    if response.status in _SAY_WHEN:
        asked = response.getheader("Retry-After", "")
        after_s = retry_after_s(asked, date=response.getheader("Date", ""))
        if after_s:
            raise NotBefore(f"{told}, and not to be asked for {after_s:.0f} s", after_s=after_s)
    raise TransientError(told)


def _reach(host: str, port: int, *, timeout_s: float, is_private_allowed: bool) -> socket.socket:
    """Return a connection to the first address that answers, of those we may call."""
    addresses = addresses_of(host, port)
    allowed = [one for one in addresses if is_private_allowed or is_public(one)]
    if not allowed:
        raise EndpointRefused(
            f"{host} is {', '.join(addresses)}, no address of the public network; `private: true`"
            " in its webhook allows that"
        )
    return reach(allowed, port, timeout_s=timeout_s)


def is_public(address: str) -> bool:
    """True for an address of the public network, whatever it is wrapped in."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ip_address(int(ip) & 0xFFFF_FFFF)  # type: ignore[assignment]
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL:
            return False
    return ip.is_global and not ip.is_multicast


def _connection(
    scheme: str, host: str, port: int | None, raw: socket.socket, *, ca_file: str
) -> http.client.HTTPConnection:
    """Return a connection that is made already; TLS is verified here."""
    if scheme == "http":
        connection = http.client.HTTPConnection(host, port)
        connection.sock = raw
        return connection
    context = ssl.create_default_context(cafile=ca_file or None)
    connection = http.client.HTTPSConnection(host, port, context=context)
    connection.sock = context.wrap_socket(raw, server_hostname=host)
    return connection


def _give_up(raw: socket.socket, is_late: threading.Event) -> None:
    """End a call whose server sends a byte now and then, for ever."""
    is_late.set()
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
