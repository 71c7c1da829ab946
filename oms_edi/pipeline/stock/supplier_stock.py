"""Stock of suppliers who do not tell it: so many units of each item they carry are assumed.

A shipment is made up for at once. What a supplier refuses is not offered again before its items
are imported anew, or it tells its stock after all. Suppliers who tell it are counted like any node.
"""

from oms_edi.config.node import NodeSettings
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.stock.take_back import take_back
from oms_edi.store import stock, unreleased
from oms_edi.store.stock import Movement
from oms_edi.store.supplier_items import all_supplier_items


def assume(step: Step) -> None:
    """Set what is assumed of every item suppliers carry, in the caller's transaction.

    What was assumed of one that is to tell its stock by now is gone until it does.
    """
    nodes = step.config.suppliers
    for one in all_supplier_items(step.connection) if nodes else ():
        for node in nodes:
            if one.partner != node.partner:
                continue
            if node.supplier.stock == "assumed":
                _set(step, node, one.item, node.supplier.assumed_units)
            elif not (level := stock.read_level(step.connection, one.item, node.id)).as_of:
                _set(step, node, one.item, level.reserved)


def give_up(step: Step, partner: str, item: str) -> None:
    """Offer nothing of an item a supplier does not carry any more; what it was told to ship stays.

    In the caller's transaction.
    """
    for node in step.config.suppliers:
        if node.partner == partner:
            kept = stock.read_level(step.connection, item, node.id).reserved
            kept -= sum(one.quantity for one in unreleased.at_node(step.connection, item, node.id))
            _set(step, node, item, kept)
            take_back(step, item, node.id, why=f"{partner} does not carry it any more")


def assume_again(step: Step, node: NodeSettings, item: str, units: int) -> None:
    """Make up for units a supplier shipped, where its stock is assumed."""
    if node.is_supplier and node.supplier.stock == "assumed":
        stock.receive(step.connection, _movement(step, node, item, units, "assumed again"))


def assume_no_more(step: Step, node: NodeSettings, item: str) -> None:
    """Offer nothing more of an item a supplier has just refused, where its stock is assumed."""
    if node.supplier.stock == "assumed":
        _set(step, node, item, stock.read_level(step.connection, item, node.id).reserved)


def _set(step: Step, node: NodeSettings, item: str, units: int) -> None:
    more = units - stock.read_level(step.connection, item, node.id).on_hand
    if more > 0:
        stock.receive(step.connection, _movement(step, node, item, more, "assumed"))
    elif more < 0:
        stock.book(step.connection, _movement(step, node, item, more, "not assumed any more"))


def _movement(step: Step, node: NodeSettings, item: str, units: int, note: str) -> Movement:
    return Movement(
        item=item, node=node.id, kind="adjustment", at=step.at, on_hand=units, note=note
    )
