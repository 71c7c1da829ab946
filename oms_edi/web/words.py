"""How instants, days, money and counts are written; the filters of every template."""

import re
from datetime import UTC, date, datetime, timedelta

from jinja2 import pass_context
from jinja2.filters import do_title
from jinja2.runtime import Context
from markupsafe import Markup, escape

from oms_edi.domain.exceptions import KINDS
from oms_edi.web.kinds import TITLES

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Days after which an instant is written as a day.
_LONG_AGO_DAYS = 14
_SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB"))


def instant(value: str | datetime) -> datetime:
    """Return an instant of the store as a value."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def distance(value: datetime, now: datetime) -> str:
    """Say how long ago, or in how long: `now`, `in 20 s`, `5 min ago`, `in 3 h`, `6 d ago`."""
    seconds = int((now - value).total_seconds())
    size = abs(seconds)
    if size < 60:
        return "now" if seconds >= 0 else f"in {size} s"
    if size < 3600:
        text = f"{size // 60} min"
    elif size < 48 * 3600:
        text = f"{size // 3600} h"
    else:
        text = f"{size // 86400} d"
    return f"{text} ago" if seconds > 0 else f"in {text}"


@pass_context
def ago(context: Context, value: str | datetime | None) -> Markup:
    """Write an instant as its distance from now; the instant itself is its title."""
    if not value:
        return Markup("")
    at, now = instant(value), context["now"]
    far = abs(now - at) > timedelta(days=_LONG_AGO_DAYS)
    text = _day_text(at.date(), now.date()) if far else distance(at, now)
    return _time(at, text)


@pass_context
def at(context: Context, value: str | datetime | None) -> Markup:
    """Write an instant with day and time, and with the year where it is not this one."""
    if not value:
        return Markup("")
    found = instant(value)
    year = "" if found.year == context["now"].year else f", {found.year},"
    return _time(found, f"{_MONTHS[found.month - 1]} {found.day}{year} {found:%H:%M}")


def _time(found: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{found:%Y-%m-%dT%H:%M:%SZ}", f"{found:%Y-%m-%d %H:%M:%S} UTC", text
    )


@pass_context
def day(context: Context, value: str | date | None) -> Markup:
    """Write a day of the calendar: `Wed Mar 4`, with the year where it is not this one."""
    if not value:
        return Markup("")
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        found.isoformat(), found.isoformat(), _day_text(found, context["now"].date())
    )


def _day_text(found: date, today: date) -> str:
    text = f"{_DAYS[found.weekday()]} {_MONTHS[found.month - 1]} {found.day}"
    return text if found.year == today.year else f"{text}, {found.year}"


def money(cents: int | None, currency: str = "USD") -> str:
    """Write cents as an amount with its currency; nothing for none."""
    if cents is None:
        return ""
    sign, size = ("-" if cents < 0 else ""), abs(cents)
    amount = f"{size // 100:,}.{size % 100:02}"
    return f"{sign}${amount}" if currency in ("USD", "") else f"{sign}{amount} {currency}"


def count(value: int | None) -> str:
    """Write a whole number with its thousands apart."""
    return "" if value is None else f"{value:,}"


def size(size_bytes: int | None) -> str:
    """Write a size of a file."""
    if size_bytes is None:
        return ""
    for unit, name in _SIZES:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def hours(value: float | None) -> str:
    """Write a span of hours as people say it."""
    if value is None:
        return ""
    if value < 1:
        return f"{round(value * 60)} min"
    return f"{value:.0f} h" if value < 48 else f"{value / 24:.0f} d"


#: Days and instants in a sentence; not those that are part of a name of a file.
_DATES = re.compile(r"(?<![\w./-])(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\dZ)?(?![\w/-]|\.\w)")


@pass_context
def dated(context: Context, text: str) -> Markup:
    """Write a sentence with its days and instants as people say them."""
    found, end = Markup(""), 0
    for match in _DATES.finditer(text):
        try:
            told = at(context, match[0]) if match[2] else day(context, match[1])
        except ValueError:  # no day of any calendar
            continue
        found += escape(text[end : match.start()]) + told
        end = match.end()
    return found + escape(text[end:])


#: What is said letter by letter.
_LETTERS = frozenset({"api", "csv", "edi", "json", "pdf", "po", "x12", "xlsx"})


def words(value: str) -> str:
    """Write a name of ours as words: `file_quarantined` is `file quarantined`, `edi` is `EDI`."""
    found = str(value).replace("_", " ")
    return " ".join(word.upper() if word in _LETTERS else word for word in found.split(" "))


#: What stays as it is in a name in capitals.
_CAPITALS = re.compile(r"\b(DC|[0-9]+L|II|III|IV|LLC|LP|NE|NW|SE|SW|USA)\b")


def title(value: str | None) -> str:
    """Write a name all in capitals, or in none, as a title; any other name is as its owner has it.

    `NORTHGATE DC COLUMBUS` is `Northgate DC Columbus`, `McCall's` stays.
    """
    text = value or ""
    if not (text.isupper() or text.islower()):
        return text
    kept = {match.start(): match[0] for match in _CAPITALS.finditer(text)}
    found = do_title(text)
    for start, word in kept.items():
        found = found[:start] + word + found[start + len(word) :]
    return found


def kind(name: str) -> str:
    """Write a kind of exception as its title, such as `Price differs`."""
    return TITLES.get(name) or capitalize_first(words(name))


def titled(text: str) -> str:
    """Write a kind a sentence begins with, such as `item_unknown: `, as its title."""
    name, colon, rest = text.partition(": ")
    return f"{kind(name)}: {rest}" if colon and name in KINDS else text


@pass_context
def happened(context: Context, text: str) -> Markup:
    """Write the text of an event: its days as people say them, a kind it begins with as a title."""
    return dated(context, titled(text))


def capitalize_first(value: str) -> str:
    """Begin a sentence with a capital letter, and leave the others as they are."""
    return value[:1].upper() + value[1:]


FILTERS = {
    "title": title,
    "kind": kind,
    "happened": happened,
    "capitalize_first": capitalize_first,
    "ago": ago,
    "at": at,
    "day": day,
    "money": money,
    "count": count,
    "size": size,
    "hours": hours,
    "words": words,
    "dated": dated,
}
