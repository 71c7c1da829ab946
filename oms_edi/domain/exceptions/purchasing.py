"""Exceptions of the queue `purchasing`: what suppliers answer, ship, and charge."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity, Units

_REFUSED = "supplier-said SHIPMENT refused --reason WHY"

KINDS = (
    Kind(
        name="supplier_unanswered",
        queue=Queue.PURCHASING,
        severity=Severity.ERROR,
        meaning="a supplier did not answer all of an 850 by its 855 in time"
        " (`supplier.acknowledges_within_h`)",
        cure="call the supplier, and tell its answer at the order: confirmed, or refused, which"
        " has it decided again elsewhere",
        acts=("supplier-said SHIPMENT confirmed --reason WHY", _REFUSED, "order $order"),
        closes="with its 855, its 856, or what supplier-said says",
        units=Units.RELEASED,
        penalty="late_shipment",
    ),
    Kind(
        name="supplier_refused",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="a supplier does not ship all that was bought; the rest is decided again",
        cure="nothing, if another node has it; it is not offered more before its items or its stock"
        " come anew; resolve",
        acts=("trace $order LINE", "import-supplier-items FILE", RESOLVE),
    ),
    Kind(
        name="supplier_late",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="a supplier ships later than the customer asked for",
        cure="agree the new date with the customer, or have the supplier refuse it, and it is"
        " decided again",
        acts=("order $order", _REFUSED, RESOLVE),
        closes="with an earlier day, or when nothing of it is to come any more",
        units=Units.RELEASED,
        penalty="late_shipment",
    ),
    Kind(
        name="supplier_price",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="a supplier's 855 has a higher price than its 850"
        " (`supplier.price_tolerance_percent`); it ships all the same",
        cure="agree the price with the supplier; import its items if it is right; or have it stop",
        acts=("import-supplier-items FILE", _REFUSED, RESOLVE),
        closes="when a later 855 has a price within the tolerance",
    ),
    Kind(
        name="over_confirmed",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="a supplier confirms more than is bought of it, or what it refused before",
        cure="ask the supplier to ship what its 850 says, less what it refused; resolve",
        acts=("order $order", RESOLVE),
    ),
    Kind(
        name="unmatched_855",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="an 855 of an order or line we never bought, or bought elsewhere since",
        cure="ask the supplier what it means, and to ship nothing of it",
        acts=(RESOLVE,),
        closes="when the 855 comes again and fits",
    ),
    Kind(
        name="unmatched_856",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="an 856 of an order we never bought, or closed already",
        cure="ask the supplier what it shipped, and to whom; tell the customer",
        acts=(RESOLVE,),
        closes="when the 856 comes again and fits",
    ),
    Kind(
        name="unmatched_856_line",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="an 856 names an item or unit its 850 has not",
        cure="ask the supplier what it shipped; import its items if only the name is new",
        acts=("order $order", "import-supplier-items FILE", RESOLVE),
    ),
    Kind(
        name="repeated_856",
        queue=Queue.PURCHASING,
        severity=Severity.WARNING,
        meaning="the same 856 came again in a new envelope; it was not booked twice",
        cure="nothing, unless a second load left with the very same report: then ask for a new one",
        acts=(RESOLVE,),
    ),
)
