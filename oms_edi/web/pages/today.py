"""Today: what needs a person, and how things stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from sqlite3 import Connection
from typing import Any, NamedTuple

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.pipeline.frame.feeds import stale_feeds
from oms_edi.store import counts, exception_list, overview, remote
from oms_edi.store.exception_list import Wanted
from oms_edi.store.overview import Waiting
from oms_edi.store.queries import Row
from oms_edi.store.timeline import stamp
from oms_edi.web.asked import Asked
from oms_edi.web.charts import Part
from oms_edi.web.route import page

_HOURS = 24
_DAYS = (1, 3, 7)
_AGES = ("today", "1 to 3 days", "3 to 7 days", "older")
#: The older, the more it stands out.
_TONES = ("good", "accent", "warn", "bad")
_WHATS = {
    "held": "held for a person",
    "open": "to be decided",
    "backordered": "waiting for stock",
    "allocated": "allocated, not released",
    "released": "at a warehouse",
}
_WORST, _PARTNERS = 8, 8


class _Whole(NamedTuple):
    """Figures of the whole book."""

    figures: overview.Now
    waiting: list[Waiting]
    documents: dict[tuple[str, str], int]
    files: dict[str, Row]
    #: Files that wait to be delivered, and what is open, by partner.
    deliveries: dict[str, Row]
    trouble: dict[str, Row]
    #: What is open, by queue and severity.
    counts: list[Row]


def figures(connection: Connection, *, now: datetime) -> _Whole:
    """Count what the page tells of the whole book."""
    return _Whole(
        overview.now_figures(connection, now=now),
        overview.waiting_orders(connection, now=now, days=_DAYS),
        overview.documents_by_hour(connection, now=now, hours=_HOURS),
        overview.files_by_partner(connection, since=stamp(now - timedelta(hours=_HOURS))),
        overview.waiting_by_partner(connection),
        overview.exceptions_by_partner(connection),
        exception_list.open_counts(connection, now=now),
    )


def today(asked: Asked) -> Response:
    """Show it."""
    now = asked.now
    whole = asked.kept("today", partial(figures, now=now))
    counts_of = whole.counts
    return asked.page(
        "today.html",
        exceptions=exception_list.exceptions(asked.connection, Wanted(limit=_WORST), now=now),
        open_exceptions=sum(row["count"] for row in counts_of),
        errors=sum(row["count"] for row in counts_of if row["severity"] == "error"),
        risk_cents=sum(row["risk_cents"] for row in counts_of),
        whole=whole,
        waiting=[(one, _WHATS[one.what], _parts(one.by_age)) for one in whole.waiting],
        most=max((one.orders for one in whole.waiting), default=0),
        ages=list(zip(_AGES, _TONES, strict=True)),
        received=_by_hour(whole, "in", now),
        sent=_by_hour(whole, "out", now),
        partners=_partners(asked, whole),
        feeds=_feeds(asked),
    )


def _parts(by_age: Sequence[int]) -> list[Part]:
    return [Part(*each) for each in zip(_AGES, by_age, _TONES, strict=True)]


def _by_hour(whole: _Whole, direction: str, now: datetime) -> list[Part]:
    """Return a part for each of the last hours, the oldest first."""
    hours = [now - timedelta(hours=back) for back in range(_HOURS - 1, -1, -1)]
    tone = "accent" if direction == "in" else "good"
    return [
        Part(f"{hour:%H}:00", whole.documents.get((direction, f"{hour:%Y-%m-%dT%H}"), 0), tone)
        for hour in hours
    ]


def _partners(asked: Asked, whole: _Whole) -> list[dict[str, Any]]:
    """Return the partners something is the matter with, then those that sent something."""
    servers = {row.partner: row for row in remote.endpoints(asked.connection)}
    found = []
    for profile in asked.partners:
        server, files = servers.get(profile.id), whole.files.get(profile.id, {})
        row = {
            "profile": profile,
            "files": files.get("files", 0),
            "last_at": files.get("last_at"),
            "waiting": whole.deliveries.get(profile.id, {}).get("files", 0),
            "waiting_since": whole.deliveries.get(profile.id, {}).get("since"),
            "trouble": whole.trouble.get(profile.id, {}),
            "server": server,
        }
        found.append(row)
    found.sort(key=_worst_first)
    return found[:_PARTNERS]


def _worst_first(row: dict[str, Any]) -> tuple[int, int, int]:
    failures = row["server"].failures if row["server"] else 0
    return -failures, -row["trouble"].get("open", 0), -row["files"]


def _feeds(asked: Asked) -> list[dict[str, Any]]:
    """Return when each node last told its stock, the oldest first."""
    stale = stale_feeds(asked.looking())
    told = counts.feeds(asked.connection)
    found = [
        {
            "node": node,
            "as_of": told.get(node.id),
            "limit_h": node.stock_feed.max_age_h,
            "is_stale": node.id in stale,
        }
        for node in asked.config.nodes
        if not node.is_supplier
    ]
    return sorted(found, key=lambda row: (not row["is_stale"], row["as_of"] or ""))


ROUTES = (page("/", today, role=Role.VIEWER),)
