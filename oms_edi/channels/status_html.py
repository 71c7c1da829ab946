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
    if len(statuses) == 1:
        title, names = name_of(statuses[0]), [""]
    else:
        title, names = "How your orders stand", [name_of(status) for status in statuses]
    parts = [order(status, name=name) for status, name in zip(statuses, names, strict=True)]
    return page(title, heading(title, company), *parts, at=at).encode()


def name_of(status: OrderStatus) -> str:
    """Return how people call an order."""
    release = f" release {status.release_number}" if status.release_number else ""
    return f"Order {status.po_number}{release}"


def page(title: str, *body: Html, at: datetime) -> Html:
    """Return a whole page, of how things stand at an instant."""
    footer = element("footer", "As of ", _instant(at), ".")
    return _document(title, element("main", *body), footer)


def notice(title: str, text: str) -> Html:
    """Return a whole page that only says something."""
    return _document(title, element("main", element("h1", title), element("p", text)))


def _document(title: str, *body: Html) -> Html:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex, nofollow"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    html = element("html", head, element("body", *body), lang="en")
    return joined(Html("<!doctype html>\n"), html)


def heading(title: str, company: str) -> Html:
    """Return the top of a page."""
    return element("header", element("p", company), element("h1", title))


def order(status: OrderStatus, notes: Iterable[str] = (), *, name: str = "") -> Html:
    """Return one order with its lines, and what else its customer may know.

    `name` is how it is called where other orders stand beside it.
    """
    ordered = joined(", ordered ", _day(status.ordered_on)) if status.ordered_on else ""
    return element(
        "section",
        element("h2", f"{name} ".lstrip(), _chip(status.code, status.word)),
        element("p", f"Our number {status.order}", ordered, class_="quiet"),
        *(element("p", _sentence(note), class_="note") for note in notes),
        element("ul", *(_line(line) for line in status.lines), class_="lines"),
    )


def search(here: str, po_number: str) -> Html:
    """Return a form that finds an order by its PO number."""
    return element(
        "form",
        element("label", "PO number", for_="po"),
        element("input", id="po", name="po", value=po_number, maxlength="40", autocomplete="off"),
        element("button", "Find"),
        action=here,
        method="get",
        role="search",
    )


def orders(
    rows: Sequence[tuple[str, OrderStatus]], *, more: str, is_first: bool, here: str
) -> Html:
    """Return a list of orders, each with its address; `more` is where the older ones are."""
    if not rows:
        return joined(
            element("p", "There are no such orders.", class_="quiet"), _first(here, is_first)
        )
    items = [
        element(
            "li",
            element(
                "a",
                element("span", element("strong", now.po_number), _ordered(now)),
                _chip(now.code, now.word),
                href=address,
            ),
        )
        for address, now in rows
    ]
    older = element("p", element("a", "Older orders", href=more)) if more else Html("")
    nav = element("nav", element("ul", *items), aria_label="Orders")
    return joined(nav, older, _first(here, is_first))


def _ordered(now: OrderStatus) -> Html:
    if now.ordered_on is None:
        return Html("")
    return joined(" ", element("span", _day(now.ordered_on), class_="quiet"))


def _first(here: str, is_first: bool) -> Html:
    return (
        Html("") if is_first else element("p", element("a", "All orders, newest first", href=here))
    )


def way_back(here: str) -> Html:
    """Return what leads from an order to the list it stands in."""
    return element("p", element("a", "All orders", href=here))


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
    days: list[str] = []
    if part.on:
        days += ["Left " if shipped else "Ships ", _day(part.on)]
    if shipped and part.carrier:
        days.append(f" with {part.carrier}" if days else f"With {part.carrier}")
    if part.arrives:
        days += [", should arrive " if days else "Should arrive ", _day(part.arrives)]
    tracking = [
        element("p", "Tracking ", _followed(part.scac, one), class_="when") for one in part.tracking
    ]
    return element(
        "li",
        _chip(part.code, part.word),
        f" {write_number(part.quantity)} {unit}",
        *([element("p", *days, class_="when")] if days else []),
        *tracking,
    )


def _followed(scac: str, number: str) -> str:
    """Return a tracking number, as a link where its carrier has a page."""
    link = tracking_link(scac, number)
    return element("a", number, href=link, rel="noreferrer noopener") if link else number


def _chip(code: str, word: str) -> Html:
    """Return a status: a word in a tone, never a color alone."""
    return element("span", word, class_=f"chip {_TONES.get(code, '')}".rstrip())


def _day(on: date) -> Html:
    """Return a day as people write it."""
    return element("time", f"{on:%b} {on.day}, {on.year}", datetime=on.isoformat())


def _instant(at: datetime) -> Html:
    """Return an instant, in UTC."""
    told = f"{at:%b} {at.day}, {at.year}, {at:%H:%M} UTC"
    return element("time", told, datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
