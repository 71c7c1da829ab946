"""Items, the ways others name them, and prices."""

import json
from collections.abc import Iterable
from decimal import Decimal
from sqlite3 import Connection

from oms_edi.domain.customer import Customer, SaleTerms
from oms_edi.domain.item import OUR_QUALIFIERS, Item, lookup_key
from oms_edi.domain.party import Party
from oms_edi.store import customers
from oms_edi.store.supplier_items import SupplierItem, sellers_of


class Catalog:
    """Read-through cache of items, cross-references and prices, for one step."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._items: dict[str, Item | None] = {}
        self._ids: dict[tuple[str, str, str], str | None] = {}
        #: Kept by who resolves the ids of a partner's line.
        self.named: dict[tuple[str, tuple[tuple[str, str], ...]], Item | None] = {}
        self._terms: dict[tuple[str, str], SaleTerms] = {}
        self._customers: dict[str, Customer] = {}
        self._places: dict[str, dict[str, Party]] = {}
        self._sellers: dict[str, dict[str, SupplierItem]] = {}
        #: What customers with a limit have open, kept up by who takes orders.
        self.open_values: dict[str, Decimal] = {}

    def item(self, item: str) -> Item | None:
        """Return the item with our number `item`."""
        if item not in self._items:
            self._items[item] = _read_item(self._connection, item)
        return self._items[item]

    def find(self, partner: str, qualifier: str, code: str) -> str | None:
        """Return our number for what `partner` calls `code`; None if nobody told us."""
        key = (partner, qualifier, code)
        if key not in self._ids:
            self._ids[key] = self._find(partner, qualifier, code)
        return self._ids[key]

    def _find(self, partner: str, qualifier: str, code: str) -> str | None:
        kind, value = lookup_key(qualifier, code)
        row = self._connection.execute(
            "SELECT item FROM item_ids WHERE partner IN (?, '') AND qualifier IN (?, '')"
            " AND code = ? ORDER BY partner DESC, qualifier DESC LIMIT 1",
            (partner, kind, value),
        ).fetchone()
        if row:
            return str(row[0])
        return code if qualifier in OUR_QUALIFIERS and self.item(code) else None

    def price(self, partner: str, item: str) -> Decimal | None:
        """Return the price of one base unit for `partner`, else the list price."""
        return self.terms(partner, item).price

    def terms(self, partner: str, item: str) -> SaleTerms:
        """Return price, minimum and multiple for `partner`, else those for everyone."""
        key = (partner, item)
        if key not in self._terms:
            row = self._connection.execute(
                "SELECT price, minimum, multiple FROM prices WHERE partner IN (?, '') AND item = ?"
                " ORDER BY partner DESC LIMIT 1",
                (partner, item),
            ).fetchone()
            self._terms[key] = SaleTerms(Decimal(row[0]), row[1], row[2]) if row else SaleTerms()
        return self._terms[key]

    def customer(self, partner: str) -> Customer:
        """Return what the book knows of a customer beside its mapping."""
        if partner not in self._customers:
            self._customers[partner] = customers.read_customer(self._connection, partner)
        return self._customers[partner]

    def places(self, partner: str) -> dict[str, Party]:
        """Return the customer's ship-tos the book knows, by code."""
        if partner not in self._places:
            self._places[partner] = customers.places(self._connection, partner)
        return self._places[partner]

    def sellers(self, item: str) -> dict[str, SupplierItem]:
        """Return how suppliers sell an item, by supplier."""
        if item not in self._sellers:
            self._sellers[item] = sellers_of(self._connection, item)
        return self._sellers[item]

    def open_value(self, partner: str) -> Decimal:
        """Return what the customer has open, asked once and then kept up by who takes orders."""
        if partner not in self.open_values:
            self.open_values[partner] = customers.open_value(self._connection, partner)
        return self.open_values[partner]


def _read_item(connection: Connection, item: str) -> Item | None:
    row = connection.execute(
        "SELECT item, description, unit, weight_g, pack, needs FROM items WHERE item = ?", (item,)
    ).fetchone()
    if row is None:
        return None
    units = dict(
        connection.execute("SELECT unit, factor FROM item_units WHERE item = ?", (item,)).fetchall()
    )
    return Item(
        item=row[0],
        description=row[1],
        unit=row[2],
        weight_g=row[3],
        pack=row[4],
        needs=tuple(json.loads(row[5])),
        units=units,
    )


def search_items(connection: Connection, words: str, *, limit: int) -> list[Item]:
    """Return items whose number or description holds all these words, by number."""
    found = words.split()
    marks = " AND ".join(
        ["(item || ' ' || description) LIKE ? ESCAPE '!'"] * len(found) or ["1 = 1"]
    )
    like = [f"%{_plain(word)}%" for word in found]
    numbers = connection.execute(
        f"SELECT item FROM items WHERE {marks} ORDER BY item LIMIT ?", (*like, limit)
    ).fetchall()
    return [item for (number,) in numbers if (item := _read_item(connection, number))]


def _plain(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def all_items(connection: Connection) -> list[Item]:
    """Return every item, by number."""
    numbers = connection.execute("SELECT item FROM items ORDER BY item").fetchall()
    return [item for (number,) in numbers if (item := _read_item(connection, number))]


def put_item(connection: Connection, item: Item) -> None:
    """Add or change an item; its units are replaced."""
    connection.execute(
        "INSERT INTO items (item, description, unit, weight_g, pack, needs)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (item) DO UPDATE SET"
        " description = excluded.description, unit = excluded.unit, weight_g = excluded.weight_g,"
        " pack = excluded.pack, needs = excluded.needs",
        (
            item.item,
            item.description,
            item.unit,
            item.weight_g,
            item.pack,
            json.dumps(item.needs),
        ),
    )
    connection.execute("DELETE FROM item_units WHERE item = ?", (item.item,))
    connection.executemany(
        "INSERT INTO item_units (item, unit, factor) VALUES (?, ?, ?)",
        [(item.item, unit, factor) for unit, factor in sorted(item.units.items())],
    )


def item_ids(connection: Connection) -> dict[tuple[str, str, str], str]:
    """Return every cross-reference: (partner, qualifier, code) to our item."""
    rows = connection.execute("SELECT partner, qualifier, code, item FROM item_ids").fetchall()
    return {(partner, qualifier, code): item for partner, qualifier, code, item in rows}


def put_item_ids(connection: Connection, ids: Iterable[tuple[str, str, str, str]]) -> None:
    """Add or change cross-references (partner, qualifier, code, item)."""
    connection.executemany(
        "INSERT INTO item_ids (partner, qualifier, code, item) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (partner, qualifier, code) DO UPDATE SET item = excluded.item",
        [(partner, *lookup_key(qualifier, code), item) for partner, qualifier, code, item in ids],
    )


def sale_terms(connection: Connection) -> dict[tuple[str, str], SaleTerms]:
    """Return every price with its quantities by (partner or '', item)."""
    rows = connection.execute(
        "SELECT partner, item, price, minimum, multiple FROM prices ORDER BY partner, item"
    ).fetchall()
    return {
        (partner, item): SaleTerms(Decimal(price), minimum, multiple)
        for partner, item, price, minimum, multiple in rows
    }


def put_prices(connection: Connection, rows: Iterable[tuple[str, str, str, int, int]]) -> None:
    """Add or change prices (partner or '', item, decimal text, minimum, multiple)."""
    connection.executemany(
        "INSERT INTO prices (partner, item, price, minimum, multiple) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (partner, item) DO UPDATE SET price = excluded.price,"
        " minimum = excluded.minimum, multiple = excluded.multiple",
        list(rows),
    )
