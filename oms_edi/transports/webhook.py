"""One POST of JSON, signed: HMAC-SHA256 of time, a dot and the body, under a shared key.

`X-OMS-Timestamp` is part of what is signed, so that an old call cannot be played again;
`X-OMS-Key` is the same for the same news, or the same event.
"""

import hashlib
import hmac
import json
from datetime import datetime

from oms_edi.config.notify import Webhook
from oms_edi.domain.message_out import Message
from oms_edi.partners.webhook import WebhookSettings
from oms_edi.transports.call import post


def send(settings: Webhook, message: Message, *, secret: str) -> None:
    """Send one message to people of ours; their server has taken it when this returns.

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
    post(
        settings.url,
        body,
        _headers_of(body, key=message.key, at=message.at, secret=secret),
        ca_file=settings.ca_file,
        timeout_s=settings.timeout_s,
        is_private_allowed=True,  # the administrator's own address, not a partner's
    )


def call(
    settings: WebhookSettings, body: bytes, *, event_id: str, at: datetime, secret: str
) -> None:
    """Tell a partner's server of one event; it has taken it when this returns.

    Raises:
        TransientError: it has not, with what the server or the network said.
        NotBefore: it has not, and says when to try again.
        EndpointGone: it says that nobody takes anything there any more.
        EndpointRefused: its address is none we may call.
    """
    post(
        settings.url,
        body,
        _headers_of(body, key=event_id, at=at, secret=secret),
        ca_file=settings.ca_file,
        timeout_s=settings.timeout_s,
        is_private_allowed=settings.private,
    )


def _headers_of(body: bytes, *, key: str, at: datetime, secret: str) -> dict[str, str]:
    """Return the headers of a call; without a secret it is not signed."""
    stamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "oms-edi",
        "X-OMS-Key": key,
        "X-OMS-Timestamp": stamp,
    }
    if secret:
        headers["X-OMS-Signature"] = f"sha256={signature(secret, stamp, body)}"
    return headers


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a call, in hex."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
