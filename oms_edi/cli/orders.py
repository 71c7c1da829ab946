"""`orders`, `order`, `trace`: where is it, and why."""

from dataclasses import asdict
from datetime import datetime

import click

from oms_edi.cli.context import (
    Context,
    json_option,
    limit_option,
    now_option,
    partner_option,
    pass_context,
)
from oms_edi.cli.new_order import new
from oms_edi.cli.order_words import emit_customer, emit_warehouse
from oms_edi.cli.output import clean, emit_fields, emit_json, emit_table, heading
from oms_edi.domain.lifecycle import Status
from oms_edi.pipeline.decisions.trace import COLUMNS, Trace, routed_lines, trace_line
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.acts import find_order
from oms_edi.pipeline.replies.order_words import customer_words, warehouse_words
from oms_edi.pipeline.replies.standing import Standing, standing
from oms_edi.store import exception_list, order_facts, queries


@click.group(invoke_without_command=True)
@partner_option
@click.option(
    "--status", type=click.Choice([status.value for status in Status]), help="Only with it."
)
@limit_option
@json_option
@pass_context
def orders(
    context: Context, partner: str | None, status: str | None, limit: int, as_json: bool
) -> None:
    """List orders with their status and where they ship from; `orders new` enters one."""
    if click.get_current_context().invoked_subcommand is not None:
        return None
    context.check_partner(partner)
    found = queries.orders(context.attach(), partner=partner, status=status, limit=limit)
    if as_json:
        return emit_json(found)
    emit_table(
        (
            "order",
            "partner",
            "PO",
            "status",
            "ships from",
            "ordered",
            "backord.",
            "shipped",
            "cancelled",
        ),
        [
            (
                o["order"],
                o["partner"],
                o["po_number"],
                o["status"],
                " ".join(o["nodes"]),
                o["ordered"],
                o["backordered"] or "",
                o["shipped"] or "",
                o["cancelled"] or "",
            )
            for o in found
        ],
        empty="no orders",
    )


@click.command()
@click.argument("order")
@click.option(
    "--words",
    type=click.Choice(["ours", "customer", "warehouse"]),
    default="ours",
    help="Whose: all we know, what its customer may know, or what warehouses are to ship.",
)
@now_option
@json_option
@pass_context
def order(context: Context, order: str, words: str, now: datetime | None, as_json: bool) -> None:
    """Show one order, by PO or order number: how it stands and why, lines, documents, timeline."""
    step = context.step(now=now)
    order_id = find_order(step, order)
    if words == "customer":
        told = customer_words(step, order_id)
        return emit_json(told) if as_json else emit_customer(told)
    if words == "warehouse":
        shipments = warehouse_words(step, order_id)
        return emit_json(shipments) if as_json else emit_warehouse(shipments)
    found = queries.order(step.connection, order_id)
    stands = _standing(step, order_id, found)
    if as_json:
        return emit_json({**found, "stands": asdict(stands)})
    return _emit_order(found, stands)


def _standing(step: Step, order_id: int, found: queries.Row) -> Standing:
    return standing(
        found,
        plans=order_facts.plans(step.connection, order_id),
        loads=order_facts.loads(step.connection, order_id),
        exceptions=exception_list.of_order(step.connection, order_id, now=step.now),
        now=step.now,
    )


def _emit_order(found: queries.Row, stands: Standing) -> None:
    emit_fields(
        [
            (
                "order",
                " ".join(
                    (found["order"], "PO", found["po_number"], found["release_number"])
                ).rstrip(),
            ),
            ("status", found["status"]),
            ("stands", stands.headline),
            *(("because", cause) for cause in stands.causes[:_CAUSES]),
            ("partner", f"{found['partner']} (channel {found['channel']}, tier {found['tier']})"),
            ("ordered on", found["ordered_on"]),
            ("not before", found["not_before"]),
            ("not after", found["not_after"]),
            ("deliver by", found["deliver_by"]),
            ("cancel after", found["cancel_after"]),
        ]
    )
    for place in found["destinations"]:
        town = f"{place['city']} {place['state']} {place['postal_code']}".strip()
        name = f"{place['name']} {place['id_code']}".strip()
        emit_fields([("ship to", f"{name}, {town}")])
    heading("Lines (base units)")
    emit_table(
        ("line", "item", "description", "status", "from", *_SHORT_NAMES),
        [
            (
                line["buyer_line"],
                line["item"] or "?",
                line["description"][:28],
                line["status"],
                " ".join(line["nodes"]),
                *(line[name] or "" for name in _QUANTITIES),
            )
            for line in found["lines"]
        ],
    )
    _promises(found["lines"])
    _holds(found["holds"])
    _changes(found["changes"])
    _shipments(found["shipments"])
    heading("Documents")
    emit_table(
        ("", "set", "partner", "control", "verdict", "file"),
        [
            (d["direction"], d["set_id"], d["partner"], d["isa_control"], d["verdict"], d["file"])
            for d in found["documents"]
        ],
        empty="none",
    )
    heading("Timeline")
    emit_table(
        ("at", "event", "by", "what"),
        [(e["at"], e["name"], e["actor"], e["text"]) for e in found["timeline"]],
    )


