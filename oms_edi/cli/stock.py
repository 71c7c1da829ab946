"""`stock`, `shares`, `accept-count`: what there is, who got what was short, whom to believe."""

from datetime import datetime

import click

from oms_edi.cli.context import (
    Context,
    Instant,
    json_option,
    limit_option,
    now_option,
    pass_context,
    who_options,
)
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.errors import NotFound
from oms_edi.pipeline.decisions.fairness import fairness_report
from oms_edi.pipeline.decisions.promise import projections
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.stock.accept_count import accept_count as accept
from oms_edi.store import fairness, queries, stock_queries
from oms_edi.store.catalog import Catalog
from oms_edi.store.timeline import stamp

_LEVEL = ("on_hand", "held", "doubted", "reserved", "free", "oversold")
_LEDGER = {
    "moved at": "moved_at",
    "node": "node",
    "kind": "kind",
    "change": "on_hand_delta",
    "on hand": "on_hand",
    "held": "held",
    "doubted": "doubted",
    "promised": "reserved_delta",
    "reserved": "reserved",
    "cause": "cause",
}
_INBOUND = (
    "due_on",
    "item",
    "node",
    "reference",
    "delivery",
    "source",
    "expected",
    "received",
    "missing",
    "still_to_come",
)


@click.command()
@click.argument("item", required=False)
@click.option("--node", help="Only at this node.")
@click.option(
    "--at",
    type=Instant(),
    help="At a past instant, by the ledger; at a coming one, by what is to come and to leave.",
)
@click.option("--ledger", is_flag=True, help="Every movement of ITEM, its balance and its cause.")
@click.option("--inbound", is_flag=True, help="Goods that are to come, of ITEM or of all.")
@json_option
@now_option
@pass_context
def stock(
    context: Context,
    item: str | None,
    node: str | None,
    at: datetime | None,
    ledger: bool,
    inbound: bool,
    as_json: bool,
    now: datetime | None,
) -> None:
    """Show stock by item and node: what there is, was, comes, and may be promised for a day.

    on_hand is all that lies there; held must not ship; doubted is what the last count did not find;
    free is what nobody was promised of the rest.
    """
    step = context.step(now=now)
    if item and Catalog(step.connection).item(item) is None:
        raise NotFound(f"no item {item}")
    if node and context.config.node(node) is None:
        raise NotFound(f"no node {node}; there are {', '.join(n.id for n in context.config.nodes)}")
    if sum((ledger, inbound, at is not None)) > 1:
        raise click.UsageError("--at, --ledger and --inbound exclude each other")
    if (ledger or at) and item is None:
        raise click.UsageError("--at and --ledger need an ITEM")
    if at is not None:
        found, headers = _at(step, item or "", node, at)
    elif ledger:
        found = stock_queries.ledger(step.connection, item or "", node=node)
        headers = {**_LEDGER}
    elif inbound:
        found = stock_queries.to_come(step.connection, item=item, node=node)
        headers = {name.replace("_", " "): name for name in _INBOUND}
    else:
        found = stock_queries.levels(step.connection, item=item, node=node)
        headers = {name: name for name in ("item", "node", *_LEVEL, "as_of")}
    if as_json:
        return emit_json(found)
    table = [[row[name] for name in headers.values()] for row in found]
    emit_table(tuple(headers), table, empty="nothing is to come" if inbound else "no stock")
    return None


def _at(
    step: Step, item: str, node: str | None, at: datetime
) -> tuple[list[queries.Row], dict[str, str]]:
    """Return the rows and headers of a past or a coming instant."""
    if at <= step.now:
        found = stock_queries.position_at(step.connection, item, node=node, at=stamp(at))
        return found, {name: name for name in ("node", *_LEVEL, "hindsight")}
    found = [
        {"node": place, "from": one.on.isoformat(), "balance": one.balance, "atp": one.atp}
        for (_, place), (_, steps) in projections(step, [item]).items()
        for one in steps
        if (node is None or node == place) and one.on <= at.date()
    ]
    return found, {"node": "node", "from": "from", "balance": "balance", "may be promised": "atp"}


@click.command()
@click.argument("item", required=False)
@click.option(
    "--customers",
    "is_report",
    is_flag=True,
    help="Instead, how each customer fared so far: asked, got, waits, was promised; and the pools.",
)
@click.option(
    "--since",
    type=Instant(),
    help="Of --customers: what was short since; default: allocation.history_days ago.",
)
@limit_option
@json_option
@now_option
@pass_context
def shares(
    context: Context,
    item: str | None,
    is_report: bool,
    since: datetime | None,
    limit: int,
    as_json: bool,
    now: datetime | None,
) -> None:
    """Say how scarce stock was shared: who asked, who got, by which rule; of ITEM, or of all."""
    if is_report:
        report = fairness_report(context.step(now=now), item=item, since=since)
        return _fairness(report, as_json=as_json)
    found = fairness.shares(context.attach(), item=item, limit=limit)
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


_FAIRNESS = ("item", "customer", "tier", "weight", "asked", "got", "filled_percent", "waits")
_PROMISED = ("promised", "promised_for", "method")
_POOL = ("pool", "item", "kept", "taken", "left")


def _fairness(report: dict[str, list[queries.Row]], *, as_json: bool) -> None:
    if as_json:
        return emit_json(report)
    names = (*_FAIRNESS, *_PROMISED)
    emit_table(
        [name.replace("_", " ") for name in names],
        [tuple(row.get(name, "") for name in names) for row in report["customers"]],
        empty="nothing was short so far",
    )
    if report["pools"]:
        click.echo()
        emit_table(
            (*_POOL, "for"),
            [
                (*(row[name] for name in _POOL), " ".join(row["customers"]))
                for row in report["pools"]
            ],
        )
    return None


@click.command("accept-count")
@click.argument("item")
@click.argument("node")
@who_options
@now_option
@pass_context
def accept_count(
    context: Context, item: str, node: str, by: str, reason: str, now: datetime | None
) -> None:
    """Book what the last count of ITEM at NODE says, though documents do not explain it."""
    level = accept(context.step(now=now), item, node, actor=by, reason=reason)
    click.echo(f"{item} at {node}: {level.on_hand} on hand, {level.free} free")
