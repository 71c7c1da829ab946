"""Acknowledgments: what partners said of what we sent them, and what they still owe."""

from datetime import datetime, timedelta

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.store.acknowledgments import acknowledgments
from oms_edi.store.exceptions import has_open_exceptions
from oms_edi.store.queries import Row
from oms_edi.web.asked import PAGE_ROWS, Asked
from oms_edi.web.route import page

#: Verdicts, and how a person calls them.
TABS = (
    ("overdue", "overdue"),
    ("sent", "due"),
    ("rejected", "rejected"),
    ("accepted with errors", "accepted with errors"),
    ("unmatched", "answers to nothing we sent"),
    ("accepted", "accepted"),
)


def show(asked: Asked) -> Response:
    """List them; without a choice what is overdue, or due where nothing is."""
    partner = asked.text("partner") or None
    verdict = asked.text("verdict")
    if verdict not in dict(TABS):
        verdict = "overdue" if _is_overdue(asked, partner) else "sent"
    found = _found(asked, partner, verdict, PAGE_ROWS)
    for row in found:
        row["due_at"] = _due(asked, row)
    return asked.page(
        "acknowledgments.html", found=found, tabs=TABS, verdict=verdict, partner=partner or ""
    )


def _is_overdue(asked: Asked, partner: str | None) -> bool:
    """True if an answer is; the clock has found out."""
    return has_open_exceptions(asked.connection, ("ack_overdue",), partner=partner)


def _found(asked: Asked, partner: str | None, verdict: str, limit: int) -> list[Row]:
    found = acknowledgments(asked.connection, partner=partner, verdict=verdict, limit=limit)
    return found[::-1]


def _due(asked: Asked, row: Row) -> datetime | None:
    """Return when an answer is due, None where none is, or was agreed."""
    profile = asked.partners.find(row["partner"])
    if row["verdict"] not in ("sent", "overdue") or not row["sent_at"]:
        return None
    if profile is None or profile.x12 is None or not profile.x12.acknowledged_within_h:
        return None
    within = timedelta(hours=profile.x12.acknowledged_within_h)
    return datetime.fromisoformat(row["sent_at"]) + within


ROUTES = (page("/acknowledgments", show, role=Role.VIEWER),)
