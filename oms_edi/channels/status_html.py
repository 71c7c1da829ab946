"""How orders stand, as a page for people who wait: of status links, and of files in `status/`.

One page, complete in itself: no script, nothing loaded from anywhere. Whoever has it reads the
customer's words and nothing else.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from importlib.resources import files

from oms_edi.channels.markup import Html, element, joined
from oms_edi.domain.order_status import OrderStatus, StatusLine, StatusPart
from oms_edi.domain.tracking import tracking_link
from oms_edi.transactions.elements import write_number

#: The whole style of the page, as it stands in it.
STYLE = (files("oms_edi.channels") / "status.css").read_text()
#: How an element 368 looks; others are quiet.
_TONES = {
    **dict.fromkeys(("PS", "PR", "IN"), "going"),
    **dict.fromkeys(("SH", "CC", "CP"), "done"),
    **dict.fromkeys(("BO", "BP", "PH"), "waits"),
}
_SHIPPED = "SH"


def report(statuses: Sequence[OrderStatus], *, company: str, at: datetime) -> bytes:
    """Return a report of several orders as a file."""
    title = "How your orders stand"
    if len(statuses) == 1:
        title = f"Order {statuses[0].po_number}"
    body = [heading(title, company), *(order(status) for status in statuses)]
    return page(title, *body, at=at).encode()


def page(title: str, *body: Html, at: datetime) -> Html:
    """Return a whole page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex, nofollow"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    footer = element("footer", "As of ", instant(at), ".")
    return joined(
        Html("<!doctype html>\n"), element("html", head, element("body", *body, footer), lang="en")
    )


def heading(title: str, company: str) -> Html:
    """Return the top of a page."""
    return element("header", element("p", company), element("h1", title))


def order(status: OrderStatus, notes: Iterable[str] = ()) -> Html:
    """Return one order with its lines, and what else its customer may know."""
    release = f" release {status.release_number}" if status.release_number else ""
    ordered = joined(", ordered ", day(status.ordered_on)) if status.ordered_on else ""
    return element(
        "section",
        element("h2", f"PO {status.po_number}{release} ", chip(status.code, status.word)),
        element("p", f"Our number {status.order}", ordered, class_="quiet"),
        *(element("p", _sentence(note), class_="note") for note in notes),
        element("ul", *(_line(line) for line in status.lines), class_="lines"),
    )


def _line(line: StatusLine) -> Html:
    code = line.items[0][1] if line.items else ""
    name = " · ".join(filter(None, (code, line.description))) or f"line {line.buyer_line}"
    return element(
        "li",
        element(
            "div",
            element("h3", name),
            element("span", f"{write_number(line.quantity)} {line.unit}"),
            class_="item",
        ),
        element("ul", *(_part(part, line.unit) for part in line.parts), class_="parts"),
    )


def _part(part: StatusPart, unit: str) -> Html:
    shipped = part.code == _SHIPPED
    told = [chip(part.code, part.word), f" {write_number(part.quantity)} {unit}"]
    if part.on:
        told += [" on " if shipped else ", ships ", day(part.on)]
    if part.carrier:
        told.append(f" with {part.carrier}")
    if part.arrives:
        told += [", should arrive ", day(part.arrives)]
    for one in part.tracking:
        link = tracking_link(part.scac, one)
        shown = element("a", one, href=link, rel="noreferrer noopener") if link else one
        told.append(element("p", "Tracking ", shown))
    return element("li", *told)


def chip(code: str, word: str) -> Html:
    """Return a status: a word in a tone, never a color alone."""
    return element("span", word, class_=f"chip {_TONES.get(code, '')}".rstrip())


def day(on: date) -> Html:
    """Return a day as people write it."""
    return element("time", f"{on:%b} {on.day}, {on.year}", datetime=on.isoformat())


def instant(at: datetime) -> Html:
    """Return an instant, in UTC."""
    told = f"{at:%b} {at.day}, {at.year}, {at:%H:%M} UTC"
    return element("time", told, datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
