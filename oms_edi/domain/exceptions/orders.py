"""Exceptions of the queue `orders`: what a customer ordered, changed, or waits for."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity, Units

_ENDS_HOLD = ("release $order --reason WHY", "cancel $order --reason WHY")
_BY_HOLD = "when the hold ends"

KINDS = (
    Kind(
        name="duplicate",
        queue=Queue.ORDERS,
        severity=Severity.WARNING,
        meaning="hold: the same PO came again with the same content, in another envelope",
        cure="release it if it is a second order, cancel it if not",
        acts=_ENDS_HOLD,
        closes=_BY_HOLD,
        units=Units.OPEN,
    ),
    Kind(
        name="amendment",
        queue=Queue.ORDERS,
        severity=Severity.WARNING,
        meaning="hold: the same PO with other content, or a change that is not applied by itself",
        cure="compare both orders; release this one, or cancel it",
        acts=_ENDS_HOLD,
        closes=_BY_HOLD,
        units=Units.OPEN,
    ),
    Kind(
        name="date",
        queue=Queue.ORDERS,
        severity=Severity.WARNING,
        meaning="hold: dates that cannot all be true, or the last day to ship has passed",
        cure="ask the customer for dates, then release or cancel",
        acts=_ENDS_HOLD,
        closes=_BY_HOLD,
        units=Units.OPEN,
    ),
    Kind(
        name="pack",
        queue=Queue.ORDERS,
        severity=Severity.WARNING,
        meaning="hold: less of an item than we sell at least, or no multiple of its pack",
        cure="ask the customer for whole packs, or release the line as it is",
        acts=("import-prices FILE", *_ENDS_HOLD),
        closes="when the hold ends, also by an import of items or prices",
        units=Units.OPEN,
    ),
    Kind(
        name="manual",
        queue=Queue.ORDERS,
        severity=Severity.WARNING,
        meaning="hold: a person said so",
        cure="release when the reason is gone",
        acts=_ENDS_HOLD,
        closes=_BY_HOLD,
        units=Units.OPEN,
    ),
    Kind(
        name="unknown_order",
        queue=Queue.ORDERS,
        severity=Severity.WARNING,
        meaning="a change or cancel of an order we do not have",
        cure="ask the partner which order is meant",
        acts=(RESOLVE,),
    ),
    Kind(
        name="warning",
        queue=Queue.ORDERS,
        severity=Severity.INFO,
        meaning="something about an order was odd, and it was taken as its mapping says",
        cure="nothing waits for it; resolve it when seen",
        acts=("order $order", RESOLVE),
    ),
    Kind(
        name="order_stuck",
        queue=Queue.ORDERS,
        severity=Severity.ERROR,
        meaning="a step failed for one order; the others went on",
        cure="correct the order, the mapping or the configuration; every run tries again",
        acts=("order $order", "cancel $order --reason WHY"),
        closes="when the step succeeds",
        units=Units.OPEN,
    ),
)
