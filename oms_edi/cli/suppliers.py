"""`suppliers`: what they sell us, and what of our 850s is still to come."""

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.imports import import_supplier_items
from oms_edi.cli.output import emit_json, emit_table
from oms_edi.domain.lifecycle import order_name
from oms_edi.store import purchases, supplier_items


@click.group()
def suppliers() -> None:
    """Suppliers that ship to customers themselves: what they sell, what they owe."""


suppliers.add_command(import_supplier_items, "import")


@suppliers.command("list")
@click.argument("item", required=False)
@json_option
@pass_context
def list_items(context: Context, item: str | None, as_json: bool) -> None:
    """List what suppliers sell, ITEM or all of it, with cost and quantities of a base unit."""
    rows = [
        {
            "supplier": one.partner,
            "item": one.item,
            "supplier_item": one.supplier_item,
            "cost": one.cost,
            "minimum": one.minimum,
            "multiple": one.multiple,
        }
        for one in supplier_items.all_supplier_items(context.attach())
        if item in (None, one.item, one.supplier_item)
    ]
    _show(rows, as_json, empty="no supplier sells it")


@suppliers.command("open")
@json_option
@pass_context
def list_open(context: Context, as_json: bool) -> None:
    """List the 850s of which something is to come, the first due first."""
    step = context.step()
    nodes = {node.id: node.partner for node in step.config.suppliers}
    rows = [
        {
            "number": one.depositor_order,
            "supplier": nodes[one.node],
            "order": order_name(one.order_id),
            "po_number": one.po_number,
            "sent": one.released_at,
            "ships": one.ship_on or "",
            "units": one.units,
            "confirmed": one.confirmed,
            "shipped": one.shipped,
        }
        for one in purchases.open_purchases(step.connection, sorted(nodes))
    ]
    _show(rows, as_json, empty="suppliers owe nothing")


def _show(rows: list[dict[str, object]], as_json: bool, *, empty: str) -> None:
    if as_json:
        return emit_json(rows)
    names = list(rows[0]) if rows else []
    emit_table(
        [name.replace("_", " ") for name in names],
        [tuple(row.values()) for row in rows],
        empty=empty,
    )
    return None
