"""pyx12 walks our guide as its own map: it must take what we take and refuse what we refuse."""

import logging
from pathlib import Path

import pytest

from oms_edi.domain.issue import Severity
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.guide import guide_for
from oms_edi.x12.second_opinion import accepts, export_maps
from oms_edi.x12.validate import validate
from tests.support.edi import interchange, x850

GOOD = x850(
    "PO1",
    "1*10*EA*4.00*PE*VN*A1~PID*F****ARTICLE",
    "2*5*CA*7.50**UP*789012001020~SDQ*CA*92*S1*2*S2*3",
    header=["CUR*BY*USD", "REF*IA*1", "FOB*CC", "ITD*01*3*2**30", "DTM*010*20260305"],
    ship_to="N1*ST*STORE ONE*92*S1~N3*1 MAIN ST~N4*TULSA*OK*74133*US",
)
DAMAGE = [
    ("", ""),
    ("BEG*00*SA*PO1*", "BEG*00*SA**"),
    ("BEG*00*SA", "BEG*0*SA"),
    ("**20260302", "**20261302"),
    ("PO1*1*10*EA", "PO1*1*TEN*EA"),
    ("PE*VN*A1", "PE*VN"),
    ("CUR*BY*USD", "CUR*BY*DOLLAR"),
    ("REF*IA*1", "REF*IA"),
    ("REF*IA*1", "REF"),
    ("DTM*010*20260305", "DTM*010"),
    ("DTM*010*20260305", "DTM*010*20260231"),
    ("N4*TULSA*OK*74133*US", "N4*TULSA*OKLAHOMA*74133*US"),
    ("PID*F****ARTICLE", "PID*Q****ARTICLE"),
    ("PID*F****ARTICLE", "ZZZ*1"),
    ("CUR*BY*USD~", "CUR*BY*USD~CUR*BY*USD~"),
    ("SDQ*CA*92*S1*2", "SDQ*CA*92*S1"),
    ("PO1*1*10*EA*4.00", "PO1*1*10*EA*4,00"),
]


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    guide = guide_for("850", "004010")
    assert guide is not None
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    folder = tmp_path_factory.mktemp("maps")
    export_maps(guide, folder)
    return folder


@pytest.mark.parametrize(("old", "new"), DAMAGE)
def test_both_say_the_same_of_an_order(maps: Path, old: str, new: str) -> None:
    text = GOOD.replace(old, new, 1) if old else GOOD
    raw = [segment for segment in text.split("~") if segment]
    raw[-1] = f"SE*{len(raw)}*0001"
    guide = guide_for("850", "004010")
    assert guide is not None
    read = TransactionSet(
        set_id="850", control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )
    ours = all(issue.severity is Severity.NOTE for issue in validate(read, guide))
    assert ours is (old == "")
    theirs = accepts(interchange("~".join(raw) + "~").decode(), maps)
    assert theirs is ours
