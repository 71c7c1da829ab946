"""Copy what was written to an order book since a moment, as often as wanted, under fresh numbers.

Every id, order number, control number and name that must differ is moved on; everything else is
copied as it stands. Lines begin open and move as the triggers allow.
"""

import json
from functools import lru_cache
from sqlite3 import Connection

#: Tables of which rows are copied, parents first, with the id each counts; "" if it has none.
_TABLES = {
    "files": "file_id",
    "interchanges": "",
    "orders": "order_id",
    "destinations": "",
    "order_lines": "line_id",
    "line_ledger": "entry_id",
    "holds": "hold_id",
    "changes": "change_id",
    "change_lines": "",
    "decisions": "decision_id",
    "rejections": "",
    "shipments": "shipment_id",
    "allocations": "allocation_id",
    "outbox": "outbox_id",
    "documents": "document_id",
    "stock_ledger": "entry_id",
    "dispatches": "dispatch_id",
    "packages": "package_id",
    "package_lines": "",
    "events": "event_id",
    "exceptions": "exception_id",
    "journal": "entry_id",
}
#: The column that says whether a row without an id of its own is copied.
_PARENTS = {
    "interchanges": "file_id",
    "destinations": "order_id",
    "change_lines": "change_id",
    "rejections": "line_id",
    "package_lines": "package_id",
}
#: More control numbers than a cohort draws, and more cartons, with their check digit.
_CONTROLS, _CARTONS = 10_000, 10**10
_DAYS = {
    *("ordered_on", "ship_on", "not_before", "not_after", "deliver_by", "cancel_after"),
    *("expires_on", "requested_on", "deliver_on", "shipped_on"),
}
_INSTANTS = {
    *("received_at", "at", "answered_at", "created_at", "closed_at", "released_at", "moved_at"),
    *("sent_at", "opened_at", "told_at", "due_at", "since", "settled_at", "release_at"),
}
_QUANTITIES = ("open", "cancelled", "allocated", "backordered", "released", "shipped")
_ORDER = "'SO' || (100000 + order_id{order})"
_SPECIAL = {
    ("files", "claim_id"): "claim_id || '-' || :copy",
    ("orders", "po_number"): "printf('P%09d', CAST(substr(po_number, 2) AS INTEGER){order})",
    ("changes", "po_number"): "printf('P%09d', CAST(substr(po_number, 2) AS INTEGER){order})",
    ("line_ledger", "moves"): "moved_on(moves, 'moves', {line})",
    ("decisions", "decision"): "moved_on(decision, 'decision', {line})",
    ("shipments", "depositor_order"): _ORDER
    + " || substr(depositor_order, instr(depositor_order, '-'))",
    ("packages", "sscc"): f"printf('%018d', CAST(sscc AS INTEGER) + :copy * {_CARTONS})",
    ("outbox", "file_name"): ":copy || '-' || file_name",
    ("exceptions", "subject"): f"replace(subject, 'SO' || (100000 + order_id), {_ORDER})",
    ("journal", "turn"): "turn + :copy * {journal}",
    ("order_lines", "open"): "ordered",
    **{("order_lines", name): "0" for name in _QUANTITIES[1:]},
}


def seen_ids(book: Connection) -> dict[str, int]:
    """Return the last id of every table: what is written later is a cohort."""
    return {
        table: book.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()[0]
        for table, column in _TABLES.items()
        if column
    }


def copies(book: Connection, since: dict[str, int], count: int, *, days: int) -> None:
    """Copy what was written since `count` times, spread over so many days after it.

    Nobody else uses the book, and a machine that fails meanwhile leaves none.
    """
    for name, value in (("journal_mode", "OFF"), ("synchronous", "OFF"), ("foreign_keys", "OFF")):
        book.execute(f"PRAGMA {name} = {value}")
    book.execute("PRAGMA cache_size = -1000000")
    book.create_function("moved_on", 3, _moved_on, deterministic=True)
    until = seen_ids(book)
    steps = {table: until[table] - since[table] for table in until}
    statements = [(table, _statement(book, table, steps)) for table in _TABLES]
    moves = _moves(steps["order_lines"])
    for copy in range(1, count + 1):
        values = {"copy": copy, "shift": f"+{days * copy // (count + 1)} days"}
        book.execute("BEGIN")
        for table, statement in statements:
            counted = _PARENTS.get(table) or _TABLES[table]
            owner = next(name for name, column in _TABLES.items() if column == counted)
            owner = table if table in steps else owner
            ends = {"after": since[owner], "until": until[owner]}
            book.execute(statement, values | ends)
            if table == "order_lines":
                for move in moves:
                    book.execute(move, values | ends)
        book.execute("COMMIT")
    _balance(book, since, until, count)


