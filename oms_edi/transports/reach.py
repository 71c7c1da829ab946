"""Connect to a server of a partner, within one timeout whatever its name says.

A name is what its owner makes of it: thousands of addresses of which none answers would each take
the timeout, and a thread that takes hours for one connection looks like a daemon that hangs.
"""

import socket
from collections.abc import Sequence

#: Addresses of a name that are tried; each gets its part of the timeout.
_MOST = 4


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a name, each once, as the resolver puts them.

    Raises:
        OSError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host} is no name of a server") from error
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def reach(addresses: Sequence[str], port: int, *, timeout_s: float) -> socket.socket:
    """Return a connection to the first of the first addresses that answers; `timeout_s` for all.

    Raises:
        OSError: none does; what the last one said.
    """
    tried = addresses[:_MOST]
    problem: OSError = OSError("no address to connect to")
    for address in tried:
        try:
            found = socket.create_connection((address, port), timeout_s / len(tried))
        except OSError as error:
            problem = error
        else:
            found.settimeout(timeout_s)
            return found
    raise problem
