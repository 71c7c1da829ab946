"""`items`, `prices`, `customers`: what the book knows, and imports of more from CSV."""

from datetime import datetime
from pathlib import Path

import click

from oms_edi.cli.context import (
    Context,
    json_option,
    limit_option,
    now_option,
    pass_context,
    who_options,
)
from oms_edi.cli.imports import import_items, import_options, import_prices, report
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.domain.counted import counted
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.pipeline.master import import_customers as act
from oms_edi.pipeline.master.refer import count_unit, refer
from oms_edi.pipeline.orders.terms import customers_told, places_told
from oms_edi.store import catalog


@click.group()
def items() -> None:
    """Items, their units and the ways others name them."""


@click.group()
def prices() -> None:
    """Prices, and in which quantities an item is sold."""


@click.group()
def customers() -> None:
    """Terms and ship-tos of customers that change more often than their mappings."""


@items.command("list")
@click.argument("words", nargs=-1)
@limit_option
@json_option
@pass_context
def list_items(context: Context, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List the items whose number or description holds all of WORDS, or all items."""
    found = catalog.search_items(context.attach(), " ".join(words), limit=limit)
    rows = [
        {
            "item": item.item,
            "description": item.description,
            "unit": item.unit,
            "pack": item.pack,
            "weight_g": item.weight_g,
            "units": " ".join(f"{unit}={n}" for unit, n in sorted(item.units.items())),
            "needs": " ".join(item.needs),
        }
        for item in found
    ]
    _show(rows, as_json, empty="no such item")


@prices.command("list")
@click.argument("item", required=False)
@click.option("--customer", help="Only what this customer pays, and what everyone does.")
@json_option
@pass_context
def list_prices(context: Context, item: str | None, customer: str | None, as_json: bool) -> None:
    """List prices of one base unit, of ITEM or of all; a customer's own go before list prices."""
    rows: list[dict[str, object]] = [
        {
            "item": number,
            "customer": partner or "everyone",
            "price": terms.price,
            "at least": terms.minimum or "",
            "by": terms.multiple or "",
        }
        for (partner, number), terms in catalog.sale_terms(context.attach()).items()
        if (item is None or number == item) and (customer is None or partner in ("", customer))
    ]
    _show(sorted(rows, key=lambda row: str(row["item"])), as_json, empty="no prices")


@customers.command("list")
@json_option
@pass_context
def list_customers(context: Context, as_json: bool) -> None:
    """List customers with the terms in force, what they owe, have open and may still order."""
    _show(list(customers_told(context.step())), as_json, empty="no customers")


@customers.command("places")
@click.argument("customer")
@json_option
@pass_context
def list_places(context: Context, customer: str, as_json: bool) -> None:
    """List the ship-tos of CUSTOMER by their codes."""
    _show(list(places_told(context.step(), customer)), as_json, empty="no places")


def _show(rows: list[dict[str, object]], as_json: bool, *, empty: str) -> None:
    if as_json:
        return emit_json(rows)
    headers = tuple(rows[0]) if rows else ()
    emit_table(headers, [tuple(row.values()) for row in rows], empty=empty)
    return None


@customers.command("import")
@import_options
@pass_context
def import_customers(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import terms of customers from FILE (CSV).

    Columns: partner; optional tier, credit_limit, balance, minimum, approval_above, contact. An
    empty value is as the mapping says, none is no limit. Orders that waited for it go on.
    """
    step = context.step(now=now, make=True)
    done = act.import_customers(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)


@customers.command("import-places")
@import_options
@pass_context
def import_places(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import ship-tos of customers from FILE (CSV).

    Columns: partner, code, name, postal_code; optional street, city, state, country. Orders that
    waited for it go on.
    """
    step = context.step(now=now, make=True)
    done = act.import_places(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)


@items.command("refer")
@click.argument("partner")
@click.argument("qualifier")
@click.argument("code")
@click.argument("item")
@who_options
@now_option
@pass_context
def refer_item(
    context: Context,
    partner: str,
    qualifier: str,
    code: str,
    item: str,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Note that PARTNER calls ITEM so: QUALIFIER and CODE as in its orders, such as IN 4711.

    Lines that waited for it go on. Many at once come as a file (items import).
    """
    step = context.step(now=now)
    cured = refer(step, partner, qualifier, code, item, actor=by, reason=reason)
    meaning = f"{clean(partner)} means {item} by {qualifier} {clean(code)}"
    click.echo(f"{meaning}; {counted(cured, 'line')} went on")


@items.command("unit")
@click.argument("item")
@click.argument("unit")
@click.argument("units", type=click.IntRange(min=1, max=MAX_QUANTITY))
@who_options
@now_option
@pass_context
def unit_of_item(
    context: Context,
    item: str,
    unit: str,
    units: int,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Note that one UNIT of ITEM holds so many base UNITS; lines that waited for it go on."""
    step = context.step(now=now)
    cured = count_unit(step, item, unit, units, actor=by, reason=reason)
    click.echo(f"one {unit} of {item} is {units}; {counted(cured, 'line')} went on")


items.add_command(import_items, "import")
prices.add_command(import_prices, "import")
