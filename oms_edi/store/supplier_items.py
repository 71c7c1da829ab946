"""What suppliers sell us: their item ids, costs, minimums and multiples."""

from collections.abc import Iterable
from decimal import Decimal
from sqlite3 import Connection
from typing import NamedTuple

#: Qualifiers under which a supplier may give our number back: it is the buyer's there.
_OURS = ("BP", "IN")


class SupplierItem(NamedTuple):
    """An item as one supplier sells it."""

    partner: str
    item: str
    supplier_item: str
    #: Of one base unit.
    cost: Decimal
    #: Base units sold at least, and by how many.
    minimum: int = 1
    multiple: int = 1


_SELECT = "SELECT partner, item, supplier_item, cost, minimum, multiple FROM supplier_items "


def _read(row: tuple[str, str, str, str, int, int]) -> SupplierItem:
    return SupplierItem(row[0], row[1], row[2], Decimal(row[3]), row[4], row[5])


def all_supplier_items(connection: Connection) -> list[SupplierItem]:
    """Return what every supplier sells, by supplier and item."""
    rows = connection.execute(_SELECT + "ORDER BY partner, item").fetchall()
    return [_read(row) for row in rows]


def sellers_of(connection: Connection, item: str) -> dict[str, SupplierItem]:
    """Return who sells an item, by supplier."""
    rows = connection.execute(_SELECT + "WHERE item = ? ORDER BY partner", (item,)).fetchall()
    return {row[0]: _read(row) for row in rows}


def put_supplier_items(connection: Connection, rows: Iterable[SupplierItem]) -> None:
    """Add or change what suppliers sell, with the cross-references their documents are read by."""
    for row in rows:
        forget(connection, row.partner, row.item)
        connection.execute(
            "INSERT INTO supplier_items (partner, item, supplier_item, cost, minimum, multiple)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*row[:3], format(row.cost, "f"), row.minimum, row.multiple),
        )
        ids = [("", row.supplier_item), *((qualifier, row.item) for qualifier in _OURS)]
        connection.executemany(
            "INSERT INTO item_ids (partner, qualifier, code, item) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (partner, qualifier, code) DO UPDATE SET item = excluded.item",
            [(row.partner, qualifier, code, row.item) for qualifier, code in ids],
        )


def forget(connection: Connection, partner: str, item: str) -> None:
    """Note that a supplier does not sell an item any more, under the name it had for it."""
    connection.execute(
        "DELETE FROM item_ids WHERE partner = ? AND item = ? AND qualifier = '' AND code IN"
        " (SELECT supplier_item FROM supplier_items WHERE partner = ? AND item = ?)",
        (partner, item, partner, item),
    )
    connection.execute("DELETE FROM supplier_items WHERE partner = ? AND item = ?", (partner, item))
