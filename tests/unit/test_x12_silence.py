"""One delimiter too many or too few: an order loses or changes no line without a word."""

import io
from collections.abc import Iterator

import pytest

from oms_edi.domain.issue import Severity
from oms_edi.transactions import t850_purchase_order
from oms_edi.x12.acknowledge import verdict
from oms_edi.x12.events import GroupEnd, InterchangeEnd, Junk, SetRead
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.validate import validate
from tests.support.edi import interchange, x850

ORDER = x850(
    "PO1",
    "1*10*EA*4.00*PE*VN*A1*UP*012345678905~PID*F****AN ARTICLE",
    "2*5*CA*7.50**VN*B22~N1*ST*S2*92*22~N3*9 ELM~N4*ENID*OK*73701*US",
    "3*7*EA*1**VN*C33~SDQ*EA*92*S1*3*S2*4",
    header=["CUR*BY*USD", "REF*IA*44871", "DTM*010*20260305", "TD5*****UPS GROUND"],
    ship_to="N1*ST*STORE ONE*92*S1~N3*1 MAIN ST~N4*TULSA*OK*74133*US",
)
SIGNS = (b"*", b"~", b"\n")


def read(data: bytes) -> tuple[list[object], bool]:
    """Return what is ordered, and whether anything at all is told of the file."""
    lines: list[object] = []
    is_told = False
    guide = guide_for("850", "004010")
    assert guide is not None
    for event in scan(io.BytesIO(data), limits=ScanLimits()):
        match event:
            case SetRead():
                one = event.set
                order, issues = t850_purchase_order.read(
                    one.segments(), delimiters=one.delimiters, version="004010"
                )
                found = [*one.issues, *validate(one, guide), *issues]
                is_told = is_told or verdict(found, strict=False) != "A"
                for line in order.lines if order else ():
                    shares = tuple(share.quantity for share in line.destinations)
                    lines.append((line.quantity, line.unit, line.unit_price, line.items, shares))
            case InterchangeEnd() | GroupEnd():
                is_told = is_told or any(i.severity is not Severity.NOTE for i in event.issues)
            case Junk():
                is_told = True
    return lines, is_told


def damaged(data: bytes) -> Iterator[bytes]:
    for at in range(data.index(b"ST*850"), len(data)):
        here = data[at : at + 1]
        if here in SIGNS:
            yield data[:at] + data[at + 1 :]
            yield from (data[:at] + sign + data[at + 1 :] for sign in SIGNS)
        yield from (data[:at] + sign + data[at:] for sign in SIGNS)


@pytest.mark.parametrize("end", [b"~", b"~\n"])
def test_a_delimiter_too_many_or_too_few_changes_no_line_without_a_word(end: bytes) -> None:
    data = interchange(ORDER).replace(b"~", end)
    good, is_told = read(data)
    assert (len(good), is_told) == (3, False)
    silent = [
        one for one in damaged(data) for lines, told in [read(one)] if not told and lines != good
    ]
    assert silent == []
