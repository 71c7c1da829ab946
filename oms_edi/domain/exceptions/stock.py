"""Exceptions of the queue `stock`: how much is where."""

from oms_edi.domain.exceptions.kind import RESOLVE, Kind, Queue, Severity, Units

KINDS = (
    Kind(
        name="backordered",
        queue=Queue.STOCK,
        severity=Severity.WARNING,
        meaning="lines wait for stock",
        cure="receive stock, or cancel the line",
        acts=("receive ITEM NODE UNITS --reason WHY", "cancel $order --line LINE --reason WHY"),
        closes="when stock is found for all of it",
        units=Units.WAITING,
    ),
    Kind(
        name="cut_short",
        queue=Queue.STOCK,
        severity=Severity.INFO,
        meaning="no stock, and the customer takes no backorders: the units were cancelled",
        cure="offer the customer another item or date; resolve it when done",
        acts=(RESOLVE,),
    ),
    Kind(
        name="oversold",
        queue=Queue.STOCK,
        severity=Severity.WARNING,
        meaning="an event left less at a node than is promised there",
        cure="find the missing document, or cancel a promise",
        acts=("stock ITEM", "receive ITEM NODE UNITS --reason WHY"),
        closes="with a count, receipt or shipment that suffices",
    ),
    Kind(
        name="unknown_node",
        queue=Queue.STOCK,
        severity=Severity.WARNING,
        meaning="a count of a node the partner does not run",
        cure="correct the node's partner in config.yaml, or ask the warehouse",
        acts=(RESOLVE,),
    ),
    Kind(
        name="count_from_the_future",
        queue=Queue.STOCK,
        severity=Severity.WARNING,
        meaning="a count is dated later than now, and was booked as of now",
        cure="correct the node's timezone in config.yaml, or ask the warehouse to set its clock",
        closes="with a count that is not",
    ),
)
