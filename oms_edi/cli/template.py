"""`template`: the order form for sales reps."""

from pathlib import Path

import click

from oms_edi.cli.context import Context, pass_context
from oms_edi.errors import Refused
from oms_edi.pipeline.master.template import order_form


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="order-form.xlsx")
@click.option("--customer", help="With this customer's prices and places.")
@click.option("--force", is_flag=True, help="Write over FILE if it is there.")
@pass_context
def template(context: Context, file: Path, customer: str | None, force: bool) -> None:
    """Write the order form to FILE (default: order-form.xlsx), to be filled in and dropped.

    With our items where there is an order book. A customer's mapping takes forms with
    `order_xlsx: {}`.
    """
    if file.exists() and not force:
        raise Refused(f"{file} is there already; --force writes over it")
    profile = context.partners.by_id(customer) if customer else None
    known = context.places.database.exists()
    file.write_bytes(order_form(context.step() if known else None, profile))
    click.echo(f"wrote {file}")