def _statement(book: Connection, table: str, steps: dict[str, int]) -> str:
    columns = [row[1] for row in book.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join(_expression(table, column, steps) for column in columns)
    counted = _TABLES[table] or _PARENTS[table]
    which = f"{counted} > :after AND {counted} <= :until"
    if table == "exceptions":  # what is about a partner as a whole is open once
        which += " AND order_id IS NOT NULL"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE {which}"


def _expression(table: str, column: str, steps: dict[str, int]) -> str:
    special = _SPECIAL.get((table, column))
    if special:
        return special.format(
            order=f" + :copy * {steps['orders']}",
            line=f":copy * {steps['order_lines']}",
            journal=steps["journal"],
        )
    if column == _TABLES[table]:
        return f"{column} + :copy * {steps[table]}"
    owner = next((name for name, counted in _TABLES.items() if counted == column), None)
    if owner and column != "entry_id":
        return f"{column} + :copy * {steps[owner]}"
    if column == "isa_control":
        return f"printf('%09d', CAST(isa_control AS INTEGER) + :copy * {_CONTROLS})"
    if column == "gs_control":
        return f"CAST(CAST(gs_control AS INTEGER) + :copy * {_CONTROLS} AS TEXT)"
    if column in _DAYS:
        return f"date({column}, :shift)"
    if column in _INSTANTS and table != "journal":
        return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column}, :shift)"
    return column


def _moves(step: int) -> list[str]:
    """Return the statements that move the units of copied lines to where the first ones' are."""
    ways = (
        ("open", {"cancelled": "cancelled", "backordered": "backordered"}),
        ("open", {"allocated": "allocated + f.released + f.shipped"}),
        ("allocated", {"released": "released + f.shipped"}),
        ("released", {"shipped": "shipped"}),
    )
    found = []
    for source, targets in ways:
        sums = [f"f.{units}" for units in targets.values()]
        sets = ", ".join(f"{name} = f.{units}" for name, units in targets.items())
        found.append(
            f"UPDATE order_lines AS l SET {source} = l.{source} - ({' + '.join(sums)}), {sets}"
            f" FROM order_lines f WHERE f.line_id > :after AND f.line_id <= :until"
            f" AND {' + '.join(sums)} > 0 AND l.line_id = f.line_id + :copy * {step}"
        )
    return found


def _balance(book: Connection, since: dict[str, int], until: dict[str, int], count: int) -> None:
    """Bring the sums up to what was copied."""
    deltas = ("on_hand", "held", "doubted", "reserved", "oversold")
    sets = ", ".join(f"{name} = s.{name} + {count} * m.{name}" for name in deltas)
    sums = ", ".join(f"sum({name}_delta) AS {name}" for name in deltas)
    ledger = {"after": since["stock_ledger"], "until": until["stock_ledger"]}
    book.execute("BEGIN")
    book.execute(
        f"UPDATE stock_levels AS s SET {sets} FROM (SELECT item, node, {sums} FROM stock_ledger"
        " WHERE entry_id > :after AND entry_id <= :until GROUP BY item, node) m"
        " WHERE m.item = s.item AND m.node = s.node",
        ledger,
    )
    book.execute(
        "UPDATE node_records AS r SET shipped = s.shipped, late = s.late FROM"
        " (SELECT p.node, count(*) AS shipped, sum(d.shipped_on > coalesce(p.ship_on, '9999'))"
        " AS late FROM dispatches d JOIN shipments p ON p.shipment_id = d.shipment_id"
        " GROUP BY p.node) s WHERE s.node = r.node"
    )
    book.execute(
        f"UPDATE counters SET value = value + {_CONTROLS * count}"
        " WHERE name LIKE 'isa:%' OR name LIKE 'gs:%'"
    )
    book.execute(
        "UPDATE valued_until SET value = CASE what WHEN 'events' THEN"
        " (SELECT max(event_id) FROM events) ELSE (SELECT sum(shipped) FROM node_records) END"
    )
    book.execute("COMMIT")


def _moved_on(text: str, kind: str, shift: int) -> str:
    """Return a list of moves, or a decision, about the copied lines."""
    first, *rest = _pieces(text, kind)
    found = [first]
    for line_id, piece in rest:
        found += (str(line_id + shift), piece)
    return "".join(found)


@lru_cache(maxsize=8192)
def _pieces(text: str, kind: str) -> tuple[str, *tuple[tuple[int, str], ...]]:
    """Split a document where it names a line."""
    document = json.loads(text)
    if kind == "moves":
        lists = document
    else:
        plan = document["plan"]
        lists = [*document["order"]["lines"], *plan["take"], *plan["short"], *document["rejected"]]
    for row in lists:
        row[0] = f"\0{row[0]}\0"
    first, *parts = json.dumps(document, separators=(",", ":")).split('"\\u0000')
    return (
        first,
        *((int(part[: part.index("\\")]), part.split('\\u0000"', 1)[1]) for part in parts),
    )
