"""The few acts a person needs about orders and stock: release, cancel, warehouse-said, ship-to."""

from datetime import datetime

import click

from oms_edi.cli.context import Context, now_option, pass_context, who_options
from oms_edi.domain.counted import counted
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.party import Party
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.shipping import hear_supplier
from oms_edi.pipeline.shipping import warehouse_said as said


@click.command()
@click.argument("order")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in HoldKind]),
    help="Only holds of this kind; default: all.",
)
@who_options
@now_option
@pass_context
def release(
    context: Context,
    order: str,
    kinds: tuple[str, ...],
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Release the holds of ORDER (PO or order number); the next run goes on with it."""
    step = context.step(now=now)
    for told in acts.release_holds(step, order, kinds=kinds, actor=by, reason=reason):
        click.echo(f"released {told}")


@click.command()
@click.argument("order")
@click.option("--line", help="Only this line, as the buyer numbers it.")
@who_options
@now_option
@pass_context
def hold(
    context: Context, order: str, line: str | None, by: str, reason: str, now: datetime | None
) -> None:
    """Hold ORDER until `release`; what a warehouse has already goes on."""
    order_id = acts.hold(context.step(now=now), order, buyer_line=line, actor=by, reason=reason)
    click.echo(f"{order_name(order_id)}{f' line {line}' if line else ''} is held")


@click.command()
@click.argument("order")
@click.option("--line", help="Only this line, as the buyer numbers it.")
@who_options
@now_option
@pass_context
def cancel(
    context: Context, order: str, line: str | None, by: str, reason: str, now: datetime | None
) -> None:
    """Cancel ORDER; its stock goes back on offer.

    What a warehouse has already it is asked to stop (940 F or R); its 945 decides, or what it says
    (warehouse-said). Nobody is told "cancelled" before.
    """
    step = context.step(now=now)
    order_id, left = acts.cancel(step, order, buyer_line=line, actor=by, reason=reason)
    click.echo(f"cancelled {order_name(order_id)}")
    if left:
        units = counted(left, "unit is", "units are")
        click.echo(f"{units} at a warehouse already; it is asked to stop what it can (see order)")


@click.command("warehouse-said")
@click.argument("shipment")
@click.argument("word", type=click.Choice(["agreed", "refused"]))
@who_options
@now_option
@pass_context
def warehouse_said(
    context: Context,
    shipment: str,
    word: said.Word,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Book what a warehouse says of a change of SHIPMENT (W0502) where it sends no 945 for it.

    agreed: it ships as asked; refused: it ships as it was told first. The customer is answered in
    the next run.
    """
    step = context.step(now=now)
    for told in said.warehouse_said(step, shipment, word, actor=by, reason=reason):
        click.echo(f"{shipment} {told}")


@click.command("supplier-said")
@click.argument("shipment")
@click.argument("word", type=click.Choice(["confirmed", "refused"]))
@who_options
@now_option
@pass_context
def supplier_said(
    context: Context,
    shipment: str,
    word: hear_supplier.Word,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Book what a supplier says of SHIPMENT, our PO number there, where it sends no 855.

    confirmed: it ships all it still owes; refused: it ships none of it, and the next run decides
    again where it comes from, or cancels what was cancelled meanwhile.
    """
    step = context.step(now=now)
    for told in hear_supplier.supplier_said(step, shipment, word, actor=by, reason=reason):
        click.echo(f"{shipment} {told}")


@click.command("ship-to")
@click.argument("order")
@click.option("--code", default="", help="The partner's code of a store in its mapping.")
@click.option("--name", default="", help="Who lives there.")
@click.option("--street", default="")
@click.option("--city", default="")
@click.option("--state", default="", help="Two letters.")
@click.option("--postal-code", default="")
@click.option("--country", default="US", show_default=True)
@click.option(
    "--number", default=1, show_default=True, help="Which ship-to of an order that has several."
)
@who_options
@now_option
@pass_context
def ship_to(
    context: Context,
    order: str,
    code: str,
    name: str,
    street: str,
    city: str,
    state: str,
    postal_code: str,
    country: str,
    number: int,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Say where ORDER goes, by store code or address; an address hold ends with it."""
    place = Party(
        role="ST",
        name=name,
        id_qualifier="92" if code else "",
        id_code=code,
        street=(street,) if street else (),
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
    )
    step = context.step(now=now)
    order_id = acts.ship_to(step, order, place, number=number, actor=by, reason=reason)
    click.echo(f"{order_name(order_id)} has its ship-to; the next run goes on with it")


@click.command()
@click.argument("item")
@click.argument("node")
@click.argument("units", type=click.IntRange(min=1, max=MAX_QUANTITY))
@who_options
@now_option
@pass_context
def receive(
    context: Context,
    item: str,
    node: str,
    units: int,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Book UNITS of ITEM that arrived at NODE; waiting orders are offered them next run."""
    level = acts.receive(context.step(now=now), item, node, units, actor=by, reason=reason)
    click.echo(
        f"{item} at {node}: {level.on_hand} on hand, {level.reserved} reserved, {level.free} free"
    )
