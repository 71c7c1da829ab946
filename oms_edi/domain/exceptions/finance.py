"""Exceptions of the queue `finance`: prices, credit, limits."""

from oms_edi.domain.exceptions.kind import Kind, Queue, Severity, Units

KINDS = (
    Kind(
        name="price",
        queue=Queue.FINANCE,
        severity=Severity.WARNING,
        meaning="hold: their price is not ours, beyond the tolerance",
        cure="import the price, or release to accept theirs",
        acts=(
            "import-prices FILE",
            "release $order --kind price --reason WHY",
            "cancel $order --reason WHY",
        ),
        closes="when the hold ends, also by an import of prices",
        units=Units.OPEN,
    ),
    Kind(
        name="credit",
        queue=Queue.FINANCE,
        severity=Severity.WARNING,
        meaning="hold: the customer would owe more than its credit limit",
        cure="import a higher limit or a lower balance, or release",
        acts=(
            "customers import FILE",
            "release $order --kind credit --reason WHY",
            "cancel $order --reason WHY",
        ),
        closes="when the hold ends, also by an import, or as other orders are cancelled",
        units=Units.OPEN,
    ),
    Kind(
        name="approval",
        queue=Queue.FINANCE,
        severity=Severity.WARNING,
        meaning="hold: the order is worth more than goes on without a person",
        cure="look at it, then release or cancel",
        acts=("release $order --kind approval --reason WHY", "cancel $order --reason WHY"),
        closes="when the hold ends, also by an import of customers or a change of the order",
        units=Units.OPEN,
    ),
    Kind(
        name="minimum",
        queue=Queue.FINANCE,
        severity=Severity.WARNING,
        meaning="hold: the order is worth less than we ship",
        cure="ask the customer for more, release it all the same, or cancel",
        acts=("release $order --kind minimum --reason WHY", "cancel $order --reason WHY"),
        closes="when the hold ends, also by an import of customers or a change of the order",
        units=Units.OPEN,
    ),
)
