"""Exceptions of the queue `system`: this program and the machine under it."""

from oms_edi.domain.exceptions.kind import Kind, Queue, Severity

KINDS = (
    Kind(
        name="delivery_failed",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="a partner's outbox folder cannot be written",
        cure="make its outbox folder writable; every run tries again",
        closes="with the next delivery",
    ),
    Kind(
        name="delivery_stuck",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="a foreign file has our file's name in the outbox",
        cure="move the other file away; the next run delivers",
        closes="with the delivery",
    ),
)
