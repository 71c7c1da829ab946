"""A warehouse's stock count as CSV: one row an item."""

import re
from decimal import Decimal

from oms_edi.channels.table import column_key, hint_delimiter, read_table, refuse, row_issue
from oms_edi.channels.values import value_class
from oms_edi.domain.documents import StockCount, StockReport
from oms_edi.domain.issue import Issue, Severity
from oms_edi.partners.profile import StockCsvSettings

_UNITS = re.compile(r"\d{1,9}", re.ASCII)


def read(
    data: bytes, settings: StockCsvSettings, *, max_rows: int
) -> tuple[StockReport | None, list[Issue]]:
    """Return the count and the faults; a bad row is left out, a bad file gives None."""
    table = read_table(
        data,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        max_rows=max_rows,
        known=(settings.item, settings.quantity),
    )
    item_key, quantity_key = column_key(settings.item), column_key(settings.quantity)
    fatal = [i for i in table.issues if i.severity is Severity.REJECT and not table.rows]
    if fatal:
        return None, fatal
    missing = [name for name in (item_key, quantity_key) if name not in table.columns]
    if missing or not table.rows:
        what = f"column {', '.join(missing)} is missing" if missing else "no rows"
        return None, [refuse(what + hint_delimiter(table.columns))]
    broken = {issue.row for issue in table.issues}
    issues = list(table.issues)
    counts = []
    for row in table.rows:
        if row.number in broken:
            continue
        item, units = row.values[item_key].strip(), row.values[quantity_key].strip()
        if not item:
            issues.append(row_issue("must not be empty", row, settings.item))
        elif not _UNITS.fullmatch(units):
            message = "must be whole units, 0 or more"
            found = value_class(units)
            issues.append(row_issue(message, row, settings.quantity, found=found))
        else:
            counts.append(StockCount(items=(("", item),), quantity=Decimal(units), unit=""))
    return StockReport(node="", counted_on=None, counted_at=None, counts=tuple(counts)), issues
