"""Exceptions of the queue `system`: this program and the machine under it."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity

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
    Kind(
        name="disk_low",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="the disk of `folders.var` is nearly full, so no file is taken",
        cure="make room, or purge what is old; files wait in their inboxes",
        acts=("doctor",),
        closes="when there is room again",
    ),
    Kind(
        name="file_waits",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="the machine cannot read a file it has taken: a bad block, or too few handles",
        cure="see the log and the disk (dmesg); it is read again in every pass, the others go on",
        acts=("doctor",),
        closes="when it is read",
    ),
    Kind(
        name="endpoint_refused",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="a partner's SFTP server refuses us, or shows a host key that is not pinned",
        cure="correct what it names; it is tried again when the mapping changes, or in six hours",
        acts=("endpoint test $partner",),
        closes="with the next visit that gets in",
    ),
    Kind(
        name="endpoint_down",
        queue=Queue.SYSTEM,
        severity=Severity.WARNING,
        meaning="three visits in a row to a partner's SFTP server failed",
        cure="ask the partner whether their server runs; it is tried again by itself",
        acts=("endpoint test $partner",),
        closes="with the next visit that ends well",
    ),
    Kind(
        name="visit_failed",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="a fault of this program ended a visit to a partner's SFTP server",
        cure="report it with its traceback in the log; it is tried again by itself",
        acts=("endpoint test $partner",),
        closes="with the next visit that ends otherwise",
    ),
    Kind(
        name="remote_files_skipped",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="files on a partner's server have names, kinds or sizes we never take",
        cure="ask the partner to rename or remove them",
        closes="when they are gone from there",
    ),
    Kind(
        name="remote_not_removed",
        queue=Queue.SYSTEM,
        severity=Severity.WARNING,
        meaning="files we took may not be removed from a partner's server",
        cure="ask the partner to let us remove or move files; each is compared once a day and"
        " taken only once",
        closes="with the next visit that may",
    ),
    Kind(
        name="webhook_failed",
        queue=Queue.SYSTEM,
        severity=Severity.WARNING,
        meaning="a customer's server does not take the events of its orders (`webhook`), three"
        " times in a row, or its address is none we may call",
        cure="tell the customer what its server said, or correct `webhook` in its mapping; it is"
        " tried again by itself, and nothing is lost",
        acts=("documents --partner $partner --outgoing",),
        closes="with the next event it takes",
    ),
    Kind(
        name="webhook_gone",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="a customer's server answers 410 Gone: it is not called there any more, and its"
        " events wait",
        cure="ask the customer where its events go now and correct `webhook` in its mapping, or"
        " take it out; if they go there again, resolve this, and it is tried",
        acts=("webhook test $partner", RESOLVE),
        closes="with the next event it takes",
    ),
    Kind(
        name="delivery_overdue",
        queue=Queue.SYSTEM,
        severity=Severity.ERROR,
        meaning="files for a partner lie here for too long (`watch.delivery_within_h`)",
        cure="see what the log says of its folder or server; every run tries again",
        acts=("documents --partner $partner",),
        closes="when they are delivered",
    ),
)
