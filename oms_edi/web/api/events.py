"""What a customer's server is told, as webhooks of the OpenAPI document; nobody here answers them.

Which event is owed when is `pipeline.replies.report_status`, how often it is tried
`pipeline.delivery.calls`, how it is signed `transports.webhook`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header

from oms_edi.web.api.models import OrderEvent, TestEvent

#: Of the document only: it is mounted nowhere.
router = APIRouter(generate_unique_id_function=lambda route: route.name, tags=["webhooks"])

EventId = Annotated[
    str,
    Header(
        alias="X-OMS-Key",
        description="The `event` of the body: the same for each try of it. Take each once.",
        examples=["acme-000000042"],
    ),
]
SentAt = Annotated[
    int,
    Header(
        alias="X-OMS-Timestamp",
        ge=0,
        description="Seconds since 1970, of this try. Refuse what is minutes old: somebody plays it"
        " again.",
        examples=[1772463600],
    ),
]
Signature = Annotated[
    str,
    Header(
        alias="X-OMS-Signature",
        pattern="^sha256=[0-9a-f]{64}$",
        description="`sha256=` and, in hex, the HMAC-SHA256 of timestamp, a dot and the body as it"
        " came, under the key both have. Verify it before you read the body.",
    ),
]
_RETRY_AFTER = {
    "description": "Seconds, or a date; a day at most.",
    "schema": {"type": "string"},
    "example": "120",
}
_LATER: dict[str, Any] = {
    "description": "Not now: you are left alone for as long as `Retry-After` says, and the events"
    " after it wait. Without that header it is as for other answers.",
    "headers": {"Retry-After": _RETRY_AFTER},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    204: {"description": "Taken, as by any other 2xx; what a body says is not read."},
    410: {
        "description": "Nobody takes events here any more: you are not called again before people"
        " have talked, or your address is another one. Events wait."
    },
    429: _LATER,
    503: _LATER,
    "default": {
        "description": "Not taken: any other answer, a redirect too, or none in time. It is tried"
        " again, ever more seldom, up to an hour apart, for as long as it takes. The events after"
        " it wait."
    },
}
_TRIED_ONCE: dict[int | str, dict[str, Any]] = {
    204: _ANSWERS[204],
    "default": {"description": "Not taken: who tries it is told; it is not sent again."},
}


@router.post("order.status", status_code=204, responses=_ANSWERS)
def order_status(
    body: OrderEvent, event_id: EventId, sent_at: SentAt, signature: Signature
) -> None:
    """Tell your server how an order stands, when that is not what it was told last.

    Events come in their order, the next one when this one was taken. Where your answer was lost the
    same one comes again, with the same id and the same bytes, signed anew.
    """


@router.post("test", status_code=204, responses=_TRIED_ONCE)
def test_call(body: TestEvent, event_id: EventId, sent_at: SentAt, signature: Signature) -> None:
    """Try whether your server can be called; there is nothing to do."""
