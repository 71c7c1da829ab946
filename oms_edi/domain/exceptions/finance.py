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
)
