"""Orders as CSV: one row a line, orders grouped by PO number, columns as the mapping says.

An order with a bad row is not taken, and all its faults are told; the others go on.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from oms_edi.channels.table import (
    Row,
    column_key,
    hint_delimiter,
    read_table,
    refuse,
    row_issue,
)
from oms_edi.domain.issue import Issue, Severity, worst
from oms_edi.domain.message import LineMessage, OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.partners.profile import CsvSettings, OrderColumn

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,34}")
_SPREADSHEET = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)
_MAX_QUANTITY = Decimal(999_999_999)
_DATES: tuple[OrderColumn, ...] = ("ordered_on", "ship_on", "deliver_by", "cancel_after")
_REQUIRED: tuple[OrderColumn, ...] = ("po_number", "item", "quantity")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOrder:
    """The rows of one PO number: an order, or why there is none."""

    po_number: str
    message: OrderMessage | None
    rows: tuple[int, ...]
    issues: tuple[Issue, ...]


def read(
    data: bytes, settings: CsvSettings, *, max_rows: int
) -> tuple[list[CsvOrder], list[Issue]]:
    """Return the orders in file order, and the issues that belong to none of them.

    A REJECT among the latter means the whole file is refused.
    """
    table = read_table(
        data, encoding=settings.encoding, delimiter=settings.delimiter, max_rows=max_rows
    )
    if any(issue.severity is Severity.REJECT and not issue.row for issue in table.issues):
        return [], table.issues
    problem = _columns_problem(table.columns, settings)
    if problem is None and not table.rows and not table.issues:
        problem = refuse("no rows: an order file without orders")
    if problem or any("no CSV" in i.message or "column" in i.message[:7] for i in table.issues):
        return [], [problem] if problem else table.issues
    broken = {issue.row: issue for issue in table.issues}
    groups: dict[str, list[Row]] = {}
    stray: list[Issue] = []
    reader = _Reader(settings)
    for row in table.rows:
        po_number = reader.text(row, "po_number")
        fault = reader.id_fault(po_number)
        if fault:
            stray.append(row_issue(fault, row.number, settings.columns["po_number"]))
        else:
            groups.setdefault(po_number, []).append(row)
    if stray and not groups:
        return [], [refuse("no row has a usable PO number"), *stray]
    orders = [_order(po, rows, reader, broken) for po, rows in groups.items()]
    orders += [
        CsvOrder(po_number="", message=None, rows=(issue.row,), issues=(issue,)) for issue in stray
    ]
    return orders, []


def _columns_problem(columns: tuple[str, ...], settings: CsvSettings) -> Issue | None:
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

    def __init__(self, settings: CsvSettings) -> None:
        self.settings = settings
        self._keys: dict[str, str] = {
            name: column_key(header) for name, header in settings.columns.items()
        }

    def text(self, row: Row, name: OrderColumn) -> str:
        """Return a value without blanks around it; "" where the partner has no such column."""
        return row.values.get(self._keys.get(name, ""), "").strip()

    def header(self, name: OrderColumn) -> str:
        """Return the partner's header of a value."""
        return self.settings.columns[name]

    @staticmethod
    def id_fault(value: str) -> str:
        """Return what is wrong with an id, "" if nothing is."""
        if not value:
            return "must not be empty"
        if _SPREADSHEET.fullmatch(value):
            return "was turned into a number by a spreadsheet (scientific notation)"
        if not _ID.fullmatch(value):
            return "must be 1 to 35 plain letters, digits, blanks or . _ / # -"
        return ""

    def decimal(self, text: str) -> Decimal | None:
        """Read a number with the mapping's decimal and thousands signs; None if it is none."""
        point, group = self.settings.decimal, self.settings.thousands
        whole = r"\d{1,9}"
        if group:
            whole = rf"(?:\d{{1,9}}|\d{{1,3}}(?:{re.escape(group)}\d{{3}}){{1,2}})"
        if not re.fullmatch(rf"{whole}(?:{re.escape(point)}\d{{1,6}})?", text, re.ASCII):
            return None
        plain = text.replace(group, "") if group else text
        return Decimal(plain.replace(point, "."))

    def day(self, text: str) -> date | None:
        """Read a day in the mapping's format; None if it is none."""
        try:
            return datetime.strptime(text, self.settings.date_format).date()  # noqa: DTZ007
        except ValueError:
            return None


