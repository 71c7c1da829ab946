"""Commands that only look: orders, exceptions, files, documents, stock, partners, trace, verify."""

import json

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.output import clean, emit_fields, emit_json, emit_table, heading
from oms_edi.domain.lifecycle import order_name
from oms_edi.pipeline.acts import find_order
from oms_edi.pipeline.step import Step
from oms_edi.pipeline.trace import Trace, trace_line
from oms_edi.store import queries
from oms_edi.store import verify as checks

_limit = click.option(
    "--limit", default=100, show_default=True, help="At most so many, the newest."
)


@click.command()
@click.option("--partner", help="Only this partner's.")
@click.option("--status", help="Only with this status, such as held or shipped.")
@_limit
@json_option
@pass_context
def orders(
    context: Context, partner: str | None, status: str | None, limit: int, as_json: bool
) -> None:
    """List orders with their status and where they ship from."""
    found = queries.orders(context.attach(), partner=partner, limit=limit)
    found = [order for order in found if status is None or order["status"] == status]
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
@json_option
@pass_context
def order(context: Context, order: str, as_json: bool) -> None:
    """Show one order, by PO or order number: lines, holds, shipments, documents, timeline."""
    step = context.step()
    found = queries.order(step.connection, find_order(step, order))
    if as_json:
        return emit_json(found)
    emit_fields(
        [
            (
                "order",
                " ".join(
                    (found["order"], "PO", found["po_number"], found["release_number"])
                ).rstrip(),
            ),
            ("status", found["status"]),
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
        emit_fields([("ship to", f"{place['name']} {place['id_code']}, {town}")])
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
    _holds(found["holds"])
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
    return None


_QUANTITIES = ("ordered", "open", "allocated", "backordered", "released", "shipped", "cancelled")
_SHORT_NAMES = ("ordered", "open", "alloc.", "backord.", "released", "shipped", "cancelled")


def _holds(holds: list[queries.Row]) -> None:
    if holds:
        heading("Holds")
        emit_table(
            ("since", "kind", "reason", "ended"),
            [(h["created_at"], h["kind"], h["reason"], h["outcome"] or "open") for h in holds],
        )


def _shipments(shipments: list[queries.Row]) -> None:
    if shipments:
        heading("Shipments")
        emit_table(
            ("number", "from", "state", "ships", "arrives", "units", "shipped", "short", "carrier"),
            [
                (
                    s["depositor_order"],
                    s["node"],
                    s["state"],
                    s["ship_on"],
                    s["deliver_on"],
                    s["units"],
                    s["shipped"],
                    s["short"] or "",
                    s["carriers"],
                )
                for s in shipments
            ],
        )


@click.command()
@click.option("--closed", is_flag=True, help="Those that are over.")
@_limit
@json_option
@pass_context
def exceptions(context: Context, closed: bool, limit: int, as_json: bool) -> None:
    """List what needs a person, the worst first, with the act that helps."""
    found = queries.exceptions(context.attach(), closed=closed, limit=limit)
    if as_json:
        return emit_json(found)
    for exception in found:
        emit_fields(
            [
                (
                    exception["severity"],
                    f"{exception['kind']}, {exception['subject']} (exception"
                    f" {exception['exception_id']}, since {exception['opened_at']})",
                ),
                ("  what", exception["text"]),
                ("  do", exception["action"]),
            ]
        )
    if not found:
        click.echo("nothing needs a person")
    return None


@click.command()
@click.option("--state", help="Only accepted, partly, rejected, repeat or quarantined.")
@_limit
@json_option
@pass_context
def files(context: Context, state: str | None, limit: int, as_json: bool) -> None:
    """List files that came in and what became of each."""
    found = queries.files(context.attach(), state=state, limit=limit)
    for file in found:
        file["issues"] = json.loads(file["issues"])
    if as_json:
        return emit_json(found)
    emit_table(
        ("file", "partner", "name", "kind", "state", "why"),
        [
            (f["file_id"], f["partner"], f["name"], f["kind"], f["state"], f["reason"])
            for f in found
        ],
        empty="no files",
    )
    return None


@click.command()
@click.option("--partner", help="Only this partner's.")
@click.option("--order", "order", help="Only of this order: PO or order number.")
@click.option("--outgoing", is_flag=True, help="Files that went out or wait to, instead.")
@_limit
@json_option
@pass_context
def documents(
    context: Context,
    partner: str | None,
    order: str | None,
    outgoing: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List transaction sets in and out with their control numbers and verdicts."""
    step = context.step()
    if outgoing:
        found = queries.outgoing(step.connection, limit=limit)
        if as_json:
            return emit_json(found)
        return emit_table(
            ("partner", "set", "file", "state", "bytes", "written", "sent"),
            [
                (
                    o["partner"],
                    o["set_id"],
                    o["file_name"],
                    o["state"],
                    o["bytes"],
                    o["created_at"],
                    o["sent_at"],
                )
                for o in found
            ],
            empty="no outgoing files",
        )
    order_id = find_order(step, order) if order else None
    found = queries.documents(step.connection, order_id=order_id, partner=partner, limit=limit)
    for document in found:
        document["issues"] = json.loads(document["issues"])
    if as_json:
        return emit_json(found)
    return emit_table(
        ("", "set", "partner", "ISA", "GS", "ST", "verdict", "order", "file"),
        [
            (
                d["direction"],
                d["set_id"],
                d["partner"],
                d["isa_control"],
                d["gs_control"],
                d["st_control"],
                d["verdict"],
                order_name(d["order_id"]) if d["order_id"] else "",
                d["file"],
            )
            for d in found
        ],
        empty="no documents",
    )


@click.command()
@click.option("--partner", help="Only this partner's.")
@click.option(
    "--verdict",
    type=click.Choice(["sent", "accepted", "accepted with errors", "rejected"]),
    help="Only these; sent = not answered yet.",
)
@_limit
@json_option
@pass_context
def acks(
    context: Context, partner: str | None, verdict: str | None, limit: int, as_json: bool
) -> None:
    """List what partners said (997, 999, TA1) of what we sent them; late ones are exceptions."""
    found = queries.acknowledgments(context.attach(), partner=partner, verdict=verdict, limit=limit)
    if as_json:
        return emit_json(found)
    headers = ("partner", "set", "file", "group", "sets", "verdict", "sent")
    names = ("partner", "set_id", "file_name", "gs_control", "sets", "verdict", "sent_at")
    rows = [[row[name] for name in names] for row in found]
    return emit_table(headers, rows, empty="nothing was sent that is acknowledged")


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
@json_option
@pass_context
def partners(context: Context, as_json: bool) -> None:
    """List trading partners with their counts."""
    counts = {row["partner"]: row for row in queries.partner_counts(context.attach())}
    found = [
        {
            "partner": profile.id,
            "name": profile.name,
            "role": profile.role,
            "channel": profile.channel,
            "x12": profile.x12.version if profile.x12 else "",
            **{
                name: counts.get(profile.id, {}).get(name, 0)
                for name in ("orders", "files", "sent")
            },
        }
        for profile in context.partners
    ]
    if as_json:
        return emit_json(found)
    headers = ("partner", "name", "role", "channel", "x12", "orders", "files", "sent")
    emit_table(headers, [[row[name] for name in headers] for row in found])
    return None


@click.command()
@click.argument("item", required=False)
@_limit
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


@click.command()
@click.argument("order")
@click.argument("line")
@json_option
@pass_context
def trace(context: Context, order: str, line: str, as_json: bool) -> None:
    """Say why LINE of ORDER ships from where it does, and what lost by how much."""
    step = context.step()
    found = trace_line(step, find_order(step, order), line)
    if as_json:
        return emit_json([part.to_json() for part in found])
    for part in found:
        _print_trace(part)
    return None


def _print_trace(part: Trace) -> None:
    click.secho(part.title, bold=True)
    emit_table(
        ("node", "free", "takes", "alone", "arrives", "why not"),
        part.candidates,
    )
    for sentence in part.sentences:
        click.echo(f"  {sentence}")
    click.echo()


@click.command()
@json_option
@pass_context
def verify(context: Context, as_json: bool) -> None:
    """Recompute every balance from ledger and archive; exit 1 and name what differs first."""
    step: Step = context.step()
    found = [
        {"check": name, "what": what}
        for name, what in checks.divergences(
            step.connection, archive=step.places.archive, work=step.places.work
        )
    ]
    content = checks.content_hash(step.connection)
    if as_json:
        emit_json({"divergences": found, "content_sha256": content})
    elif found:
        click.secho(f"NOT CLEAN: {found[0]['check']}: {found[0]['what']}", fg="red")
        for fault in found[1:20]:
            click.echo(f"  also: {fault['check']}: {fault['what']}")
    else:
        click.echo(f"clean; content {content[:16]}")
    if found:
        raise SystemExit(1)
