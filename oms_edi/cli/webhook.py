"""`webhook`: how customers' servers that hear of their orders stand, and whether they answer."""

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.errors import NotFound
from oms_edi.pipeline.delivery.calls import is_gone
from oms_edi.store import outbox
from oms_edi.store.timeline import stamp
from oms_edi.transports import webhook as transport
from oms_edi.transports.credentials import read_credential


@click.group()
def webhook() -> None:
    """Customers' servers that are called when an order changes."""


@webhook.command("list")
@json_option
@pass_context
def list_webhooks(context: Context, as_json: bool) -> None:
    """List servers with the events they have not taken yet."""
    connection = context.attach()
    found = [
        {
            "partner": profile.id,
            "host": urlsplit(profile.webhook.url).hostname,
            "when": profile.orders.status.when,
            **outbox.call_state(connection, profile.id)._asdict(),
            "is_gone": is_gone(connection, profile),
        }
        for profile in context.partners
        if profile.webhook
    ]
    if as_json:
        return emit_json(found)
    return emit_table(
        ("partner", "host", "called on", "waiting", "the oldest of", "last taken", "gone"),
        [(*list(row.values())[:-1], "yes" if row["is_gone"] else "") for row in found],
        empty="no mapping has a webhook",
    )


@webhook.command()
@click.argument("partner")
@pass_context
def test(context: Context, partner: str) -> None:
    """Call the server of PARTNER once, with an event of type `test`."""
    profile = context.partners.find(partner)
    if profile is None or profile.webhook is None:
        raise NotFound(f"there is no webhook of {partner}")
    now = datetime.now(UTC)
    event_id = f"{partner}-test-{int(now.timestamp())}"
    told = {"event": event_id, "type": "test", "at": stamp(now)}
    secret = read_credential(profile.webhook.secret_credential, context.config.folders.credentials)
    body = json.dumps(told, separators=(",", ":")).encode()
    transport.call(profile.webhook, body, event_id=event_id, at=now, secret=secret)
    click.echo(f"{clean(urlsplit(profile.webhook.url).hostname or '')} took event {event_id}")
