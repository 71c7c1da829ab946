"""Partners: how well it goes with each, what we agreed, what came and went last."""

from datetime import datetime, timedelta
from functools import partial
from sqlite3 import Connection
from typing import Any, NamedTuple

from starlette.responses import Response

from oms_edi.domain.issue import Severity
from oms_edi.domain.role import Role
from oms_edi.errors import NotFound
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.companion import rules_for
from oms_edi.store import file_list, outbox, overview, queries, remote, scorecard
from oms_edi.store.queries import Row
from oms_edi.store.timeline import stamp
from oms_edi.web.asked import Asked
from oms_edi.web.charts import Part
from oms_edi.web.route import page
from oms_edi.x12.companion import companion
from oms_edi.x12.example import example
from oms_edi.x12.guide import VERSIONS, guide_for
from oms_edi.x12.overlay import apply
from oms_edi.x12.validate import validate

_DAYS = 30
_LAST = 10
#: Sets partners of a role exchange with us: what they may ask a guide of.
_SETS = {
    "customer": ("850", "860", "869", "855", "865", "856", "870", "997"),
    "warehouse": ("940", "945", "943", "944", "947", "846", "997"),
    "supplier": ("850", "855", "856", "846", "997"),
}
#: Verdicts on sets of either direction, as people call them.
_VERDICTS = {"A": "accepted", "E": "accepted with errors", "R": "rejected", "D": "repeat"}
_TONES = {"accepted": "good", "accepted with errors": "warn", "rejected": "bad", "sent": "accent"}


class _Counts(NamedTuple):
    """What partners have in the whole book."""

    counts: dict[str, Row]
    files: dict[str, Row]
    trouble: dict[str, Row]
    deliveries: dict[str, Row]


class _Scores(NamedTuple):
    """Figures of one partner."""

    #: Hours after which each of our sets was answered.
    hours: list[float]
    sets: list[Row]
    loads: Row
    by_kind: list[Row]


def figures(connection: Connection, *, now: datetime) -> _Counts:
    """Count what the list tells of each partner."""
    return _Counts(
        {row["partner"]: row for row in queries.partner_counts(connection)},
        overview.files_by_partner(connection, since=stamp(now - timedelta(days=_DAYS))),
        overview.exceptions_by_partner(connection),
        overview.waiting_by_partner(connection),
    )


def show_list(asked: Asked) -> Response:
    """List them with what is the matter."""
    whole = asked.kept("partners", partial(figures, now=asked.now))
    servers = {row.partner: row for row in remote.endpoints(asked.connection)}
    found = [
        {
            "profile": profile,
            "counts": whole.counts.get(profile.id, {}),
            "files": whole.files.get(profile.id, {}),
            "trouble": whole.trouble.get(profile.id, {}),
            "waiting": whole.deliveries.get(profile.id, {}).get("files", 0),
            "server": servers.get(profile.id),
        }
        for profile in asked.partners
    ]
    return asked.page("partners.html", found=found, days=_DAYS)


def _profile(asked: Asked) -> PartnerProfile:
    profile = asked.partners.find(str(asked.path["partner"]))
    if profile is None:
        raise NotFound(f"there is no mapping {str(asked.path['partner'])[:40]}.yaml")
    return profile


def show(asked: Asked) -> Response:
    """Show one: scorecard, exceptions by kind, guides, server, the last of what went and came."""
    profile = _profile(asked)
    connection = asked.connection
    nodes = [node.id for node in asked.config.nodes if node.partner == profile.id]
    is_customer = profile.role == "customer"
    since = stamp(asked.now - timedelta(days=_DAYS))

    def make(c: Connection) -> _Scores:
        loads = scorecard.loads(c, profile.id) if is_customer else scorecard.node_record(c, nodes)
        return _Scores(
            scorecard.answer_hours(c, profile.id),
            scorecard.sets(c, profile.id),
            loads,
            scorecard.exceptions_by_kind(c, profile.id, since=since),
        )

    scores = asked.kept(f"partner {profile.id}", make)
    return asked.page(
        "partner.html",
        profile=profile,
        nodes=nodes,
        loads=scores.loads,
        answered=_median(scores.hours),
        received=_judged(scores.sets, "in"),
        sent=_judged(scores.sets, "out"),
        by_kind=scores.by_kind,
        days=_DAYS,
        newest=scorecard.NEWEST,
        sets=_guides(profile),
        server=next(
            (row for row in remote.endpoints(connection) if row.partner == profile.id), None
        ),
        files=file_list.files(connection, state="", partner=profile.id, before=0, limit=_LAST),
        sent_files=file_list.sent_files(
            connection, partner=profile.id, is_waiting=False, before=0, limit=_LAST
        ),
        hook=outbox.call_state(connection, profile.id) if profile.webhook else None,
        orders=scorecard.newest_orders(connection, profile.id, limit=_LAST) if is_customer else [],
    )


def _median(hours: list[float]) -> float | None:
    return hours[len(hours) // 2] if hours else None


def _judged(sets: list[Row], direction: str) -> list[dict[str, Any]]:
    """Return each set of a direction with its verdicts as parts of a bar."""
    found: dict[str, list[Part]] = {}
    for row in sets:
        if row["direction"] == direction:
            verdict = _VERDICTS.get(row["verdict"], str(row["verdict"]))
            part = Part(verdict, row["count"], _TONES.get(verdict, "quiet"))
            found.setdefault(row["set_id"], []).append(part)
    return [
        {"set": name, "parts": parts, "total": sum(part.value for part in parts)}
        for name, parts in found.items()
    ]


def _guides(profile: PartnerProfile) -> list[str]:
    """Return the sets this partner has a guide of."""
    if profile.x12 is None:
        return []
    return [s for s in _SETS[profile.role] if guide_for(s, profile.x12.version)]


def show_guide(asked: Asked) -> Response:
    """Show what a partner may send us, or gets, as a page to give them."""
    profile = _profile(asked)
    set_id = str(asked.path["set"])
    releases = (profile.x12.version,) if profile.x12 else VERSIONS
    guide = next((one for one in (guide_for(set_id, r) for r in releases) if one), None)
    if guide is None or profile.x12 is None:
        raise NotFound(f"there is no guide for {set_id[:10]} of {profile.id}")
    rules = rules_for(profile, set_id)
    made = example(guide, rules)
    broken = [
        issue
        for issue in (*validate(made, guide), *apply(made, rules, guide))
        if issue.severity is not Severity.NOTE
    ]
    title = f"{set_id} for {profile.name}"
    blocks = list(companion(guide, rules, title=title, example=made))
    return asked.page(
        "guide.html", profile=profile, set_id=set_id, blocks=blocks[1:], broken=broken
    )


ROUTES = (
    page("/partners", show_list, role=Role.VIEWER),
    page("/partners/{partner}", show, role=Role.VIEWER),
    page("/partners/{partner}/guide/{set}", show_guide, role=Role.VIEWER),
)
