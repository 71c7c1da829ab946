"""Orders from a table: one row a line, orders grouped by PO number, columns as the mapping says.

`order_csv` brings the table. An order with a bad row is not taken, and all its
faults are told; the others go on. Rows of one order may name different places and days: they
become shares of their lines, as an SDQ makes them in an 850.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from oms_edi.channels.document_values import text_fault
from oms_edi.channels.read_order import ReadOrder
from oms_edi.channels.table import Row, Table, column_key, hint_delimiter, refuse, row_issue
from oms_edi.channels.values import Notation, id_fault, po_fault, value_class
from oms_edi.domain.issue import Issue, Severity, worst
from oms_edi.domain.message import Destination, LineMessage, OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.partners.profile import OrderColumn, TableSettings

_REQUIRED: tuple[OrderColumn, ...] = ("po_number", "item", "quantity")
#: Days an order has once; `deliver_by` may differ from row to row.
_ORDER_DATES: tuple[OrderColumn, ...] = ("ordered_on", "ship_on", "cancel_after")
_SHIP_TO: tuple[OrderColumn, ...] = ("ship_to", "ship_to_name", "ship_to_postal_code")
#: Numbers and codes that must fit an X12 element as they are, where they are given.
_IDS: tuple[OrderColumn, ...] = ("line", "ship_to")
#: What people write; it may hold a line end, which counts as a blank, and no other control.
_TEXTS: tuple[OrderColumn, ...] = (
    "description",
    "ship_to_name",
    "ship_to_street",
    "ship_to_city",
    "ship_to_state",
    "ship_to_postal_code",
    "note",
)
_LINE_ENDS = str.maketrans("\r\n\t", "   ")
_UNIT_CHARS = 3


def read_orders(
    table: Table, settings: TableSettings, notation: Notation
) -> tuple[list[ReadOrder], list[Issue]]:
    """Return the orders in file order, and the issues that belong to none of them.

    A REJECT among the latter means the whole file is refused.
    """
    if table.issues and not table.rows:
        return [], table.issues
    problem = _columns_problem(table.columns, settings)
    if problem is None and not table.rows:
        problem = refuse("no rows: an order file without orders")
    if problem:
        return [], [problem]
    reader = _Reader(settings, notation)
    broken: dict[int, list[Issue]] = {}
    for issue in table.issues:
        broken.setdefault(issue.row, []).append(issue)
    groups: dict[str, list[Row]] = {}
    stray: list[tuple[Row, Issue]] = []
    for row in table.rows:
        po_number = reader.text(row, "po_number")
        fault = po_fault(po_number)
        if fault:
            stray.append((row, reader.fault(row, fault, "po_number")))
        else:
            groups.setdefault(po_number, []).append(row)
    if stray and not groups:
        return [], [refuse("no row has a usable PO number"), *(issue for _, issue in stray)]
    orders = [_Order(po, rows, reader, broken).read() for po, rows in groups.items()]
    orders += [
        ReadOrder(
            po_number="",
            message=None,
            place=f"row {row.number}",
            rows=(row.number,),
            issues=(*broken.get(row.number, ()), issue),
        )
        for row, issue in stray
    ]
    return orders, []


def _columns_problem(columns: tuple[str, ...], settings: TableSettings) -> Issue | None:
    wanted = {column_key(header) for header in settings.columns.values()}
    needed = [settings.columns[name] for name in _REQUIRED if name in settings.columns]
    missing = [header for header in needed if column_key(header) not in columns]
    if missing:
        message = (
            f"column {', '.join(missing)} is missing; found {', '.join(columns) or 'nothing'}"
            + hint_delimiter(columns)
        )
        return refuse(message)
    ignored = {column_key(header) for header in settings.ignore_columns}
    unknown = [name for name in columns if name and name not in wanted | ignored]
    if unknown:
        message = f"column {', '.join(unknown)} is not in the mapping (columns, ignore_columns)"
        return refuse(message)
    return None


class _Reader:
    """Reads values the way the mapping declares them."""

    def __init__(self, settings: TableSettings, notation: Notation) -> None:
        self.settings = settings
        self.notation = notation
        self._keys: dict[str, str] = {
            name: column_key(header) for name, header in settings.columns.items()
        }

    def text(self, row: Row, name: OrderColumn) -> str:
        """Return a value without blanks around it; "" where the partner has no such column."""
        value = row.values.get(self._keys.get(name, ""), "").strip()
        if value.isprintable() or name not in _TEXTS:
            return value
        return value.replace("\r\n", " ").translate(_LINE_ENDS)

    def text_faults(self, row: Row) -> Iterator[Issue]:
        """Yield what cannot stand in the codes and texts of a row."""
        for name in _IDS:
            value = self.text(row, name)
            if value and (fault := id_fault(value)):
                yield self.fault(row, fault, name, found=value_class(value))
        for name in _TEXTS:
            if fault := text_fault(self.text(row, name)):
                yield self.fault(row, fault, name)
        unit = self.text(row, "unit")
        if unit and not (unit.isascii() and unit.isalnum() and len(unit) <= _UNIT_CHARS):
            message = f"must be a unit of at most {_UNIT_CHARS} letters or digits, such as EA"
            yield self.fault(row, message, "unit", found=value_class(unit))

    def fault(self, row: Row, message: str, name: OrderColumn | None, *, found: str = "") -> Issue:
        """Return an issue that refuses the order of this row."""
        header = self.settings.columns.get(name, "") if name else ""
        return row_issue(message, row, header, found=found)

    def day(self, row: Row, name: OrderColumn, issues: list[Issue]) -> date | None:
        """Read a day; None where there is none, or it is none and `issues` says so."""
        text = self.text(row, name)
        if not text:
            return None
        found = self.notation.day(text)
        if found is None:
            message = f"must be a date like {date(2026, 3, 31):{self.notation.date_format}}"
            issues.append(self.fault(row, message, name, found=value_class(text)))
        return found

    def place(self, row: Row) -> Party | None:
        """Return where the goods of this row go; None where it does not say."""
        if not any(self.text(row, name) for name in _SHIP_TO):
            return None
        code, street = self.text(row, "ship_to"), self.text(row, "ship_to_street")
        return Party(
            role="ST",
            name=self.text(row, "ship_to_name"),
            id_qualifier=self.settings.ship_to_qualifier if code else "",
            id_code=code,
            street=(street,) if street else (),
            city=self.text(row, "ship_to_city"),
            state=self.text(row, "ship_to_state"),
            postal_code=self.text(row, "ship_to_postal_code"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """One row: (part of) a line for one place and day."""

    row: Row
    line: LineMessage
    place: Party | None
    deliver_by: date | None


class _Order:
    """The rows of one PO number on their way to an order."""

    def __init__(
        self, po_number: str, rows: list[Row], reader: _Reader, broken: dict[int, list[Issue]]
    ) -> None:
        self.po_number = po_number
        self.rows = rows
        self.reader = reader
        self.issues = [issue for row in rows for issue in broken.get(row.number, ())]
        self.sound = [row for row in rows if row.number not in broken]

    def read(self) -> ReadOrder:
        """Return the order, or all its faults."""
        for row in self.sound:
            self.issues += self.reader.text_faults(row)
        lines = {row.number: self._line(row, n) for n, row in enumerate(self.sound, start=1)}
        dates = {name: self._order_date(name) for name in _ORDER_DATES}
        days_of = {r.number: self.reader.day(r, "deliver_by", self.issues) for r in self.sound}
        shares = [
            _Share(
                row=row,
                line=line,
                place=self.reader.place(row),
                deliver_by=days_of[row.number],
            )
            for row in self.sound
            if (line := lines[row.number])
        ]
        message = None
        places = self._places(shares)
        days = self._days(shares)
        told = self._lines(shares, several_places=len(places) > 1, several_days=len(days) > 1)
        if worst(self.issues) is not Severity.REJECT:
            message = OrderMessage(
                purpose=Purpose.ORIGINAL,
                po_number=self.po_number,
                ordered_on=dates["ordered_on"],
                ship_on=dates["ship_on"],
                deliver_by=max(days, default=None),
                cancel_after=dates["cancel_after"],
                parties=tuple(places) if len(places) == 1 else (),
                notes=tuple(dict.fromkeys(n for r in self.rows if (n := self._note(r)))),
                lines=told,
            )
        return ReadOrder(
            po_number=self.po_number,
            message=message,
            place=f"row {self.rows[0].number}",
            rows=tuple(row.number for row in self.rows),
            issues=tuple(self.issues),
        )

    def _note(self, row: Row) -> str:
        return self.reader.text(row, "note")

    def _line(self, row: Row, count: int) -> LineMessage | None:
        reader, faults = self.reader, len(self.issues)
        item = reader.text(row, "item")
        fault = id_fault(item)
        if fault:
            self._fault(row, fault, "item", item)
        text = reader.text(row, "quantity")
        quantity = reader.notation.number(text)
        if quantity is None or not 0 < quantity <= MAX_QUANTITY:
            message = f"must be a quantity above 0 such as 12{reader.notation.decimal}5"
            self._fault(row, message, "quantity", text)
        price_text = reader.text(row, "unit_price")
        price = reader.notation.number(price_text) if price_text else None
        if price_text and price is None:
            message = f"must be a price such as 4{reader.notation.decimal}25"
            self._fault(row, message, "unit_price", price_text)
        if len(self.issues) > faults or quantity is None:
            return None
        return LineMessage(
            buyer_line=reader.text(row, "line") or str(count),
            quantity=quantity,
            unit=(reader.text(row, "unit") or reader.settings.default_unit).upper(),
            unit_price=price,
            items=((reader.settings.qualifier, item),),
            description=reader.text(row, "description"),
        )

    def _fault(self, row: Row, message: str, name: OrderColumn | None, text: str) -> None:
        self.issues.append(self.reader.fault(row, message, name, found=value_class(text)))

    def _order_date(self, name: OrderColumn) -> date | None:
        """Return a day of the whole order: rows may repeat it, not change it."""
        first: tuple[date, Row] | None = None
        for row in self.sound:
            value = self.reader.day(row, name, self.issues)
            if value is None:
                continue
            if first is None:
                first = value, row
            elif value != first[0]:
                message = f"differs from row {first[1].number}: an order has one such date"
                self.issues.append(self.reader.fault(row, message, name))
        return first[0] if first else None

    def _places(self, shares: list[_Share]) -> list[Party]:
        """Return the different ship-tos; where there are several, every row must name its own."""
        known: dict[Party | str, tuple[Party, Row]] = {}
        for share in shares:
            if share.place is None:
                continue
            place, row = known.setdefault(
                share.place.id_code or share.place, (share.place, share.row)
            )
            if not _agree(place, share.place):
                message = f"store {place.id_code} has another address than in row {row.number}"
                self.issues.append(self.reader.fault(share.row, message, "ship_to"))
        if len(known) > 1:
            name = next((n for n in _SHIP_TO if n in self.reader.settings.columns), None)
            self._all_must_name(name, [s.row for s in shares if s.place is None], "ship-to")
        return [place for place, _ in known.values()]

    def _days(self, shares: list[_Share]) -> set[date]:
        """Return the different delivery days; where there are several, every row must name its."""
        days = {share.deliver_by for share in shares if share.deliver_by}
        if len(days) > 1:
            self._all_must_name("deliver_by", [s.row for s in shares if not s.deliver_by], "date")
        return days

    def _all_must_name(self, name: OrderColumn | None, rows: Iterable[Row], what: str) -> None:
        for row in rows:
            message = f"must not be empty: other rows of this order name more than one {what}"
            self.issues.append(self.reader.fault(row, message, name))

    def _lines(
        self, shares: list[_Share], *, several_places: bool, several_days: bool
    ) -> tuple[LineMessage, ...]:
        """Return the lines; rows with the same line number and item are shares of one line."""
        groups: dict[tuple[str, str], list[_Share]] = {}
        for share in shares:
            number = self.reader.text(share.row, "line") or f"row {share.row.number}"
            groups.setdefault((number, share.line.items[0][1]), []).append(share)
        lines = []
        for group in groups.values():
            self._check_shares(group)
            destinations = tuple(
                Destination(
                    quantity=share.line.quantity,
                    ship_to=share.place if several_places else None,
                    requested_on=share.deliver_by if several_days else None,
                )
                for share in group
            )
            is_plain = len(group) == 1 and destinations[0][1:] == (None, None)
            quantity = sum((share.line.quantity for share in group), Decimal(0))
            line = group[0].line._replace(quantity=quantity)
            lines.append(line if is_plain else line._replace(destinations=destinations))
        return tuple(lines)

    def _check_shares(self, group: list[_Share]) -> None:
        first = group[0]
        seen: dict[tuple[object, ...], Row] = {}
        for share in group:
            key = (share.place and (share.place.id_code or share.place), share.deliver_by)
            if key in seen:
                message = f"the same line stands in row {seen[key].number}"
                self.issues.append(self.reader.fault(share.row, message, None))
            seen.setdefault(key, share.row)
            if (share.line.unit, share.line.unit_price) != (first.line.unit, first.line.unit_price):
                message = f"the same line has another unit or price in row {first.row.number}"
                self.issues.append(self.reader.fault(share.row, message, None))


def _agree(one: Party, other: Party) -> bool:
    """True if two rows say nothing different of the same store."""
    return all(not a or not b or a == b for a, b in zip(one, other, strict=True))
