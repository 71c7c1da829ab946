"""`files`, `documents`, `acks`: what came, what went, what was answered."""

import json

import click

from oms_edi.cli.context import Context, json_option, limit_option, partner_option, pass_context
from oms_edi.cli.output import emit_json, emit_table
from oms_edi.domain.lifecycle import order_name
from oms_edi.pipeline.people.acts import find_order
from oms_edi.store import queries
from oms_edi.store.acknowledgments import acknowledgments

_FILE_STATES = ("accepted", "partly", "rejected", "repeat", "quarantined")


@click.command()
@click.option("--state", type=click.Choice(_FILE_STATES), help="Only these.")
@limit_option
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
@partner_option
@click.option("--order", "order", help="Only of this order: PO or order number.")
@click.option("--outgoing", is_flag=True, help="Files that went out or wait to, instead.")
@limit_option
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
    context.check_partner(partner)
    step = context.step()
    order_id = find_order(step, order) if order else None
    if outgoing:
        found = queries.outgoing(step.connection, partner=partner, order_id=order_id, limit=limit)
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
@partner_option
@click.option(
    "--verdict",
    type=click.Choice(
        ["sent", "overdue", "accepted", "accepted with errors", "rejected", "unmatched"]
    ),
    help="Only these; sent = not answered yet, unmatched = an answer to nothing we sent.",
)
@limit_option
@json_option
@pass_context
def acks(
    context: Context, partner: str | None, verdict: str | None, limit: int, as_json: bool
) -> None:
    """List what partners said (997, 999, TA1) of what we sent them, and what they have not."""
    context.check_partner(partner)
    found = acknowledgments(context.attach(), partner=partner, verdict=verdict, limit=limit)
    if as_json:
        return emit_json(found)
    headers = ("partner", "set", "file", "group", "sets", "verdict", "sent")
    names = ("partner", "set_id", "file_name", "gs_control", "sets", "verdict", "sent_at")
    rows = [[row[name] for name in names] for row in found]
    return emit_table(headers, rows, empty="nothing was sent that is acknowledged")