def _order(po_number: str, rows: list[Row], reader: _Reader, broken: dict[int, Issue]) -> CsvOrder:
    issues = [broken[row.number] for row in rows if row.number in broken]
    lines: list[LineMessage] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.number in broken:
            continue
        line, faults = _line(row, reader, len(lines) + 1)
        issues += faults
        if line is None:
            continue
        key = (line.buyer_line, line.items[0][1] if line.items else "")
        if key in seen and reader.text(row, "line"):
            issues.append(row_issue(f"the same line stands in row {seen[key]}", row.number))
        seen[key] = row.number
        lines.append(line)
    dates, faults = _dates(rows, reader)
    issues += faults
    message = None
    if worst(issues) is not Severity.REJECT:
        message = OrderMessage(
            purpose=Purpose.ORIGINAL,
            po_number=po_number,
            ordered_on=dates.get("ordered_on"),
            ship_on=dates.get("ship_on"),
            deliver_by=dates.get("deliver_by"),
            cancel_after=dates.get("cancel_after"),
            parties=tuple(_ship_to(rows, reader)),
            notes=tuple(dict.fromkeys(note for row in rows if (note := reader.text(row, "note")))),
            lines=tuple(lines),
        )
    return CsvOrder(
        po_number=po_number,
        message=message,
        rows=tuple(row.number for row in rows),
        issues=tuple(issues),
    )


def _line(row: Row, reader: _Reader, count: int) -> tuple[LineMessage | None, list[Issue]]:
    issues: list[Issue] = []
    item = reader.text(row, "item")
    fault = reader.id_fault(item)
    if fault:
        issues.append(row_issue(fault, row.number, reader.header("item"), found=_class(item)))
    text = reader.text(row, "quantity")
    quantity = reader.decimal(text)
    if quantity is None or not 0 < quantity <= _MAX_QUANTITY:
        message = f"must be a quantity above 0 such as 12{reader.settings.decimal}5"
        issues.append(row_issue(message, row.number, reader.header("quantity"), found=_class(text)))
    price_text = reader.text(row, "unit_price")
    price = reader.decimal(price_text) if price_text else None
    if price_text and price is None:
        message = f"must be a price such as 4{reader.settings.decimal}25"
        header = reader.header("unit_price")
        issues.append(row_issue(message, row.number, header, found=_class(price_text)))
    if issues or quantity is None:
        return None, issues
    return (
        LineMessage(
            buyer_line=reader.text(row, "line") or str(count),
            quantity=quantity,
            unit=(reader.text(row, "unit") or reader.settings.default_unit).upper(),
            unit_price=price,
            items=((reader.settings.qualifier, item),),
            description=reader.text(row, "description"),
        ),
        [],
    )


def _dates(rows: list[Row], reader: _Reader) -> tuple[dict[str, date], list[Issue]]:
    """Return the order's dates: each from the first row that has one."""
    found: dict[str, date] = {}
    issues: list[Issue] = []
    for name in _DATES:
        for row in rows:
            text = reader.text(row, name)
            if not text:
                continue
            value = reader.day(text)
            if value is None:
                message = f"must be a date like {date(2026, 3, 31):{reader.settings.date_format}}"
                header = reader.header(name)
                issues.append(row_issue(message, row.number, header, found=_class(text)))
            else:
                found.setdefault(name, value)
    return found, issues


def _ship_to(rows: list[Row], reader: _Reader) -> Iterable[Party]:
    for row in rows:
        code = reader.text(row, "ship_to")
        name = reader.text(row, "ship_to_name")
        if code or name or reader.text(row, "ship_to_postal_code"):
            street = reader.text(row, "ship_to_street")
            yield Party(
                role="ST",
                name=name,
                id_qualifier=reader.settings.ship_to_qualifier if code else "",
                id_code=code,
                street=(street,) if street else (),
                city=reader.text(row, "ship_to_city"),
                state=reader.text(row, "ship_to_state"),
                postal_code=reader.text(row, "ship_to_postal_code"),
            )
            return


def _class(text: str) -> str:
    if not text:
        return "empty"
    if text.isdecimal():
        return f"{len(text)} digits"
    return f"{len(text)} characters"
