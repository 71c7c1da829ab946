"""What of an order may be settled or changed after it was placed: items, prices, places, days."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from sqlite3 import Connection

from oms_edi.domain.lifecycle import Place
from oms_edi.domain.party import Party
from oms_edi.store.orders import day_of, destination_row, move, note_moves, text_of


def set_line_item(
    connection: Connection,
    line_id: int,
    *,
    item: str,
    unit_factor: int,
    quantity: int,
    price: Decimal | None,
) -> None:
    """Give a line that waited for it its item; its quantity is now known in base units."""
    (before,) = connection.execute(
        "SELECT ordered FROM order_lines WHERE line_id = ?", (line_id,)
    ).fetchone()
    cursor = connection.execute(
        "UPDATE order_lines SET item = ?, unit_factor = ?, ordered = ?, open = ?, price = ?"
        " WHERE line_id = ? AND open = ordered",
        (item, unit_factor, quantity, quantity, text_of(price), line_id),
    )
    if cursor.rowcount and before != quantity:
        note_moves(connection, "", "open", [(line_id, quantity - before)])


def resize_line(
    connection: Connection, line_id: int, *, buyer_quantity: Decimal, delta: int
) -> None:
    """Note the quantity a line has now in the buyer's unit; `delta` more of its units are open."""
    if delta:
        move(connection, Place.OUTSIDE, Place.OPEN, [(line_id, delta)])
    connection.execute(
        "UPDATE order_lines SET buyer_quantity = ? WHERE line_id = ?",
        (text_of(buyer_quantity), line_id),
    )


def ordered_units(connection: Connection, line_id: int) -> int:
    """Return what is ordered of a line now, in base units."""
    row = connection.execute(
        "SELECT ordered FROM order_lines WHERE line_id = ?", (line_id,)
    ).fetchone()
    return int(row[0])


def set_prices(
    connection: Connection, line_id: int, *, buyer_price: Decimal | None, price: Decimal | None
) -> None:
    """Note another price the buyer wrote, and the one we will invoice."""
    connection.execute(
        "UPDATE order_lines SET buyer_price = ?, price = ? WHERE line_id = ?",
        (text_of(buyer_price), text_of(price), line_id),
    )


def set_line_terms(
    connection: Connection, line_id: int, *, destination: int, requested_on: date | None
) -> None:
    """Say where a line goes, and for when."""
    connection.execute(
        "UPDATE order_lines SET destination = ?, requested_on = ? WHERE line_id = ?",
        (destination, day_of(requested_on), line_id),
    )


def set_dates(connection: Connection, order_id: int, dates: Mapping[str, date | None]) -> None:
    """Set dates of an order anew: ship_on, not_before, not_after, deliver_by, cancel_after."""
    for name in ("ship_on", "not_before", "not_after", "deliver_by", "cancel_after"):
        if name in dates:
            connection.execute(
                f"UPDATE orders SET {name} = ? WHERE order_id = ?", (day_of(dates[name]), order_id)
            )
    if "cancel_after" in dates:
        connection.execute(
            "UPDATE orders SET expires_on = cancel_after WHERE order_id = ?", (order_id,)
        )


def set_destination(connection: Connection, order_id: int, destination: int, party: Party) -> None:
    """Settle where a share of the order goes."""
    connection.execute(
        "DELETE FROM destinations WHERE order_id = ? AND destination = ?", (order_id, destination)
    )
    connection.execute(
        "INSERT INTO destinations (order_id, destination, name, id_qualifier, id_code, street,"
        " city, state, postal_code, country) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        destination_row(order_id, destination, party),
    )
