"""An http or https address in the settings: whole, and one that can be called."""

from urllib.parse import SplitResult, urlsplit

_LABEL = 63


def http_address(url: str) -> SplitResult:
    """Return the parts of an address.

    Raises:
        ValueError: it is none, or no request could be made of it.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("url is no http or https address")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(
            "url has blanks or letters beyond ASCII; write them as %20, a name as xn--"
        )
    labels = parts.hostname.removesuffix(".").split(".")
    if ":" not in parts.hostname and not all(0 < len(label) <= _LABEL for label in labels):
        raise ValueError(f"url: {parts.hostname} is no name of a server")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError("url: a port is a number from 1 to 65535")
    return parts
