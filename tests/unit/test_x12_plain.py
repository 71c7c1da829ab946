"""X12 for people: shown, as JSON and back, compared by meaning, cut into parts."""

import io
import json

import pytest

from oms_edi.errors import UnreadableFile
from oms_edi.x12.compare import differences
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.plain import PlainInterchange, from_plain, gather, split, to_plain
from oms_edi.x12.scan import scan
from oms_edi.x12.show import show
from tests.support.edi import interchange, x850
from tests.support.samples import FOLDER, MISSING, samples

GOOD = interchange(
    x850("PO1", "1*10*EA*4.00**VN*A1~PID*F****MUG"), x850("PO2", control="0002"), control=7
)


def read(data: bytes) -> list[PlainInterchange]:
    return gather(scan(io.BytesIO(data), limits=ScanLimits()))


def there_and_back(data: bytes) -> bytes:
    text = json.dumps([to_plain(one) for one in read(data)])
    return b"".join(from_plain(one) for one in json.loads(text))


def test_an_interchange_comes_back_from_json_byte_for_byte() -> None:
    assert there_and_back(GOOD) == GOOD


@pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)
@pytest.mark.parametrize("name", [f"{path.parent.name}/{path.name}" for path in samples()])
def test_every_sample_comes_back_from_json_with_the_same_meaning(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    try:
        before = read(data)
    except UnreadableFile:
        assert b"ISA" not in data[:200]
        return
    assert list(differences(before, read(there_and_back(data)))) == []


def test_a_document_that_is_no_interchange_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="not an interchange"):
        from_plain({"isa": {}})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"~", b"~\r\n"),
        (b"*", b"|"),
        (b"000000007", b"000000099"),
        (b"*10*EA*4.00*", b"*10.0*EA*4*"),
        (b"A1~PID", b"A1***~PID"),
        (b"ST*850*0002", b"ST*850*0009"),
    ],
)
def test_what_is_only_written_otherwise_is_no_difference(old: bytes, new: bytes) -> None:
    other = GOOD.replace(old, new)
    assert other != GOOD
    assert list(differences(read(GOOD), read(other))) == []


def test_a_changed_value_is_named_by_its_element() -> None:
    other = GOOD.replace(b"PO1*1*10*EA*4.00**VN*A1~PID", b"PO1*1*12*EA*4.00**VN*A2~PID")
    assert list(differences(read(GOOD), read(other))) == [
        "~ 850 1 segment 4: PO102 10 -> 12",
        "~ 850 1 segment 4: PO107 A1 -> A2",
    ]


def test_what_is_only_in_one_of_them_is_told() -> None:
    other = GOOD.replace(b"PID*F****MUG~", b"")
    assert list(differences(read(GOOD), read(other))) == ["- 850 1 segment 5: PID*F****MUG"]
    assert list(differences(read(other), read(GOOD))) == ["+ 850 1 segment 5: PID*F****MUG"]


def test_each_set_is_cut_out_with_its_envelope() -> None:
    (one,) = read(GOOD)
    parts = list(split(one, by_set=True))
    assert [name for name, _ in parts] == ["000000007_7_850_0001", "000000007_7_850_0002"]
    for _, content in parts:
        (alone,) = read(content)
        assert alone.issues == []
        assert [len(group.sets) for group in alone.groups] == [1]
    (whole,) = split(one, by_set=False)
    assert whole[1] == GOOD


def test_a_file_is_shown_with_names_meanings_loops_and_faults() -> None:
    data = GOOD.replace(b"PO1*1*10*EA", b"PO1*1*TEN*EA")
    shown = list(show(scan(io.BytesIO(data), limits=ScanLimits()), elements=True))
    texts = [line.text for line in shown]
    assert any("BEG02 SA = stand-alone order" in text for text in texts)
    assert any("PO102 TEN" in text and "quantity ordered" in text for text in texts)
    fault = next(line for line in shown if line.kind == "issue")
    assert "PO102 must be a decimal number (code 6)" in fault.text
    pid = next(line for line in shown if line.text.startswith("PID*"))
    po1 = next(line for line in shown if line.text.startswith("PO1*"))
    assert pid.depth == po1.depth + 1