#: So many causes of how an order stands are shown; the console and JSON have all.
_CAUSES = 6
_QUANTITIES = ("ordered", "open", "allocated", "backordered", "released", "shipped", "cancelled")
_SHORT_NAMES = ("ordered", "open", "alloc.", "backord.", "released", "shipped", "cancelled")


def _promises(lines: list[queries.Row]) -> None:
    for line in lines:
        if line["promised_on"]:
            word = "will" if line["promise_is_certain"] else "should"
            what = f"{line['backordered']} of line {line['buyer_line']}"
            click.echo(clean(f"  {what} {word} ship on {line['promised_on']}"))


def _holds(holds: list[queries.Row]) -> None:
    if holds:
        heading("Holds")
        emit_table(
            ("since", "kind", "reason", "ended"),
            [(h["created_at"], h["kind"], h["reason"], h["outcome"] or "open") for h in holds],
        )


def _changes(changes: list[queries.Row]) -> None:
    if changes:
        heading("Changes")
        emit_table(
            ("since", "by", "kind", "state", "what"),
            [row for change in changes for row in _change_rows(change)],
        )


def _change_rows(change: queries.Row) -> list[tuple[object, ...]]:
    """Return a change as rows of a table: itself, its lines, what warehouses are asked."""
    kind = f"{change['kind']} {change['sequence']}".rstrip()
    rows: list[tuple[object, ...]] = [
        (change["since"], change["source"], kind, change["state"], change["reason"])
    ]
    for line in change["lines"]:
        why = f" ({line['reason']})" if line["reason"] else ""
        rows.append(("", "", "", line["outcome"], f"{line['what']}{why}"))
    for asked in change["requests"]:
        how = {"": "not asked yet", "none": "asked by a person", "next": "with the next"}.get(
            asked["told"]
        )
        text = f"{asked['node']} on {asked['depositor_order']}, {how or '940 ' + asked['told']}"
        units = f": {asked['stopped']} of {asked['units']} units stopped" if asked["units"] else ""
        rows.append((asked["since"], "", "", asked["state"], text + units))
    return rows


@click.command()
@click.option("--open", "is_open", is_flag=True, help="Only what is not settled and answered.")
@limit_option
@json_option
@pass_context
def changes(context: Context, is_open: bool, limit: int, as_json: bool) -> None:
    """List changes and cancels of orders: since when, what became of each line, who is asked."""
    found = queries.changes(context.attach(), order_id=None, is_open=is_open, limit=limit)
    if as_json:
        return emit_json(found)
    emit_table(
        ("PO", "since", "by", "kind", "state", "what"),
        [
            (change["po_number"] if not count else "", *row)
            for change in found
            for count, row in enumerate(_change_rows(change))
        ],
        empty="no changes",
    )
    return None


def _shipments(shipments: list[queries.Row]) -> None:
    if shipments:
        heading("Shipments")
        emit_table(
            (
                "number",
                "from",
                "state",
                "ships",
                "arrives",
                "units",
                "confirmed",
                "shipped",
                "short",
                "carrier",
            ),
            [
                (
                    s["depositor_order"],
                    s["node"],
                    s["state"],
                    s["ship_on"],
                    s["expected_on"] or s["deliver_on"],
                    s["units"],
                    "" if s["confirmed"] is None else s["confirmed"],
                    s["shipped"],
                    s["short"] or "",
                    s["carriers"],
                )
                for s in shipments
            ],
        )


@click.command()
@click.argument("order", required=False)
@click.argument("line", required=False)
@limit_option
@json_option
@pass_context
def trace(context: Context, order: str | None, line: str | None, limit: int, as_json: bool) -> None:
    """Say why LINE of ORDER ships from where it does, and what lost by how much.

    Without LINE: all lines of ORDER, a row a decision; without ORDER: of the newest orders.
    """
    step = context.step()
    if order is None or line is None:
        return _trace_many(step, order, limit=limit, as_json=as_json)
    found = trace_line(step, find_order(step, order), line)
    if as_json:
        return emit_json([part.to_json() for part in found])
    for part in found:
        _print_trace(part)
    return None


def _trace_many(step: Step, order: str | None, *, limit: int, as_json: bool) -> None:
    if order is None:
        newest = queries.orders(step.connection, partner=None, limit=limit)
        ids = [row["order_id"] for row in newest]
    else:
        ids = [find_order(step, order)]
    found = [one for order_id in ids for one in routed_lines(step, order_id)]
    if as_json:
        return emit_json([asdict(one) for one in found])
    return emit_table(
        ("order", "PO", "line", "item", "units", "short", "from", "to", "why not elsewhere"),
        [
            (
                one.order,
                one.po_number,
                one.line,
                one.item,
                one.units,
                one.short or "",
                " ".join(one.nodes),
                one.to,
                "; ".join(one.why),
            )
            for one in found
        ],
        empty="nothing was decided yet",
    )


def _print_trace(part: Trace) -> None:
    click.secho(part.title, bold=True)
    emit_table(
        [name.replace("_", " ") for name in COLUMNS],
        part.candidates,
    )
    for sentence in part.sentences:
        click.echo(f"  {sentence}")
    click.echo()


orders.add_command(new)
