"""An order by phone: customer, items, prices, what is free and by when, and its checks; then saved.

Every button sends the whole form, so that it works without a script. It is saved only as it was
shown: whoever changes something sees the checks again first.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from starlette.responses import Response

from oms_edi.domain.item import Item
from oms_edi.domain.role import Role
from oms_edi.errors import NotFound, Refused
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.intake import new_order as phone
from oms_edi.pipeline.orders.terms import places_told
from oms_edi.store.catalog import Catalog, search_items
from oms_edi.web.asked import Asked
from oms_edi.web.order_form import FormLine, OrderForm, fault_words
from oms_edi.web.route import act, page
from oms_edi.web.words import titled

_OFFERED = 12
_PLACES = 500


class Offered(NamedTuple):
    """An item somebody looks for."""

    item: Item
    #: For a base unit; None = no price.
    price: Decimal | None
    #: Base units that may be promised, by node.
    free: dict[str, int]


def new_order(asked: Asked) -> Response:
    """Show an empty form for a customer, or ask for the customer."""
    customer = asked.text("customer")
    if not customer:
        return _ask_customer(asked, phone.find_customer(asked.looking(), asked.text("who")))
    _profile(asked, customer)
    form = OrderForm(customer=customer, po_number=phone.next_po(asked.looking()))
    return _show(asked, form)


def _ask_customer(asked: Asked, found: list[PartnerProfile]) -> Response:
    if asked.text("who") and len(found) == 1:
        return asked.go(f"/orders/new?customer={found[0].id}")
    return asked.page("new_order_who.html", found=found[:50], who=asked.text("who"))


def go_on(asked: Asked) -> Response:
    """Do what a button of the form says."""
    form = OrderForm.of(asked)
    _profile(asked, form.customer)
    what, _, which = asked.text("do").partition(":")
    if what == "add":
        return _show(asked, _with_item(asked, form, which))
    if what == "remove" and which.isdecimal():
        left = tuple(line for at, line in enumerate(form.lines) if at != int(which))
        return _show(asked, replace(form, lines=left))
    if what == "save" and asked.text("mark") == form.mark:
        return _save(asked, form)
    if asked.text("words") and what not in ("check", "save"):
        return _show(asked, form, words=asked.text("words"))
    return _check(asked, form)


def _profile(asked: Asked, customer: str) -> PartnerProfile:
    found = asked.partners.find(customer)
    if found is None or found.role != "customer":
        raise NotFound(f"no customer {customer[:60]!r}")
    return found


def _with_item(asked: Asked, form: OrderForm, number: str) -> OrderForm:
    item = Catalog(asked.connection).item(number)
    if item is None:
        return form
    return replace(form, lines=(*form.lines, FormLine(item.item, "1", item.unit)))


def _check(asked: Asked, form: OrderForm) -> Response:
    """Show what would become of it."""
    if not form.lines:
        return _show(asked, form, fault="Add an item first.", status=422)
    try:
        with _document(form) as path:
            seen = phone.preview(asked.looking(), path, customer=form.customer)
    except Refused as error:
        return _show(asked, form, fault=fault_words(str(error)), status=422)
    return _show(asked, form, seen=seen)


def _save(asked: Asked, form: OrderForm) -> Response:
    reason = asked.text("reason")[:500] or "the customer called"
    try:
        with _document(form) as path:
            placed = phone.new_order(
                asked.step(), path, customer=form.customer, actor=asked.actor, reason=reason
            )
    except Refused as error:
        return _show(asked, form, fault=fault_words(str(error)), status=422)
    waits = f" It waits: {'; '.join(map(titled, placed.holds))}." if placed.holds else ""
    told = f"{placed.order} is PO {placed.po_number}.{waits}"
    return asked.go(f"/orders/{placed.order}", told=told)


@contextmanager
def _document(form: OrderForm) -> Iterator[Path]:
    """Yield the file an order is kept as."""
    with tempfile.TemporaryDirectory(prefix="oms-edi-order-") as scratch:
        path = Path(scratch) / "order.json"
        path.write_bytes(phone.document(form.document()))
        yield path


def _show(
    asked: Asked,
    form: OrderForm,
    *,
    seen: phone.Preview | None = None,
    words: str = "",
    fault: str = "",
    status: int = 200,
) -> Response:
    profile = _profile(asked, form.customer)
    step = asked.looking()
    catalog = Catalog(asked.connection)
    lines = [_row(catalog, profile, line) for line in form.lines]
    found = _look_for(asked, profile, words) if words else []
    return asked.page(
        "new_order.html",
        status=status,
        form=form,
        customer=profile,
        places=list(places_told(step, profile.id))[:_PLACES],
        lines=lines,
        seen=seen,
        is_short=any(line.quoted.waits for line in (seen.lines if seen else ())),
        words=words,
        found=found[:_OFFERED],
        is_more=len(found) > _OFFERED,
        fault=fault,
    )


def _row(catalog: Catalog, profile: PartnerProfile, line: FormLine) -> dict[str, Any]:
    """Return a line with what is known of its item."""
    item = catalog.item(line.item)
    price = catalog.terms(profile.id, line.item).price if item else None
    factor = item.factor(line.unit or item.unit) if item else None
    return {
        "typed": line,
        "description": item.description if item else "",
        "units": [item.unit, *sorted(set(item.units) - {item.unit})] if item else [],
        "ours": f"{price * factor:f}" if price is not None and factor else "",
    }


def _look_for(asked: Asked, profile: PartnerProfile, words: str) -> list[Offered]:
    catalog = Catalog(asked.connection)
    exact = catalog.item(words)
    found = [exact] if exact else search_items(asked.connection, words, limit=_OFFERED + 1)
    free = phone.free_units(asked.looking(), [item.item for item in found])
    return [
        Offered(item, catalog.terms(profile.id, item.item).price, free[item.item]) for item in found
    ]


ROUTES = (
    page("/orders/new", new_order, role=Role.OPERATOR),
    act("/orders/new", go_on, role=Role.OPERATOR),
)
