"""A fault found in what a partner sent: where it is, what was expected, how bad it is.

Issues are values, not exceptions: a reader returns as many as it finds and goes on.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much of the document a fault costs, from least to most."""

    NOTE = "note"  # worth telling; the answer stays "accepted"
    ERROR = "error"  # accepted with errors: the meaning is certain all the same
    REJECT = "reject"  # the transaction set (or CSV order) is not taken


class Tolerance(StrEnum):
    """Deviations whose meaning is certain; a partner's mapping may say what each costs."""

    OUT_OF_SEQUENCE = "out_of_sequence"  # such as an N3 after its N4
    UNKNOWN_SEGMENT = "unknown_segment"  # the release has none of this id
    MISPLACED_SEGMENT = "misplaced_segment"  # it belongs elsewhere, or into another set
    TRAILING_EMPTY = "trailing_empty"  # empty elements at the end of a segment
    LOWER_CASE_CODE = "lower_case_code"
    MISSING_TERMINATOR = "missing_terminator"  # a line end stands where one should
    BLANKS = "blanks"  # around a value
    FOREIGN_CHARACTER = "foreign_character"  # UTF-8 or Windows-1252 in text


class Level(StrEnum):
    """What a fault belongs to; decides which acknowledgment segment names it."""

    FILE = "file"
    INTERCHANGE = "interchange"  # TA105
    GROUP = "group"  # 716, AK905
    SET = "set"  # 718, AK502
    SEGMENT = "segment"  # 720, AK304
    ELEMENT = "element"  # 723, AK403
    COMPONENT = "component"  # 723 of a part of an element, AK401-2
    ROW = "row"  # a whole row of a table
    COLUMN = "column"  # one value of a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One fault. `found` is a value class ("7 digits", "empty"), never the value itself."""

    level: Level
    severity: Severity
    #: A sentence a partner's mapper understands, without personal data.
    message: str
    #: Code of TA105 / 716 / 718 / 720 / 723 by `level`; empty where none applies.
    code: str = ""
    #: Segment id as found, or as missing.
    segment: str = ""
    #: Count of the segment in its transaction set, ST = 1 (AK302).
    position: int = 0
    #: Loop id (AK303).
    loop: str = ""
    #: Element position in the segment from 1 (AK401-1); 0 = the whole segment.
    element: int = 0
    #: Component position from 1 (AK401-2); 0 = the whole element.
    component: int = 0
    #: Repetition from 1 (AK401-3); 0 where the element does not repeat.
    repetition: int = 0
    #: Data element number, such as "355" (AK402).
    reference: str = ""
    #: Byte offset in the file; -1 where unknown.
    offset: int = -1
    #: Row of a table, header = 1; 0 elsewhere.
    row: int = 0
    #: Column name of a table.
    column: str = ""
    #: Where it is in a file without segments and rows: `line 3, /lines/0/quantity`, `Order!C7`.
    place: str = ""
    #: Which deviation of those a mapping may judge it is; None = none of them.
    tolerance: Tolerance | None = None
    #: Code of 618, 620 or 621 in a 999, where it is not `code`: a partner's own rule was broken.
    code_999: str = ""
    #: What stood there, as a class of values: "7 digits", "empty".
    found: str = ""
    #: What should have: "date CCYYMMDD", "one of EA, CA".
    expected: str = ""

    def where(self) -> str:
        """Say where the fault is: `PO103 in segment 14`, `row 7, column qty`."""
        if self.place:
            return self.place
        if self.row:
            return f"row {self.row}" + (f", column {self.column}" if self.column else "")
        if not self.segment:
            return "" if self.offset < 0 else f"byte {self.offset}"
        name = f"{self.segment}{self.element:02d}" if self.element else self.segment
        if self.component:
            name += f"-{self.component}"
        return f"{name} in segment {self.position}" if self.position else name

    def __str__(self) -> str:
        where = self.where()
        return f"{where}: {self.message}" if where else self.message


def worst(issues: "tuple[Issue, ...] | list[Issue]") -> Severity | None:
    """Return the highest severity among `issues`, None if there are none."""
    found = {issue.severity for issue in issues}
    for severity in (Severity.REJECT, Severity.ERROR, Severity.NOTE):
        if severity in found:
            return severity
    return None
