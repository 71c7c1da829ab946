"""`orders new`: an order by phone, from flags or asked for step by step."""

import re
import tempfile
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from oms_edi.cli.context import Context, by_option, json_option, not_empty, now_option, pass_context
from oms_edi.cli.output import clean, emit_json, emit_table, heading
from oms_edi.cli.phone import ask_order
from oms_edi.pipeline.decisions.quote import QuotedLine
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake import new_order as phone

_LINE = re.compile(r"([^=@\s]+)=([0-9.]+)([A-Za-z]{2})?(?:@([0-9.]+))?")


class LineType(click.ParamType[dict[str, Any]]):
    """ITEM=QUANTITY with a unit and a price: HP-1001=24, HP-1001=2CA@10.80."""

    name = "item=qty[unit][@price]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """Read one line."""
        if isinstance(value, dict):
            return value
        match = _LINE.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is no ITEM=QUANTITY such as HP-1001=24 or HP-1001=2CA@10.80")
        item, quantity, unit, price = match.groups()
        told = {"item": item, "quantity": quantity, "unit": unit, "unit_price": price}
        return {key: text for key, text in told.items() if text is not None}


def _day(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is no day such as 2026-03-31") from error
    return value


@click.command("new")
@click.option("--customer", help="Its id, as in mappings/; without it everything is asked for.")
@click.option("--po", "po_number", help="The customer's order number; default: TEL- and a number.")
@click.option("--line", "lines", type=LineType(), multiple=True, help="HP-1001=2CA@10.80; several.")
@click.option("--ship-to", "code", help="The customer's code of the store.")
@click.option("--name", help="Or who it goes to.")
@click.option("--street")
@click.option("--city")
@click.option("--state", help="Two letters.")
@click.option("--postal-code")
@click.option("--deliver-by", callback=_day, help="It must arrive by then.")
@click.option("--ship-on", callback=_day, help="The day it must leave.")
@click.option("--not-before", callback=_day, help="It must not leave before.")
@click.option("--not-after", callback=_day, help="It must not leave later.")
@click.option("--cancel-after", callback=_day, help="Worthless after that day.")
@click.option("--note", "notes", multiple=True, help="A remark; several.")
@click.option("--dry-run", is_flag=True, help="Only show what would become of it.")
@by_option
@click.option("--reason", default="the customer called", show_default=True, callback=not_empty)
@json_option
@now_option
@pass_context
def new(
    context: Context,
    /,
    customer: str | None,
    po_number: str | None,
    lines: tuple[dict[str, Any], ...],
    dry_run: bool,
    by: str,
    reason: str,
    as_json: bool,
    now: datetime | None,
    **told: Any,
) -> None:
    """Enter an order for a customer who calls; without --customer or --line it asks for all.

    The same look-ups, checks, holds and duplicates as of any order. Price, what is free and what
    would hold it are shown before it is saved.
    """
    step = context.step(now=now)
    asks = customer is None or not lines
    if asks:
        customer, order = ask_order(step, customer)
    else:
        order = _order(told) | {"po_number": po_number or phone.next_po(step)}
        order["lines"] = [{"line": str(n), **line} for n, line in enumerate(lines, start=1)]
    with tempfile.TemporaryDirectory(prefix="oms-edi-order-") as scratch:
        path = Path(scratch) / "order.json"
        path.write_bytes(phone.document(order))
        if asks or dry_run:
            _show(step, path, customer or "", as_json=as_json and not asks)
        if dry_run or (asks and not click.confirm("Save it?", default=False)):
            return click.echo("nothing was saved", err=True)
        placed = phone.new_order(step, path, customer=customer or "", actor=by, reason=reason)
    if as_json:
        return emit_json(placed._asdict())
    click.echo(f"{placed.order} is PO {placed.po_number} of {customer}")
    for hold in placed.holds:
        click.echo(f"  waits: {clean(hold)}")
    return None


def _order(told: dict[str, Any]) -> dict[str, Any]:
    """Return the head of the order that the flags tell."""
    places = ("code", "name", "street", "city", "state", "postal_code")
    place = {key: told.pop(key) for key in places}
    order = {key: list(v) if isinstance(v, tuple) else v for key, v in told.items() if v}
    if any(place.values()):
        order["ship_to"] = {key: value for key, value in place.items() if value}
    return order


def _show(step: Step, path: Path, customer: str, *, as_json: bool) -> None:
    """Show what would become of an order."""
    seen = phone.preview(step, path, customer=customer)
    if as_json:
        return emit_json({**asdict(seen), "lines": [_plain(line) for line in seen.lines]})
    heading(f"PO {seen.po_number} of {seen.customer}")
    for place in seen.ship_to:
        click.echo(f"to {clean(place)}")
    emit_table(
        ("line", "item", "description", "quantity", "unit", "price", "free", "there by"),
        [
            (
                line.line,
                line.item,
                line.description,
                line.quantity,
                line.unit,
                "" if line.price is None else line.price,
                phone.free_told(line.free),
                _there_by(line.quoted),
            )
            for line in seen.lines
        ],
    )
    click.echo(f"worth {seen.value:.2f}")
    for hold in seen.holds:
        click.secho(f"would wait: {clean(hold)}", fg="yellow")
    for warning in seen.warnings:
        click.echo(f"note: {clean(warning)}")
    return None


def _there_by(quoted: QuotedLine) -> str:
    """Say by when all of a line would be there: `2026-03-05`, `6 short, ships 2026-03-09`."""
    if not quoted.waits:
        return str(max((part.arrives_on for part in quoted.parts), default=""))
    ships = f", ships {quoted.promised_on}" if quoted.promised_on else ""
    return f"{quoted.waits} short{ships}"


def _plain(line: phone.LinePreview) -> dict[str, Any]:
    parts = [part._asdict() for part in line.quoted.sources]
    quoted = {"parts": parts, "short": line.quoted.waits, "promised_on": line.quoted.promised_on}
    return line._asdict() | {"quoted": quoted}
