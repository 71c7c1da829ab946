"""The questions of `orders new`: who, what, where to, by when; what it costs and what is free."""

import re
from datetime import date
from typing import Any

import click

from oms_edi.cli.output import clean
from oms_edi.domain.item import Item
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake import new_order as phone
from oms_edi.pipeline.orders.terms import places_told
from oms_edi.store.catalog import Catalog, search_items

_OFFERED = 12
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


def ask_order(step: Step, customer: str | None) -> tuple[str, dict[str, Any]]:
    """Ask for a whole order; return the customer's id and the order as a document."""
    profile = _customer(step, customer)
    click.echo(f"{profile.name} ({profile.id})")
    order: dict[str, Any] = {"po_number": _text("PO number", default=phone.next_po(step))}
    order["ship_to"] = _place(step, profile)
    deliver_by = _day("Deliver by (YYYY-MM-DD, empty: no matter)")
    if deliver_by:
        order["deliver_by"] = deliver_by
    order["lines"] = _lines(step, profile)
    note = _text("Remark", default="")
    if note:
        order["notes"] = [note]
    return profile.id, order


def _text(question: str, *, default: str | None = None) -> str:
    text: str = click.prompt(question, default=default, show_default=bool(default))
    return text.strip()


def _customer(step: Step, words: str | None) -> PartnerProfile:
    while True:
        found = phone.find_customer(step, words if words is not None else _text("Customer"))
        if len(found) == 1:
            return found[0]
        words = None
        if not found:
            click.echo("no customer is called so")
        for profile in found[:_OFFERED]:
            click.echo(f"  {profile.id}: {profile.name}")


def _place(step: Step, profile: PartnerProfile) -> dict[str, str]:
    known = {row["code"]: row for row in places_told(step, profile.id)}
    for code, row in list(known.items())[:_OFFERED]:
        click.echo(f"  {code}: {row['name']}, {row['city']} {row['state']} {row['postal_code']}")
    if len(known) > _OFFERED:
        click.echo(f"  and {len(known) - _OFFERED} more")
    while known:
        code = _text("Ship to code (empty: an address)", default="")
        if not code:
            break
        if code in known:
            return {"code": code}
        click.echo("no such code")
    names = ("name", "street", "city", "state", "postal_code")
    return {name: text for name in names if (text := _text(f"  {name.replace('_', ' ')}"))}


def _day(question: str) -> str:
    while True:
        text = _text(question, default="")
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            click.echo("a day is written 2026-03-31")


def _number(question: str, *, default: str | None = None) -> str:
    while True:
        text = _text(question, default=default)
        if _NUMBER.fullmatch(text) or (default is not None and not text):
            return text
        click.echo("a number such as 12 or 4.25")


def _lines(step: Step, profile: PartnerProfile) -> list[dict[str, str]]:
    lines: list[dict[str, str]] = []
    while True:
        words = _text("Item, or words of it (empty: done)", default="")
        if not words and lines:
            return lines
        item = _item(step, words)
        if item is not None:
            lines.append({"line": str(len(lines) + 1), **_line(step, profile, item)})


def _item(step: Step, words: str) -> Item | None:
    """Return the item with this number, or the only one with these words; else offer some."""
    exact = Catalog(step.connection).item(words)
    found = [exact] if exact else search_items(step.connection, words, limit=_OFFERED + 1)
    if len(found) == 1:
        return found[0]
    if not found:
        click.echo("no item has these words")
    for item in found[:_OFFERED]:
        click.echo(f"  {clean(item.item)}: {clean(item.description)}")
    if len(found) > _OFFERED:
        click.echo("  and more; add a word")
    return None


def _line(step: Step, profile: PartnerProfile, item: Item) -> dict[str, str]:
    terms = Catalog(step.connection).terms(profile.id, item.item)
    units = "".join(f", 1 {unit} = {n}" for unit, n in sorted(item.units.items()))
    price = "no price" if terms.price is None else f"{terms.price} a {item.unit}"
    free = phone.free_told(phone.free_units(step, [item.item])[item.item])
    click.echo(f"  {clean(item.item)} {clean(item.description)}: {price}{units}; free: {free}")
    quantity = _number("  Quantity")
    unit = _text("  Unit", default=item.unit).upper()
    line = {"item": item.item, "quantity": quantity, "unit": unit}
    factor = item.factor(unit)
    ours = "" if terms.price is None or factor is None else str(terms.price * factor)
    price = _number(f"  Price of a {unit}", default=ours)
    return line | ({"unit_price": price} if price else {})
