"""What a key of a partner's program may be used for."""

from enum import StrEnum


class Scope(StrEnum):
    """One right; a key has some of them."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    STOCK_READ = "stock:read"
    EXCEPTIONS_READ = "exceptions:read"
    WEBHOOKS_READ = "webhooks:read"
    LINKS_WRITE = "links:write"

    @property
    def meaning(self) -> str:
        """What it opens, for people."""
        return _MEANINGS[self]


_MEANINGS = {
    Scope.ORDERS_READ: "see orders, lines, changes, tracking",
    Scope.ORDERS_WRITE: "place, change and cancel orders",
    Scope.STOCK_READ: "see what can be promised, and when",
    Scope.EXCEPTIONS_READ: "see what is not as planned of its orders",
    Scope.WEBHOOKS_READ: "see where its server is called, and how that stands",
    Scope.LINKS_WRITE: "make links to status pages for its own customers",
}
