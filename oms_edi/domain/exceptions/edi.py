"""Exceptions of the queue `edi`: files, documents and their acknowledgments."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity, Units

_TELL = "tell the partner what is wrong; its corrected file is taken as new"

KINDS = (
    Kind(
        name="file_partly",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="something in a file was refused; the rest was taken",
        cure=_TELL,
        acts=("files", RESOLVE),
        closes="when the same file comes again and all of it is taken",
    ),
    Kind(
        name="file_rejected",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="nothing in a file was taken; the partner was told (997, TA1)",
        cure=_TELL,
        acts=("files", RESOLVE),
        closes="when the same file comes again and all of it is taken",
    ),
    Kind(
        name="file_quarantined",
        queue=Queue.EDI,
        severity=Severity.ERROR,
        meaning="a file could not be read, or nobody knows whose it is",
        cure="see the file; release it once the mapping is corrected, or tell the"
        " partner and discard it",
        acts=(
            "quarantine list",
            "quarantine release FILE --reason WHY",
            "quarantine discard FILE --reason WHY",
        ),
        closes="when it is released or discarded, or the same file comes again and all is taken",
    ),
    Kind(
        name="document_rejected",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="a partner's 997, 999 or TA1 rejects what we sent",
        cure="read it, correct the mapping, send the documents again",
        acts=("acks --partner $partner", "reissue $partner FILE --reason WHY", RESOLVE),
        penalty="bad_document",
    ),
    Kind(
        name="unmatched_997",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="a partner answers what we never sent",
        cure="ask the partner",
        acts=("acks --partner $partner", RESOLVE),
    ),
    Kind(
        name="answer_changed",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="a partner's second verdict on a document differs from its first, which stands",
        cure="ask the partner which one counts",
        acts=("acks --partner $partner", RESOLVE),
    ),
    Kind(
        name="ack_overdue",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="a partner has not answered a file with a 997 in time"
        " (`x12.acknowledged_within_h`)",
        cure="ask the partner whether it arrived; it closes with their 997",
        acts=("acks --partner $partner",),
        closes="with the 997",
    ),
    Kind(
        name="document_refused",
        queue=Queue.EDI,
        severity=Severity.ERROR,
        meaning="our own guide refuses a document of ours; no number was drawn",
        cure="correct the order, the mapping or the configuration; every run tries again",
        acts=("order $order",),
        closes="when it can be written",
        units=Units.OPEN,
    ),
    Kind(
        name="answer_overdue",
        queue=Queue.EDI,
        severity=Severity.ERROR,
        meaning="an order is not answered by an 855 in time (`orders.answer_within_h`)",
        cure="correct what the timeline of the order names; every run tries again",
        acts=("order $order",),
        closes="with the 855",
        units=Units.OPEN,
        penalty="late_855",
    ),
    Kind(
        name="silence",
        queue=Queue.EDI,
        severity=Severity.WARNING,
        meaning="a partner sends fewer files than usual at this hour, or none for twice its longest"
        " gap (`watch.silence`)",
        cure="ask the partner whether its transfer runs",
        acts=("files", RESOLVE),
        closes="when files come as usual",
    ),
)
