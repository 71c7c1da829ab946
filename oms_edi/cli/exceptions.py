"""`exceptions`: what needs a person, the dearest first, and what it all cost."""

from datetime import UTC, datetime, timedelta

import click

from oms_edi.cli.context import (
    Context,
    Instant,
    json_option,
    limit_option,
    now_option,
)
from oms_edi.cli.output import emit_fields, emit_json, emit_table, heading
from oms_edi.domain.exceptions import KINDS, Queue, Severity
from oms_edi.pipeline.people.compose import money
from oms_edi.store import exception_list
from oms_edi.store.exception_list import Row, Wanted
from oms_edi.store.timeline import stamp


@click.group(invoke_without_command=True)
@click.option("--closed", is_flag=True, help="Those that are over, the newest first.")
@click.option("--snoozed", is_flag=True, help="Also those that sleep.")
@click.option("--queue", type=click.Choice([queue.value for queue in Queue]))
@click.option("--owner", default="", help="Those this person sees to.")
@click.option("--kind", type=click.Choice(sorted(KINDS)), metavar="KIND")
@click.option("--severity", type=click.Choice([one.value for one in Severity]))
@click.option("--partner", default="")
@click.option("--older-than-h", type=float, help="At least so many hours old.")
@click.option("--brief", is_flag=True, help="A line for each.")
@limit_option
@json_option
@now_option
@click.pass_context
def exceptions(
    click_context: click.Context,
    closed: bool,
    snoozed: bool,
    queue: str | None,
    owner: str,
    kind: str | None,
    severity: str | None,
    partner: str,
    older_than_h: float | None,
    brief: bool,
    limit: int,
    as_json: bool,
    now: datetime | None,
) -> None:
    """List what needs a person, the most money at risk first, with the acts that still help."""
    if click_context.invoked_subcommand:
        return
    context = click_context.find_object(Context)
    assert context is not None
    wanted = Wanted(
        closed=closed,
        snoozed=snoozed,
        queue=queue or "",
        owner=owner,
        kind=kind or "",
        severity=severity or "",
        partner=partner,
        age=None if older_than_h is None else timedelta(hours=older_than_h),
        limit=limit,
    )
    at = now or datetime.now(UTC)
    found = exception_list.exceptions(context.attach(), wanted, now=at)
    if as_json:
        emit_json(found)
        return
    if not found:
        click.echo("nothing needs a person" if not closed else "nothing is over yet")
    elif brief:
        emit_table(_BRIEF, [_brief(row) for row in found])
    else:
        for row in found:
            emit_fields(_fields(row))


#: Characters of what it says in a line.
_BRIEFLY = 110
_BRIEF = ("number", "severity", "kind", "about", "queue", "with", "age", "at risk", "what")


def _brief(row: Row) -> tuple[object, ...]:
    risk = money(row["risk_cents"]) if row["risk_cents"] else ""
    number, owner, old = row["exception_id"], row["owner"], _age(row["age_h"])
    named = (number, row["severity"], row["kind"], row["subject"], row["queue"])
    text = row["text"]
    return (*named, owner, old, risk, text if len(text) <= _BRIEFLY else f"{text[:_BRIEFLY]}...")


def _fields(row: Row) -> list[tuple[str, object]]:
    risk = f", at risk {money(row['risk_cents'])}" if row["risk_cents"] else ""
    owner = f", with {row['owner']}" if row["owner"] else ""
    due = f", due {row['due_at']}" if row["due_at"] else ""
    level = f", escalated {row['level']}x" if row["level"] else ""
    asleep = f", sleeps until {row['snoozed_until']}" if row["snoozed_until"] else ""
    ended = ""
    if row["closed_at"]:
        why = f": {row['closed_why']}" if row["closed_why"] else ""
        how = {"person": f"by {row['closed_by']}", "itself": "by itself"}
        ended = f"{row['closed_at']} {how.get(row['closed_how'], 'superseded')}{why}"
    return [
        (
            row["severity"],
            f"{row['kind']}, {row['subject']} (exception {row['exception_id']}){risk}",
        ),
        ("  queue", f"{row['queue']}{owner}, {_age(row['age_h'])} old{due}{level}{asleep}"),
        ("  what", row["text"]),
        ("  do", "" if row["closed_at"] else row["action"]),
        ("  with", "; ".join(row["commands"])),
        ("  over", ended),
    ]


@exceptions.command()
@click.option("--since", type=Instant(), help="Only those opened since; default: all.")
@json_option
@now_option
@click.pass_obj
def report(context: Context, since: datetime | None, as_json: bool, now: datetime | None) -> None:
    """Tell what exceptions cost, how many ended by themselves, and how old they grew."""
    connection = context.attach()
    at = now or datetime.now(UTC)
    groups = {
        by: exception_list.cost(connection, by, since=stamp(since) if since else "", now=at)
        for by in ("queue", "kind", "partner")
    }
    if as_json:
        emit_json(groups)
        return
    for by, rows in groups.items():
        heading(f"By {by}")
        emit_table(
            (
                *(by, "opened", "open", "by itself", "by a person", "superseded"),
                *("median age", "longest", "at risk now", "was at risk", "past due"),
            ),
            [
                (
                    row["name"] or "-",
                    *(row[name] for name in ("opened", "open", "itself", "person", "superseded")),
                    *(_age(row[name]) for name in ("median_h", "longest_h")),
                    *(money(row[name]) for name in ("open_cents", "closed_cents", "missed_cents")),
                )
                for row in rows
            ],
        )


def _age(hours: float) -> str:
    """Write hours as people say them."""
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
