"""What operators know of a customer: terms that change more often than a mapping."""

from decimal import Decimal
from typing import NamedTuple


class Customer(NamedTuple):
    """A row of the book; None = as the mapping says."""

    partner: str
    tier: int | None = None
    #: Decimal text, or "none" for no limit whatever the mapping says.
    credit_limit: str | None = None
    #: What they owe for what was shipped and invoiced, as the ERP says.
    balance: Decimal | None = None
    minimum: Decimal | None = None
    #: Decimal text, or "none".
    approval_above: str | None = None
    contact: str | None = None


class SaleTerms(NamedTuple):
    """What an item costs a customer, and in which quantities it is sold."""

    #: For one base unit; None if there is no price.
    price: Decimal | None = None
    #: Base units sold at least; 0 = any.
    minimum: int = 0
    #: Base units it is sold by; 0 = as the item says.
    multiple: int = 0


class MoneyTerms(NamedTuple):
    """What an order of a customer may be worth."""

    minimum: Decimal
    approval_above: Decimal | None
    credit_limit: Decimal | None
    balance: Decimal

    @property
    def any(self) -> bool:
        """True if anything is to be checked at all."""
        return (
            bool(self.minimum or self.approval_above is not None) or self.credit_limit is not None
        )
