"""`stock`, `shares`: what there is, and who got how much of what was short."""

import click

from oms_edi.cli.context import Context, json_option, limit_option, pass_context
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.errors import NotFound
from oms_edi.store import queries
from oms_edi.store.catalog import Catalog


@click.command()
@click.argument("item", required=False)
@click.option("--node", help="Only at this node.")
@click.option("--ledger", is_flag=True, help="Every movement of the item instead.")
@json_option
@pass_context
def stock(
    context: Context, item: str | None, node: str | None, ledger: bool, as_json: bool
) -> None:
    """Show stock by item and node, or the ledger of one item."""
    connection = context.attach()
    if item and Catalog(connection).item(item) is None:
        raise NotFound(f"no item {item}")
    if node and context.config.node(node) is None:
        raise NotFound(f"no node {node}; there are {', '.join(n.id for n in context.config.nodes)}")
    if ledger:
        if item is None:
            raise click.UsageError("--ledger needs an ITEM")
        found = queries.ledger(connection, item)
        headers = ("at", "node", "kind", "on_hand_delta", "reserved_delta", "line_id", "note")
    else:
        found = queries.stock(connection, item=item, node=node)
        headers = ("item", "node", "on_hand", "reserved", "free", "oversold", "as_of")
    if as_json:
        return emit_json(found)
    emit_table(headers, [[row[name] for name in headers] for row in found], empty="no stock")
    return None


@click.command()
@click.argument("item", required=False)
@limit_option
@json_option
@pass_context
def shares(context: Context, item: str | None, limit: int, as_json: bool) -> None:
    """Say how scarce stock was shared: who asked, who got, by which rule; of ITEM, or of all."""
    found = queries.shares(context.attach(), item=item, limit=limit)
    if as_json:
        return emit_json(found)
    for row in found:
        kept = "".join(f", {one['units']} kept for {one['pool']}" for one in row["kept"])
        title = f"{row['at']}  {row['item']}: {row['supply']} free{kept}, shared by {row['method']}"
        click.secho(clean(title), bold=True)
        emit_table(
            ("customer", "tier", "weight", "lines", "asked", "got"),
            [tuple(claim.values()) for claim in row["claims"]],
        )
        click.echo()
    if not found:
        click.echo("nothing was short so far")
    return None
