"""What an order may be worth: the customer's minimum, what needs approval, what it may owe.

Judged when an order is taken, again when a price or an item of it becomes known, and again when the
terms change or other orders of the customer end.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from oms_edi.domain.customer import Customer, MoneyTerms
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.order import BookOrder, NewLine
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.holding import end_holds, place_hold
from oms_edi.store import customers, orders
from oms_edi.store.catalog import Catalog
from oms_edi.store.timeline import open_holds, open_holds_of, was_released

#: Holds on whole orders that only money places.
KINDS = (HoldKind.MINIMUM, HoldKind.APPROVAL, HoldKind.CREDIT)


class Complaint(NamedTuple):
    """What money has against an order, and what is done about it."""

    kind: HoldKind
    #: none, warn, hold.
    action: str
    text: str


def terms_of(profile: PartnerProfile, customer: Customer) -> MoneyTerms:
    """Return the terms of a customer: of the book, else of its mapping."""
    settings = profile.orders.money
    return MoneyTerms(
        minimum=settings.minimum if customer.minimum is None else customer.minimum,
        approval_above=_limit(customer.approval_above, settings.approval_above),
        credit_limit=_limit(customer.credit_limit, settings.credit_limit),
        balance=customer.balance or Decimal(0),
    )


def _limit(text: str | None, default: Decimal | None) -> Decimal | None:
    if text is None:
        return default
    return None if text == "none" else Decimal(text)


def value_of(lines: tuple[NewLine, ...]) -> tuple[Decimal, bool]:
    """Return what an order about to be taken is worth, and whether every line has a price."""
    value = sum(
        (line.price * line.quantity / line.unit_factor for line in lines if line.price is not None),
        Decimal(0),
    )
    return value, all(line.price is not None for line in lines)


def complaints(
    profile: PartnerProfile,
    terms: MoneyTerms,
    value: Decimal,
    *,
    is_certain: bool,
    open_value: Callable[[], Decimal],
) -> Iterator[Complaint]:
    """Yield what speaks against an order of this value; `open_value` is asked only if it counts."""
    settings = profile.orders.money
    if is_certain and value < terms.minimum:
        text = f"worth {value:.2f}, less than the minimum of {terms.minimum:.2f}"
        yield Complaint(HoldKind.MINIMUM, settings.minimum_action, text)
    if terms.approval_above is not None and value > terms.approval_above:
        text = f"worth {value:.2f}; above {terms.approval_above:.2f} a person approves"
        yield Complaint(HoldKind.APPROVAL, settings.approval_action, text)
    if terms.credit_limit is not None and settings.credit_action != "none":
        owed = terms.balance + open_value()
        if owed + value > terms.credit_limit:
            text = (
                f"owes {terms.balance:.2f} and has {owed - terms.balance:.2f} open; with"
                f" {value:.2f} that is over its limit of {terms.credit_limit:.2f}"
            )
            yield Complaint(HoldKind.CREDIT, settings.credit_action, text)


def judge_new(
    step: Step, catalog: Catalog, profile: PartnerProfile, lines: tuple[NewLine, ...]
) -> list[Complaint]:
    """Judge an order that is about to be taken; asks nothing where there are no terms."""
    terms = terms_of(profile, catalog.customer(profile.id))
    if not terms.any:
        return []
    value, is_certain = value_of(lines)

    def others() -> Decimal:
        if profile.id not in catalog.open_values and step.connection.in_transaction:
            customers.settle(step.connection, profile.id)
        return catalog.open_value(profile.id)

    found = list(complaints(profile, terms, value, is_certain=is_certain, open_value=others))
    if profile.id in catalog.open_values and not any(
        one.kind is HoldKind.CREDIT and one.action == "hold" for one in found
    ):
        catalog.open_values[profile.id] += value
    return found


def judge_again(step: Step, order: BookOrder) -> None:
    """Hold an order whose value became known, where a person has not released that already."""
    profile = step.partners.by_id(order.partner)
    terms = terms_of(profile, customers.read_customer(step.connection, order.partner))
    if not terms.any:
        return
    held = {hold.kind for hold in open_holds(step.connection, order.order_id)}
    for one in _complaints(step, order.order_id, profile, terms):
        if one.action != "hold" or one.kind in held:
            continue
        if not was_released(step.connection, order.order_id, one.kind):
            place_hold(step, order.order_id, None, one.kind, one.text, po_number=order.po_number)


def _complaints(
    step: Step, order_id: int, profile: PartnerProfile, terms: MoneyTerms
) -> list[Complaint]:
    """Judge an order of the book; what it is worth itself does not count as open beside it."""
    value, is_certain = customers.order_value(step.connection, order_id)

    def others() -> Decimal:
        return customers.open_value(step.connection, profile.id, without=order_id)

    return list(complaints(profile, terms, value, is_certain=is_certain, open_value=others))


def cure_money(step: Step, *, actor: str, why: str) -> int:
    """End the holds that money no longer has a reason for, oldest first; return how many.

    An order that goes on counts as open for the next one. In the caller's transaction.
    """
    holds = open_holds_of(step.connection, KINDS)
    uncounted = {hold.order_id for hold in holds if hold.kind == HoldKind.CREDIT}
    accounts: dict[str, _Account] = {}
    ended = 0
    for hold in holds:
        partner = orders.partner_of(step.connection, hold.order_id)
        profile = step.partners.find(partner)
        if profile is None:
            continue
        account = accounts.get(partner) or _Account(step, profile)
        accounts[partner] = account
        value, is_certain = customers.order_value(step.connection, hold.order_id)
        own = Decimal(0) if hold.order_id in uncounted else value
        left = complaints(
            profile,
            account.terms,
            value,
            is_certain=is_certain,
            open_value=account.others(own),
        )
        if any(one.kind == hold.kind and one.action == "hold" for one in left):
            continue
        end_holds(step, hold.order_id, [hold], outcome="released", actor=actor, reason=why)
        if hold.kind == HoldKind.CREDIT:
            uncounted.discard(hold.order_id)
            account.open_value += value
        ended += 1
    return ended


class _Account:
    """A customer while its holds are looked at: its terms, and what it has open by now."""

    def __init__(self, step: Step, profile: PartnerProfile) -> None:
        customers.settle(step.connection, profile.id)
        self.terms = terms_of(profile, customers.read_customer(step.connection, profile.id))
        self.open_value = customers.open_value(step.connection, profile.id)

    def others(self, own: Decimal) -> Callable[[], Decimal]:
        """Return what asks for what is open beside an order of which `own` is counted."""
        return lambda: self.open_value - own
