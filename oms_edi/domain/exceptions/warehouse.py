"""Exceptions of the queue `warehouse`: what a warehouse did, or did not do."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity, Units

KINDS = (
    Kind(
        name="short_shipped",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="a warehouse shipped less than its 940 asked for; the rest is decided again",
        cure="count the item there; the rest is routed elsewhere or waits",
        acts=("order $order", RESOLVE),
    ),
    Kind(
        name="over_shipped",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="a warehouse shipped more than its 940 asked for",
        cure="bill or recover them; stock was corrected",
        acts=("order $order", RESOLVE),
    ),
    Kind(
        name="unmatched_945",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="a 945 of a shipment we never ordered, or closed already",
        cure="ask the warehouse what it shipped; correct stock with import-stock",
        acts=("import-stock FILE", RESOLVE),
        closes="when the 945 comes again and fits",
    ),
    Kind(
        name="unmatched_945_line",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="a 945 names an item or unit its 940 has not",
        cure="ask the warehouse what it shipped",
        acts=("order $order", "import-stock FILE", RESOLVE),
    ),
    Kind(
        name="repeated_945",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="the same 945 came again in a new envelope; it was not booked twice",
        cure="nothing, unless a second load left with the very same report: then ask for a new one",
        acts=(RESOLVE,),
    ),
    Kind(
        name="shipment_overdue",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="the day of a 940 is over and no 945, or not the last, has come"
        " (`nodes.reports_within_h`)",
        cure="ask the warehouse what it did; it closes with the 945",
        acts=("order $order",),
        closes="with the last 945 of the shipment",
        units=Units.RELEASED,
        penalty="late_shipment",
    ),
    Kind(
        name="cancel_requested",
        queue=Queue.WAREHOUSE,
        severity=Severity.WARNING,
        meaning="what a warehouse has already was cancelled",
        cure="ask the warehouse to stop the units; what does not ship is cancelled by its 945",
        acts=("order $order",),
        closes="with its 945",
        units=Units.RELEASED,
    ),
)
