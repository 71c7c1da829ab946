"""Customers as operators know them: their terms, their places, what they have open."""

from collections.abc import Iterable
from decimal import Decimal
from sqlite3 import Connection
from typing import Any

from oms_edi.domain.customer import Customer
from oms_edi.domain.party import Party


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


_COLUMNS = "partner, tier, credit_limit, balance, minimum, approval_above, contact"


def _customer(row: tuple[Any, ...]) -> Customer:
    return Customer(row[0], row[1], row[2], _money(row[3]), _money(row[4]), row[5], row[6])


def read_customer(connection: Connection, partner: str) -> Customer:
    """Return what the book knows of a customer; nothing but its id where it knows nothing."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM customers WHERE partner = ?", (partner,)
    ).fetchone()
    return _customer(row) if row else Customer(partner)


def all_customers(connection: Connection) -> dict[str, Customer]:
    """Return every customer the book knows something of."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM customers ORDER BY partner").fetchall()
    return {row[0]: _customer(row) for row in rows}


def put_customers(connection: Connection, rows: Iterable[Customer]) -> None:
    """Add or change customers, every value of them."""
    connection.executemany(
        f"INSERT INTO customers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (partner) DO UPDATE SET tier = excluded.tier,"
        " credit_limit = excluded.credit_limit, balance = excluded.balance,"
        " minimum = excluded.minimum, approval_above = excluded.approval_above,"
        " contact = excluded.contact",
        [
            (
                c.partner,
                c.tier,
                c.credit_limit,
                _text(c.balance),
                _text(c.minimum),
                c.approval_above,
                c.contact,
            )
            for c in rows
        ],
    )


_PLACE = "code, name, street, city, state, postal_code, country"


def places(connection: Connection, partner: str) -> dict[str, Party]:
    """Return the ship-tos of a customer by code."""
    rows = connection.execute(
        f"SELECT {_PLACE} FROM customer_places WHERE partner = ? ORDER BY code", (partner,)
    ).fetchall()
    return {row[0]: _place(row) for row in rows}


def _place(row: tuple[str, str, str, str, str, str, str]) -> Party:
    code, name, street, city, state, postal_code, country = row
    return Party(
        role="ST",
        name=name,
        id_code=code,
        street=(street,) if street else (),
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
    )


def put_places(connection: Connection, rows: Iterable[tuple[str, Party]]) -> None:
    """Add or change ship-tos of customers (partner, place with its code)."""
    connection.executemany(
        f"INSERT INTO customer_places (partner, {_PLACE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (partner, code) DO UPDATE SET name = excluded.name,"
        " street = excluded.street, city = excluded.city, state = excluded.state,"
        " postal_code = excluded.postal_code, country = excluded.country",
        [
            (
                partner,
                p.id_code,
                p.name,
                " ".join(p.street),
                p.city,
                p.state,
                p.postal_code,
                p.country,
            )
            for partner, p in rows
        ],
    )


#: Units that were not shipped and not cancelled.
_LIVE = "(l.open + l.allocated + l.backordered + l.released)"


def settle(connection: Connection, partner: str) -> None:
    """Note the customer's orders of which nothing is live any more, in the caller's transaction.

    They are not looked at again: asking what is open costs what is open, not what ever was. Who
    only looks at the book leaves that to others.
    """
    if connection.execute("PRAGMA query_only").fetchone()[0]:
        return
    connection.execute(
        "UPDATE orders SET settled = 1 WHERE partner = ? AND settled = 0 AND NOT EXISTS"
        f" (SELECT 1 FROM order_lines l WHERE l.order_id = orders.order_id AND {_LIVE} > 0)",
        (partner,),
    )


def open_value(connection: Connection, partner: str, *, without: int = 0) -> Decimal:
    """Return what the customer's orders are worth that neither left nor were cancelled.

    Not those held for credit, and not order `without`. It costs what was not settled yet.
    """
    rows = connection.execute(
        f"SELECT {_LIVE}, l.unit_factor, l.price FROM orders o"
        " JOIN order_lines l ON l.order_id = o.order_id"
        " WHERE o.partner = ? AND o.settled = 0 AND o.order_id <> ?"
        f" AND l.price IS NOT NULL AND {_LIVE} > 0"
        " AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.order_id = o.order_id"
        " AND h.kind = 'credit' AND h.closed_at IS NULL)",
        (partner, without),
    ).fetchall()
    return sum((Decimal(price) * units / factor for units, factor, price in rows), Decimal(0))


def order_value(connection: Connection, order_id: int) -> tuple[Decimal, bool]:
    """Return what is live of an order, in money, and whether every such line has a price."""
    rows = connection.execute(
        f"SELECT {_LIVE}, l.unit_factor, l.price FROM order_lines l"
        f" WHERE l.order_id = ? AND {_LIVE} > 0",
        (order_id,),
    ).fetchall()
    value = sum(
        (Decimal(price) * units / factor for units, factor, price in rows if price is not None),
        Decimal(0),
    )
    return value, all(price is not None for _, _, price in rows)
