"""Write the messages about exceptions: one each, or one that sums up many."""

from collections.abc import Sequence
from datetime import datetime
from string import Template

from oms_edi.config.notify import Channel
from oms_edi.domain.counted import counted
from oms_edi.domain.exceptions import KINDS
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.message_out import Message
from oms_edi.store.notifications import Owed

#: Lines of a summary; more are counted.
_MAX_LINES = 200
_MAX_SUBJECT = 200


def money(cents: int) -> str:
    """Write cents as an amount."""
    return f"{cents // 100:,}.{cents % 100:02}"


def one(channel: Channel, news: Owed, *, company: str, now: datetime) -> Message:
    """Return the message about one exception, by the channel's templates."""
    fields = _fields(news, company)
    return Message(
        key=f"{channel.name}.{news.key}",
        subject=_line(Template(channel.subject).safe_substitute(fields)),
        text=Template(channel.text).safe_substitute(fields),
        exceptions=(_public(news),),
        at=now,
    )


def summary(channel: Channel, news: Sequence[Owed], *, company: str, now: datetime) -> Message:
    """Return one message about many exceptions, the most money at risk first."""
    ranked = sorted(
        news, key=lambda one: (-one.exception["risk_cents"], one.exception["exception_id"])
    )
    total = sum(one.exception["risk_cents"] for one in ranked)
    lines = [
        f"{one.exception['severity']:<8} {money(one.exception['risk_cents']):>14}"
        f"  {one.exception['kind']}, {one.exception['subject']}: {one.exception['text']}"
        for one in ranked[:_MAX_LINES]
    ]
    if len(ranked) > _MAX_LINES:
        lines.append(f"and {len(ranked) - _MAX_LINES} more; `oms-edi exceptions` lists them")
    first, last = min(o.notification_id for o in news), max(o.notification_id for o in news)
    return Message(
        key=f"{channel.name}.sum.{first}-{last}.{len(news)}",
        subject=_line(f"{company}: {counted(len(ranked), 'exception')}, at risk {money(total)}"),
        text="\n".join(lines) + "\n",
        exceptions=tuple(_public(one) for one in ranked[:_MAX_LINES]),
        at=now,
    )


def _line(text: str) -> str:
    """Return a subject that is one line: a partner's text must not add headers."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MAX_SUBJECT]


def _fields(news: Owed, company: str) -> dict[str, str]:
    e = news.exception
    return {
        "exception": str(e["exception_id"]),
        **{
            name: str(e[name] or "")
            for name in ("kind", "queue", "severity", "subject", "text", "action", "partner")
        },
        "node": e["node"],
        "order": order_name(e["order_id"]) if e["order_id"] else "",
        "commands": "\n".join(f"  {command}" for command in _commands(news)),
        "risk": money(e["risk_cents"]),
        "due": e["due_at"] or "-",
        "opened": e["opened_at"],
        "owner": e["owner"] or "-",
        "level": str(e["level"]),
        "company": company,
    }


def _commands(news: Owed) -> list[str]:
    e = news.exception
    kind = KINDS.get(e["kind"])
    if kind is None:
        return []
    order = order_name(e["order_id"]) if e["order_id"] else ""
    return kind.commands(exception_id=e["exception_id"], order=order, partner=e["partner"])


def _public(news: Owed) -> dict[str, object]:
    e = news.exception
    order = order_name(e["order_id"]) if e["order_id"] else ""
    return {**e, "order": order, "commands": _commands(news), "repeats": news.repeats}
