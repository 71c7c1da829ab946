"""Numbers others have seen: counters, order numbers, and how far they were used."""

from sqlite3 import Connection


def counters(connection: Connection) -> dict[str, int]:
    """Return the last number drawn, by counter."""
    rows = connection.execute("SELECT name, value FROM counters ORDER BY name")
    return {name: int(value) for name, value in rows}


def set_counter(connection: Connection, name: str, value: int) -> None:
    """Set the last number drawn from a counter."""
    connection.execute(
        "INSERT INTO counters (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def last_order(connection: Connection) -> int:
    """Return the last order id that was given, also to orders that came to nothing."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'orders'").fetchone()
    return int(row[0]) if row else 0


def set_last_order(connection: Connection, order_id: int) -> None:
    """Let the next order have a higher id than this."""
    changed = connection.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'orders'", (order_id,)
    )
    if not changed.rowcount:
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('orders', ?)", (order_id,)
        )
