"""One POST of JSON, signed: HMAC-SHA256 of time, a dot and the body, under a shared key.

`X-OMS-Timestamp` is part of what is signed, so that an old call cannot be played again;
`X-OMS-Key` is the same for the same news. Redirects are not followed: they could lead inside.
"""

import hashlib
import hmac
import http.client
import json
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from oms_edi.config.notify import Webhook
from oms_edi.domain.message_out import Message
from oms_edi.errors import TransientError

_READ_BYTES = 1024


def send(settings: Webhook, message: Message, *, secret: str) -> None:
    """Send one message; their server has taken it (2xx) when this returns.

    Raises:
        TransientError: it has not, with what the server or the network said.
    """
    body = json.dumps(
        {
            "key": message.key,
            "subject": message.subject,
            "text": message.text,
            "exceptions": message.exceptions,
        },
        ensure_ascii=False,
    ).encode()
    stamp = str(int(message.at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "oms-edi",
        "X-OMS-Key": message.key,
        "X-OMS-Timestamp": stamp,
    }
    if secret:
        headers["X-OMS-Signature"] = f"sha256={signature(secret, stamp, body)}"
    parts = urlsplit(settings.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(_connect(settings)) as connection:
            connection.request("POST", path, body=body, headers=headers)
            response = connection.getresponse()
            response.read(_READ_BYTES)
    except (http.client.HTTPException, OSError) as error:
        raise TransientError(f"{parts.hostname}: {error or type(error).__name__}") from error
    if not 200 <= response.status < 300:
        raise TransientError(f"{parts.hostname} answered {response.status} {response.reason}")


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a call, in hex."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def _connect(settings: Webhook) -> http.client.HTTPConnection:
    parts = urlsplit(settings.url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=settings.timeout_s)
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    return http.client.HTTPSConnection(
        host, parts.port, timeout=settings.timeout_s, context=context
    )
