"""A CSV of master data: read whole, or refused whole with every fault by row and column.

As strict as a partner's CSV: a row that is one comma too long must not become a stock of 1 where
1,200 was meant. What the columns mean is in `imports`.
"""

from collections.abc import Hashable
from pathlib import Path

from oms_edi.channels.table import Row, Table, hint_delimiter, read_table, row_issue
from oms_edi.channels.values import value_class
from oms_edi.domain.issue import Issue
from oms_edi.errors import Refused

_FAULTS = 20


class MasterFile:
    """The rows of one file and the faults found in them."""

    def __init__(
        self, path: Path, *, required: tuple[str, ...], optional: tuple[str, ...], max_rows: int
    ) -> None:
        """Read the file.

        Raises:
            Refused: there is no such file, it is no CSV, or its columns are not these.
        """
        self._path = path
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}") from error
        table = read_table(data, encoding="utf-8", delimiter=",", max_rows=max_rows)
        self._faults: list[Issue] = list(table.issues)
        if table.issues and not table.rows:
            self.check()
        self._check_columns(table, required, optional)
        broken = {issue.row for issue in table.issues}
        #: Rows of the right width.
        self.rows = [row for row in table.rows if row.number not in broken]
        self.columns = table.columns
        self._seen: dict[Hashable, tuple[int, object]] = {}

    def _check_columns(
        self, table: Table, required: tuple[str, ...], optional: tuple[str, ...]
    ) -> None:
        missing = [name for name in required if name not in table.columns]
        if missing:
            hint = hint_delimiter(table.columns)
            raise Refused(
                f"{self._path}: no column {', '.join(missing)}; needed are"
                f" {', '.join(required)}{hint}"
            )
        unknown = [name for name in table.columns if name not in required + optional]
        if unknown:
            known = ", ".join(required + optional)
            raise Refused(f"{self._path}: unknown column {', '.join(unknown)}; known are {known}")

    def fault(self, row: Row, column: str, expected: str) -> None:
        """Note that a value is not what was expected."""
        found = value_class(row.values[column].strip())
        self._faults.append(row_issue(f"expected {expected}", row, column, found=found))

    def once(self, row: Row, column: str, key: Hashable, value: object) -> None:
        """Note a fault if an earlier row says something else of the same `key`."""
        first, known = self._seen.setdefault(key, (row.number, value))
        if known != value:
            said = f"row {first} says something else of the same"
            self._faults.append(row_issue(said, row, column))

    def check(self) -> None:
        """Refuse the file if anything was found.

        Raises:
            Refused: with the first faults and the number of the others.
        """
        if self._faults:
            told = [f"{self._path}: {fault}" for fault in self._faults[:_FAULTS]]
            more = len(self._faults) - _FAULTS
            raise Refused("\n".join(told + ([f"and {more} more"] if more > 0 else [])))
