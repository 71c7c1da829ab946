"""Exceptions of the queue `master_data`: items, units and places nobody knows yet."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity, Units

KINDS = (
    Kind(
        name="item_unknown",
        queue=Queue.MASTER_DATA,
        severity=Severity.WARNING,
        meaning="hold: no cross-reference for any of the item ids of a line",
        cure="say which item of ours it is; every line that waits for it goes on",
        acts=("import-items FILE", "cancel $order --reason WHY"),
        closes="when the hold ends, also by an import or a changed mapping",
        units=Units.OPEN,
    ),
    Kind(
        name="unit",
        queue=Queue.MASTER_DATA,
        severity=Severity.WARNING,
        meaning="hold: the item does not come in this unit, or not in such a quantity",
        cure="say how many base units it holds; every line that waits for it goes on",
        acts=("import-items FILE", "cancel $order --reason WHY"),
        closes="when the hold ends, also by an import or a changed mapping",
        units=Units.OPEN,
    ),
    Kind(
        name="address",
        queue=Queue.MASTER_DATA,
        severity=Severity.WARNING,
        meaning="hold: the ship-to is unknown, or cannot be delivered to",
        cure="say where it goes, or import the store; it then goes on",
        acts=("ship-to $order --code STORE --reason WHY", "cancel $order --reason WHY"),
        closes="when the hold ends, also by an import or a changed mapping",
        units=Units.OPEN,
    ),
    Kind(
        name="unknown_stock_item",
        queue=Queue.MASTER_DATA,
        severity=Severity.WARNING,
        meaning="a count names an item or unit we do not know",
        cure="import the item or its cross-reference, then have the count sent again",
        acts=("import-items FILE", RESOLVE),
        closes="with a count that can be read",
    ),
)
