"""X12 for people: shown, as JSON and back, compared by meaning, cut into parts."""

import io
import json
from collections.abc import Callable
from typing import Any

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


def test_a_ta1_and_a_group_of_another_kind_are_shown_with_what_is_wrong() -> None:
    data = GOOD.replace(b"GS*PO", b"TA1*000000004*260302*0610*Q*000~GS*IN")
    texts = [line.text for line in show(scan(io.BytesIO(data), limits=ScanLimits()), elements=True)]
    assert any(text.startswith("TA105 000 = no error") for text in texts)
    assert any("TA104 is no code of this element" in text for text in texts)
    assert any("a 850 belongs into a group PO" in text for text in texts)


def test_authorization_and_ta1_come_back_from_json_too() -> None:
    data = GOOD.replace(b"*00*          *00*          *", b"*03*ADDITIONAL*01*SECRET    *")
    data = data.replace(b"GS*PO", b"TA1*000000004*260302*0610*A*000~GS*PO")
    assert there_and_back(data) == data
    assert [name for name, _ in split(read(data)[0], by_set=True)][-1] == "000000007_TA1"


def test_junk_before_an_interchange_is_among_its_issues() -> None:
    (one,) = read(b"HELLO\n" + GOOD)
    assert [(issue.code, issue.offset) for issue in one.issues] == [("022", 0)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda d: d["groups"][0]["sets"][0]["segments"].append(["N1", "A*B"]),
            "holds a delimiter",
        ),
        (lambda d: d["groups"][0]["sets"][0]["segments"].append(["N1", "A~"]), "holds a delimiter"),
        (lambda d: d["groups"][0]["sets"][0]["segments"].append(["N1", "\u2603"]), "latin-1"),
        (lambda d: d["groups"][0]["sets"][0]["segments"].append(["N1", 5]), "not an interchange"),
        (lambda d: d["isa"].update(sender_id="X" * 16), "ISA has 107 characters, must have 106"),
        (lambda d: d["isa"].update(control_number="7"), "ISA has 98 characters, must have 106"),
    ],
)
def test_json_that_would_make_no_interchange_is_refused(
    change: Callable[[Any], object], said: str
) -> None:
    document = to_plain(read(GOOD)[0])
    change(document)
    with pytest.raises(UnreadableFile, match=said):
        from_plain(document)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"*P*>", b"*T*>", ["~ interchange: ISA15 P -> T"]),
        (b"*ZZ*BUYER", b"*ZZ*OTHER", ["~ interchange: ISA06 BUYER -> OTHER"]),
        (b"GS*PO*", b"GS*PC*", ["~ group: GS01 PO -> PC"]),
        (b"*X*004010", b"*X*005010", ["~ group: GS08 004010 -> 005010"]),
    ],
)
def test_another_sender_usage_or_group_is_a_difference(
    old: bytes, new: bytes, said: list[str]
) -> None:
    assert list(differences(read(GOOD), read(GOOD.replace(old, new)))) == said


def test_text_in_utf_8_is_shown_as_it_was_meant() -> None:
    data = GOOD.replace(b"MUG", "CAFÉ".encode())
    shown = [line.text for line in show(scan(io.BytesIO(data), limits=ScanLimits()), elements=True)]
    assert any(text.startswith("PID*F****CAFÉ") for text in shown)


def test_an_interchange_without_a_usable_isa16_is_written_with_one() -> None:
    data = GOOD.replace(b"*P*>~", b"*P*X~")
    (one,) = read(there_and_back(data))
    assert one.issues == []
    assert one.header.delimiters.component == ">"
