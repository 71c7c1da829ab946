"""Orders as CSV: the partner's delimiter, encoding and notation; `order_rows` reads the rows."""

from oms_edi.channels.order_rows import read_orders
from oms_edi.channels.read_order import ReadOrder
from oms_edi.channels.table import read_table
from oms_edi.channels.values import Notation
from oms_edi.domain.issue import Issue
from oms_edi.partners.profile import CsvSettings


def read(
    data: bytes, settings: CsvSettings, *, max_rows: int
) -> tuple[list[ReadOrder], list[Issue]]:
    """Return the orders in file order, and the issues that belong to none of them.

    A REJECT among the latter means the whole file is refused.
    """
    table = read_table(
        data,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        max_rows=max_rows,
        known=tuple(settings.columns.values()),
    )
    notation = Notation(
        decimal=settings.decimal, thousands=settings.thousands, date_format=settings.date_format
    )
    return read_orders(table, settings, notation)
