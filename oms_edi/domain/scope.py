"""What a key of a partner's program may be used for."""

from enum import StrEnum


class Scope(StrEnum):
    """One right; a key has some of them."""

    ORDERS_READ = "orders:read"  # orders, lines, changes, tracking
    ORDERS_WRITE = "orders:write"  # place, change, cancel
    STOCK_READ = "stock:read"  # availability, promises
    EXCEPTIONS_READ = "exceptions:read"  # what is looked at of its orders
    WEBHOOKS_READ = "webhooks:read"  # where its server is called, and how that stands
    LINKS_WRITE = "links:write"  # make status links for its own customers
