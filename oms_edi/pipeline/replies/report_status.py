"""Tell customers how their orders stand: by 870, files, calls of their server; on change or daily.

Looked at are orders with events since the last look. Sent is what differs from what the customer
was told last, an 855 of a new order counted; where nothing does, nothing is sent.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from oms_edi.channels import status_csv, status_html, status_json
from oms_edi.domain.order import BookOrder
from oms_edi.domain.order_status import OrderStatus, StatusReport
from oms_edi.partners.profile import PartnerProfile
from oms_edi.partners.status import StatusSettings
from oms_edi.pipeline.frame.outgoing import Outgoing, put_call, put_file
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies import answers
from oms_edi.pipeline.replies.answer_inquiry import answer_inquiries
from oms_edi.pipeline.replies.read_status import read_statuses
from oms_edi.pipeline.replies.told_status import told_sha
from oms_edi.pipeline.replies.write_status import owe_status
from oms_edi.store import backlog, outbox, promises, shipments, status
from oms_edi.store.database import write_tx
from oms_edi.store.status import Feed, Told
from oms_edi.store.timeline import add_event, stamp
from oms_edi.transactions import t855_acknowledgment

#: Orders in one report.
_TOGETHER = 500
#: Up to which event the book was looked through in this process without finding any news.
_LOOKED = "status.looked"
#: BSR01.
_DAILY, _CHANGED = "2", "3"
_NEVER = Told("", "")


def report_status(step: Step) -> int:
    """Answer inquiries and send the reports that are due; return how many orders were told of."""
    done = answer_inquiries(step)
    feeds = status.feeds(step.connection)
    if not feeds:
        return done
    _look(step, feeds)
    for feed in feeds:
        profile = step.partners.find(feed.partner)
        if profile is None:
            continue
        settings = profile.orders.status
        last = _last_time(settings, step.now)
        if settings.when == "change":
            done += _report(step, profile, _CHANGED)
        elif settings.when == "daily" and stamp(last) > feed.told_at:
            done += _report(step, profile, _DAILY)
            with write_tx(step.connection):
                status.set_told_at(step.connection, profile.id, at=stamp(last))
    return done


def follow(step: Step) -> None:
    """Begin to tell customers whose mapping says so, of what happens from now on; end for others.

    In a new book all of it is news.
    """
    wanted = {partner.id for partner in step.partners if partner.orders.status.when != "never"}
    known = {feed.partner for feed in status.feeds(step.connection)}
    if wanted == known:
        return
    with write_tx(step.connection):
        status.end_feeds(step.connection, sorted(known - wanted))
        is_new = not backlog.settings_mark(step.connection)
        newest = 0 if is_new else status.last_event(step.connection)
        status.begin_feeds(step.connection, sorted(wanted - known), last_event=newest, at=step.at)


def _look(step: Step, feeds: list[Feed]) -> None:
    """Note the orders of which customers may have to hear."""
    newest = status.last_event(step.connection)
    seen = min(feed.last_event for feed in feeds)
    looked = step.memory.get(_LOOKED)
    after = max(seen, looked) if isinstance(looked, int) else seen
    if newest <= after:
        return
    found = status.happened(step.connection, after=after)
    if found:
        with write_tx(step.connection):
            status.set_due(step.connection, found)
            status.set_seen(step.connection, newest)
    step.memory[_LOOKED] = newest


def _last_time(settings: StatusSettings, now: datetime) -> datetime:
    """Return when the last daily report was due."""
    zone = ZoneInfo(settings.timezone)
    today = now.astimezone(zone).date()
    times = (
        datetime.combine(day, settings.at, tzinfo=zone).astimezone(UTC)
        for day in (today - timedelta(days=1), today)
    )
    return max(at for at in times if at <= now)


def _report(step: Step, profile: PartnerProfile, kind: str) -> int:
    """Send what is news to one customer, some orders a transaction."""
    told, after = 0, 0
    while ids := status.due(step.connection, profile.id, after=after, limit=_TOGETHER):
        after = ids[-1]
        with write_tx(step.connection):
            told += _report_some(step, profile, ids, kind)
    return told


def _report_some(step: Step, profile: PartnerProfile, ids: list[int], kind: str) -> int:
    found = read_statuses(step, ids)
    before = status.told(step.connection, ids)
    news: dict[int, OrderStatus] = {}
    known: list[tuple[int, str]] = []
    for order_id, (order, now) in found.items():
        sha = told_sha(now)
        last = before.get(order_id, _NEVER)
        if sha == last.sha:
            continue
        if _said_by_855(step, profile, order, since=last.at):
            known.append((order_id, sha))
        else:
            news[order_id] = now
    told = _send(step, profile, news, kind) if news else set()
    known += [(order_id, told_sha(news[order_id])) for order_id in sorted(told)]
    status.set_told(step.connection, known, at=step.at)
    status.clear_due(step.connection, profile.id, ids)  # what was refused a person tells
    return len(told)


def _said_by_855(step: Step, profile: PartnerProfile, order: BookOrder, *, since: str) -> bool:
    """True if an 855 that went since says all there is to know, and nothing was shipped."""
    if profile.x12 is None or not order.answer_sha:
        return False
    if any(line.quantities.shipped for line in order.lines):
        return False
    if status.answered_at(step.connection, order.order_id) <= since:
        return False
    ids = [order.order_id]
    days = promises.certain(step.connection, ids)
    value = answers.acknowledgment(
        order,
        ship_dates=shipments.ship_dates(step.connection, order.order_id),
        promised=answers.days(days),
        method=profile.orders.quantity_method,
        on=step.now.date(),
    )
    body = t855_acknowledgment.write(value, version=profile.x12.version)
    return answers.content_sha(value.kind, body) == order.answer_sha


def _send(
    step: Step, profile: PartnerProfile, news: Mapping[int, OrderStatus], kind: str
) -> set[int]:
    """Owe a customer the report in its formats; return the orders it tells of."""
    sends = profile.orders.status.send
    number = f"{outbox.draw(step.connection, f'status:{profile.id}'):09}"
    told: set[int] = set()
    if "870" in sends:
        told |= _send_870(step, profile, news, kind=kind, number=number)
    for form in ("csv", "json", "html"):
        if form in sends:
            content = _file(step, form, list(news.values()), number)
            name = f"status/status_{number}.{form}"
            put_file(step, profile, content, kind=form, name=name, number=number)
            told |= news.keys()
    if "webhook" in sends:
        for order_id, now in news.items():
            _call(step, profile, order_id, now)
        told |= news.keys()
    for order_id in sorted(told):
        add_event(
            step.connection,
            "status.told",
            f"report {number} to {profile.id}: {news[order_id].word}",
            at=step.at,
            order_id=order_id,
        )
    return told


def _file(step: Step, form: str, news: Sequence[OrderStatus], number: str) -> bytes:
    if form == "json":
        return status_json.report(news, number=number, at=step.now)
    if form == "html":
        return status_html.report(news, company=step.config.company.name, at=step.now)
    return status_csv.write(news, at=step.now)


def _call(step: Step, profile: PartnerProfile, order_id: int, now: OrderStatus) -> None:
    """Owe the customer's server one event; events of a customer are numbered without a gap."""
    event_id = f"{profile.id}-{outbox.draw(step.connection, f'webhook:{profile.id}'):09}"
    content = status_json.event(now, event_id=event_id, at=step.now)
    put_call(step, profile, content, event_id=event_id, order_id=order_id)


def _send_870(
    step: Step,
    profile: PartnerProfile,
    news: Mapping[int, OrderStatus],
    *,
    kind: str,
    number: str,
) -> set[int]:
    outgoing = Outgoing(step)
    told: set[int] = set()
    for order_id, now in news.items():
        report = StatusReport(kind=kind, scope="PA", number=number, at=step.now, status=now)
        if owe_status(step, outgoing, profile, report, order_id=order_id):
            told.add(order_id)
    outgoing.flush()
    return told
