"""Every code of TA105, AK304, AK403, AK502 and AK905 that applies, provoked by bytes.

What does not apply:
AK304 7 (out of sequence): a note, not told; real retailers send it and nothing is unclear.
AK403 12, 13 came with 005010; an earlier release is told 3. 12: no element of an 850 repeats.
AK502 and AK905 8 to 17, 24 to 27: security segments; we take none. AK502 19: ST03 is not asked for.
IK304 I7, IK403 I11, IK502 I5, I6: a mapping has no rules on how often, and takes every convention.
TA105 002, 016: standards without an ISA. 003: superseded by 017. 005, 006: the sender is not known,
so nobody can be answered; the file is quarantined. 009: we receive for ourselves only. 010 to 013:
authorization, which is agreed with nobody. 018, 026, 027: an ISA without a number or a separator is
no ISA, and TA101 could not name it; a bad component separator is only noted. 028 to 031: deferred
delivery, which is agreed with nobody.
"""

from collections.abc import Callable

import pytest

from tests.support.edi import interchange, named, segments
from tests.support.site import MAPPINGS, Site

SET = (
    "ST*850*0001~BEG*00*SA*PO1**20260302~REF*IA*1~DTM*010*20260305~N1*ST*STORE ONE*92*S1~"
    "PO1*1*10*EA*4.00*PE*VN*A1~PID*F****ARTICLE~CTT*1~SE*9*0001~"
)


def edited(old: str, new: str) -> str:
    """The set with one edit and a right SE01."""
    assert old in SET
    body = [segment for segment in SET.replace(old, new, 1).split("~") if segment]
    body[-1] = f"SE*{len(body) + new.count(chr(10))}*0001"
    return "~".join(body) + "~"


def answer(site: Site, content: bytes) -> list[list[str]]:
    """What stands between ST and SE of our 997."""
    site.send("buyer", content)
    return segments(site.sent("buyer", "997"))[3:-3]


TAKEN = [["AK5", "E", "5"], ["AK9", "E", "1", "1", "1"]]
REFUSED = [["AK5", "R", "5"], ["AK9", "R", "1", "1", "0"]]


@pytest.mark.parametrize(
    ("old", "new", "told", "end"),
    [
        pytest.param("REF*IA*1", "REF*IA*1~QQQ*1", ["QQQ", "4", "", "1"], TAKEN, id="1"),
        pytest.param("CTT*1", "CTT*1~PO4*1", ["PO4", "9", "CTT", "2"], TAKEN, id="2"),
        pytest.param(
            "PO1*1*10*EA*4.00*PE*VN*A1~PID*F****ARTICLE~",
            "",
            ["PO1", "6", "CTT", "3"],
            REFUSED,
            id="3",
        ),
        pytest.param("CTT*1", "CTT*1~CTT*1", ["CTT", "9", "CTT", "4"], TAKEN, id="4"),
        pytest.param(
            "REF*IA", "CUR*BY*USD~CUR*BY*USD~REF*IA", ["CUR", "4", "", "5"], TAKEN, id="5"
        ),
        pytest.param("REF*IA*1", "REF*IA*1~HL*1**S", ["HL", "4", "", "6"], TAKEN, id="6"),
    ],
)
def test_a_segment_fault_is_told_with_its_ak304(
    site: Site, old: str, new: str, told: list[str], end: list[list[str]]
) -> None:
    found = answer(site, interchange(edited(old, new)))
    assert found == [["AK1", "PO", "1"], ["AK2", "850", "0001"], ["AK3", *told], *end]


PO1 = ["PO1", "6", "PO1", "8"]


@pytest.mark.parametrize(
    ("version", "old", "new", "segment", "element", "end"),
    [
        pytest.param(
            "004010", "SA*PO1*", "SA**", ["BEG", "2", "", "8"], ["3", "324", "1"], REFUSED, id="1"
        ),
        pytest.param("004010", "PE*VN*A1", "PE*VN", PO1, ["7", "234", "2"], TAKEN, id="2"),
        pytest.param(
            "004010",
            "CTT*1",
            "CTT*1*1*1*LB*1*CF*X*Y",
            ["CTT", "8", "CTT", "8"],
            ["8", "", "3"],
            TAKEN,
            id="3",
        ),
        pytest.param(
            "004010", "BEG*00", "BEG*0", ["BEG", "2", "", "8"], ["1", "353", "4"], REFUSED, id="4"
        ),
        pytest.param(
            "004010",
            "REF*IA*1",
            "REF*IA*" + "1" * 31,
            ["REF", "3", "", "8"],
            ["2", "127", "5"],
            TAKEN,
            id="5",
        ),
        pytest.param(
            "005010",
            "REF*IA*1",
            "REF*IA*" + "1" * 51,
            ["REF", "3", "", "8"],
            ["2", "127", "5"],
            TAKEN,
            id="5 in 005010",
        ),
        pytest.param("004010", "4.00*PE", "4.0.0*PE", PO1, ["4", "212", "6"], TAKEN, id="6"),
        pytest.param(
            "004010", "PID*F", "PID*Q", ["PID", "7", "PID", "8"], ["1", "349", "7"], TAKEN, id="7"
        ),
        pytest.param(
            "004010",
            "20260305",
            "20261305",
            ["DTM", "4", "", "8"],
            ["2", "373", "8"],
            TAKEN,
            id="8",
        ),
        pytest.param(
            "004010",
            "010*20260305",
            "010*20260305*2599",
            ["DTM", "4", "", "8"],
            ["3", "337", "9"],
            TAKEN,
            id="9",
        ),
        pytest.param(
            "004010",
            "CTT*1",
            "QTY*38*5**FIVE~CTT*1",
            ["QTY", "8", "QTY", "8"],
            ["4", "61", "10"],
            TAKEN,
            id="10",
        ),
        pytest.param(
            "005010",
            "CTT*1",
            "QTY*38*5*EA>1>1>EA>1>1>EA>1>1>EA>1>1>EA>1>1>X~CTT*1",
            ["QTY", "8", "QTY", "8"],
            ["3", "", "13"],
            TAKEN,
            id="13",
        ),
    ],
)
def test_an_element_fault_is_told_with_its_ak403(
    site: Site,
    version: str,
    old: str,
    new: str,
    segment: list[str],
    element: list[str],
    end: list[list[str]],
) -> None:
    head = ["AK1", "PO", "1"] + (["005010"] if version == "005010" else [])
    found = answer(site, interchange(edited(old, new), version=version))
    assert found == [head, ["AK2", "850", "0001"], ["AK3", *segment], ["AK4", *element], *end]


@pytest.mark.parametrize(
    ("change", "told", "end"),
    [
        pytest.param(lambda t: t.replace("ST*850", "ST*810"), ["R", "1"], "R", id="1"),
        pytest.param(lambda t: t.replace("SE*9*0001~", ""), ["R", "2"], "R", id="2"),
        pytest.param(lambda t: t.replace("SE*9*0001", "SE*9*0002"), ["R", "3"], "R", id="3"),
        pytest.param(lambda t: t.replace("SE*9*", "SE*8*"), ["E", "4"], "E", id="4"),
        pytest.param(lambda t: t.replace("ST*850", "ST*85X"), ["R", "6"], "R", id="6"),
        pytest.param(
            lambda t: t.replace("ST*850*0001", "ST*850").replace("SE*9*0001", "SE*9"),
            ["R", "5", "7", "3"],
            "R",
            id="7",
        ),
    ],
)
def test_a_set_fault_is_told_with_its_ak502(
    site: Site, change: Callable[[str], str], told: list[str], end: str
) -> None:
    found = answer(site, interchange(change(SET)))
    assert ["AK5", *told] in found
    assert found[-1][:2] == ["AK9", end]


def test_a_set_number_that_comes_twice_is_told_with_23(site: Site) -> None:
    found = answer(site, interchange(SET, SET.replace("PO1**", "PO2**")))
    assert [one for one in found if one[0] == "AK5"] == [["AK5", "A"], ["AK5", "E", "23"]]


@pytest.mark.parametrize(
    ("old", "new", "code", "verdict"),
    [
        pytest.param(b"GS*PO*", b"GS*XX*", "1", "E", id="1"),
        pytest.param(b"*X*004010~", b"*X*4010~", "2", "E", id="2"),
        pytest.param(b"GE*1*1~", b"", "3", "E", id="3"),
        pytest.param(b"GE*1*1~", b"GE*1*2~", "4", "E", id="4"),
        pytest.param(b"GE*1*1~", b"GE*2*1~", "5", "E", id="5"),
        pytest.param(b"*1*X*004010", b"*1A*X*004010", "6", "E", id="6"),
    ],
)
def test_a_group_fault_is_told_with_its_ak905(
    site: Site, old: bytes, new: bytes, code: str, verdict: str
) -> None:
    content = interchange(SET)
    assert old in content
    content = content.replace(old, new, 1)
    if code == "6":
        content = content.replace(b"GE*1*1~", b"GE*1*1A~")
    found = answer(site, content)
    included = "2" if code == "5" else "1"
    assert found[0][2] == ("0" if code == "6" else "1")  # 1 could be another group of theirs
    assert found[-1] == ["AK9", verdict, included, "1", "1", code]
    assert [order["po_number"] for order in site.orders()] == ["PO1"]


def test_a_group_number_that_comes_twice_is_told_with_19(site: Site) -> None:
    content = interchange(SET)
    start, end = content.index(b"GS*"), content.index(b"IEA*")
    twice = content[:end] + content[start:end].replace(b"PO1**", b"PO2**") + b"IEA*2*000000001~"
    site.send("buyer", twice)
    told = [
        one for path in site.outgoing("buyer", "997") for one in named(path.read_bytes(), "AK9")
    ]
    assert told == [["AK9", "A", "1", "1", "1"], ["AK9", "E", "1", "1", "1", "19"]]


def isa(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "code", "note"),
    [
        pytest.param(lambda c: c, "A", "000", id="000"),
        pytest.param(isa(b"IEA*1*000000001", b"IEA*1*000000002"), "R", "001", id="001"),
        pytest.param(isa(b"*ZZ*US ", b"*01*US "), "R", "007", id="007"),
        pytest.param(isa(b"*ZZ*US ", b"*ZZ*UX "), "R", "008", id="008"),
        pytest.param(isa(b"*260302*", b"*261302*"), "E", "014", id="014"),
        pytest.param(isa(b"*0610*U", b"*2560*U"), "E", "015", id="015"),
        pytest.param(isa(b"*00401*", b"*00901*"), "E", "017", id="017"),
        pytest.param(isa(b"*1*P*>", b"*1*T*>"), "R", "020", id="020"),
        pytest.param(isa(b"IEA*1*", b"IEA*2*"), "E", "021", id="021"),
        pytest.param(isa(b"GE*1*1~", b"GE*1*1~XYZ*1~"), "E", "022", id="022"),
        pytest.param(isa(b"GS*PO*", b"G*PO*"), "R", "024", id="024"),
    ],
)
def test_an_envelope_fault_is_told_with_its_ta105(
    site: Site, change: Callable[[bytes], bytes], code: str, note: str
) -> None:
    content = change(interchange(SET, ack_requested=True))
    site.send("buyer", content)
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    day = "261302" if note == "014" else "260302"
    clock = "2560" if note == "015" else "0610"
    assert ta1 == ["TA1", "000000001", day, clock, code, note]
    assert len(site.orders()) == (code != "R")


def test_an_interchange_that_was_cut_off_is_told_with_023(site: Site) -> None:
    cut = interchange(SET).replace(b"IEA*1*000000001~", b"")
    site.send("buyer", cut + interchange(SET.replace("PO1**", "PO2**"), control=2))
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    assert (ta1[1], *ta1[4:]) == ("000000001", "R", "023")
    assert [order["po_number"] for order in site.orders()] == ["PO2"]


def test_a_strange_acknowledgment_flag_is_told_with_019(site: Site) -> None:
    content = interchange(SET).replace(b"*000000001*0*P*", b"*000000001*X*P*")
    site.send("buyer", content.replace(b"IEA*1*000000001", b"IEA*1*000000002"))
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    assert ta1[4:] == ["R", "001"]
    assert [issue["code"] for issue in site.files()[0]["issues"]] == ["019", "001"]


def test_a_repeated_interchange_is_told_with_025(site: Site) -> None:
    for end in (b"~", b"~\n"):
        site.send("buyer", interchange(SET).replace(b"~", end))
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    assert ta1[4:] == ["R", "025"]


@pytest.mark.parametrize(("old", "note"), [(b"*ZZ*BUYER ", "005"), (b"BUYER          ", "006")])
def test_a_sender_we_do_not_know_is_not_answered(site: Site, old: bytes, note: str) -> None:
    new = old.replace(b"ZZ", b"01") if note == "005" else b"NOBODY         "
    site.send("buyer", interchange(SET, ack_requested=True).replace(old, new, 1))
    (file,) = site.files()
    assert file["state"] == "quarantined"
    assert [issue["code"] for issue in file["issues"]] == [note]
    assert not site.outgoing("buyer")


def test_a_999_says_the_same_in_its_own_segments(site: Site) -> None:
    site.configure("buyer", MAPPINGS["buyer"].replace("x12: {", "x12: {acknowledge_with: '999', "))
    content = interchange(edited("PID*F", "PID*Q"), version="005010")
    site.send("buyer", content)
    assert segments(site.sent("buyer", "999"))[3:-3] == [
        ["AK1", "PO", "1", "005010"],
        ["AK2", "850", "0001"],
        ["IK3", "PID", "7", "PID", "8"],
        ["IK4", "1", "349", "7"],
        ["IK5", "E", "5"],
        ["AK9", "E", "1", "1", "1"],
    ]


def test_an_answer_is_never_answered(site: Site) -> None:
    body = "ST*997*0001~AK1*PR*1~AK9*X*1*1*1~SE*4*0001~"
    site.send("buyer", interchange(body, functional_id="FA"))
    assert not site.outgoing("buyer", "997")


@pytest.mark.parametrize(("version", "end"), [("005010", ["E", "18"]), ("004010", ["A"])])
def test_an_order_in_a_group_of_answers_is_taken_and_answered(
    site: Site, version: str, end: list[str]
) -> None:
    found = answer(site, interchange(SET, version=version, functional_id="FA"))
    assert found[0][:3] == ["AK1", "FA", "1"]
    assert found[2] == ["AK5", *end]
    assert [order["po_number"] for order in site.orders()] == ["PO1"]


@pytest.mark.parametrize("functional_id", ["FA", "PO"])
def test_answers_are_not_answered_whatever_their_group_says_or_how_damaged_they_are(
    site: Site, functional_id: str
) -> None:
    damaged = "ST*9#7*0002~AK1*PR*1~AK9*A*1*1*1~SE*4*0002~" if functional_id == "FA" else ""
    body = "ST*997*0001~AK1*PR*1~AK9*A*1*1*1~SE*4*0001~"
    site.send("buyer", interchange(body, damaged, functional_id=functional_id))
    assert not site.outgoing("buyer", "997")


def test_an_order_outside_any_group_is_not_lost_silently(site: Site) -> None:
    stray = SET.replace("PO1**", "PO2**").replace("*0001~", "*0002~").encode()
    site.send("buyer", interchange(SET).replace(b"IEA*", stray + b"IEA*"))
    assert [order["po_number"] for order in site.orders()] == ["PO1"]
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    assert ta1[4:] == ["E", "022"]
    (file,) = site.files()
    assert file["state"] == "partly"
    assert "outside any functional group" in file["reason"]


RULE = 'x12: {{acknowledge_with: "999", guides: {{"850": [{rules}]}}, '


@pytest.mark.parametrize(
    ("rule", "edit", "told"),
    [
        pytest.param(
            "at: FOB, presence: required", ("", ""), ["IK3", "FOB", "9", "", "I8"], id="I8"
        ),
        pytest.param(
            "at: FOB, presence: required, when: BEG/02 is SA",
            ("", ""),
            ["IK3", "FOB", "9", "", "I6"],
            id="I6 segment",
        ),
        pytest.param(
            "at: REF*IA, presence: forbidden", ("", ""), ["IK3", "REF", "3", "", "I4"], id="I4"
        ),
        pytest.param(
            "at: REF*IA, presence: forbidden, when: BEG/02 is SA",
            ("", ""),
            ["IK3", "REF", "3", "", "I9"],
            id="I9 segment",
        ),
        pytest.param("at: REF*IA/02, codes: ['7']", ("", ""), ["IK4", "2", "", "I6"], id="I6"),
        pytest.param(
            "at: REF*IA/02, pattern: '[A-Z]+'", ("", ""), ["IK4", "2", "", "I12"], id="I12"
        ),
        pytest.param("at: REF*IA/02, min_chars: 3", ("", ""), ["IK4", "2", "", "4"], id="4"),
        pytest.param(
            "at: REF*IA/02, max_chars: 3", ("IA*1", "IA*12345"), ["IK4", "2", "", "5"], id="5"
        ),
        pytest.param("at: REF*IA/03, presence: required", ("", ""), ["IK4", "3", "", "1"], id="1"),
        pytest.param(
            "at: REF*IA/03, presence: required, when: BEG/02 is SA",
            ("", ""),
            ["IK4", "3", "", "I9"],
            id="I9",
        ),
        pytest.param(
            "at: REF*IA/03, presence: forbidden",
            ("IA*1", "IA*1*X"),
            ["IK4", "3", "", "I10"],
            id="I10",
        ),
        pytest.param(
            "at: REF*IA/03, presence: forbidden, when: BEG/02 is SA",
            ("IA*1", "IA*1*X"),
            ["IK4", "3", "", "I13"],
            id="I13",
        ),
    ],
)
def test_a_partners_own_rule_is_told_with_the_codes_a_999_has_for_it(
    site: Site, rule: str, edit: tuple[str, str], told: list[str]
) -> None:
    rules = RULE.format(rules=f"{{{rule}}}")
    site.configure("buyer", MAPPINGS["buyer"].replace("x12: {", rules))
    site.send("buyer", interchange(edited(*edit), version="005010"))
    found = segments(site.sent("buyer", "999"))[3:-3]
    head = [["AK1", "PO", "1", "005010"], ["AK2", "850", "0001"]]
    if told[0] == "IK4":
        head.append(["IK3", "REF", "3", "", "8"])
    assert found == [*head, told, ["IK5", "E", "5"], ["AK9", "E", "1", "1", "1"]]


def test_what_a_partner_wants_of_each_line_is_told_of_the_line_that_lacks_it(site: Site) -> None:
    rule = "{at: PID, loop: PO1, presence: required, severity: reject}"
    mapping = MAPPINGS["buyer"].replace("x12: {", f'x12: {{guides: {{"850": [{rule}]}}, ')
    site.configure("buyer", mapping)
    content = edited("CTT*1", "PO1*2*5*EA*4.00*PE*VN*A1~CTT*2")
    assert answer(site, interchange(content)) == [
        ["AK1", "PO", "1"],
        ["AK2", "850", "0001"],
        ["AK3", "PID", "9", "PO1", "3"],
        *REFUSED,
    ]


@pytest.mark.parametrize(("version", "end"), [("005010", ["E", "18"]), ("004010", ["A"])])
def test_a_set_in_a_group_of_another_kind_is_told_with_18_where_there_is_one(
    site: Site, version: str, end: list[str]
) -> None:
    found = answer(site, interchange(SET, version=version, functional_id="IN"))
    assert found[2] == ["AK5", *end]
    assert [order["po_number"] for order in site.orders()] == ["PO1"]


DEVIATIONS = {
    "out_of_sequence": ("REF*IA*1~DTM*010*20260305~", "DTM*010*20260305~REF*IA*1~"),
    "unknown_segment": ("REF*IA*1", "REF*IA*1~QQQ*1"),
    "misplaced_segment": ("REF*IA*1", "REF*IA*1~HL*1**S"),
    "trailing_empty": ("REF*IA*1", "REF*IA*1**"),
    "lower_case_code": ("PID*F", "pid*f"),
    "missing_terminator": ("REF*IA*1~", "REF*IA*1\n"),
    "blanks": ("DTM*010*20260305", "DTM*010*20260305  "),
    "foreign_character": ("REF*IA*1", "REF*IA*\x921"),
}


@pytest.mark.parametrize("name", DEVIATIONS)
@pytest.mark.parametrize(("severity", "ak501"), [("note", "A"), ("error", "E"), ("reject", "R")])
def test_what_a_deviation_of_certain_meaning_costs_is_the_mappings_choice(
    site: Site, name: str, severity: str, ak501: str
) -> None:
    mapping = MAPPINGS["buyer"].replace("x12: {", f"x12: {{tolerance: {{{name}: {severity}}}, ")
    site.configure("buyer", mapping)
    found = answer(site, interchange(edited(*DEVIATIONS[name])))
    assert found[-2][:2] == ["AK5", ak501]
    assert len(site.orders()) == (ak501 != "R")


def test_values_of_a_gs_that_nothing_hangs_on_are_noted_and_cost_nothing(site: Site) -> None:
    content = interchange(SET).replace(b"*20260302*0610*1*X*", b"*20261399*2599*1*Q*")
    assert answer(site, content)[-1] == ["AK9", "A", "1", "1", "1"]


LOWER = {
    "a segment id": ("PO1*1*10", "po1*1*10"),
    "a role": ("N1*ST", "N1*st"),
    "a qualifier": ("PE*VN*A1", "pe*vn*A1"),
    "a unit": ("10*EA", "10*ea"),
    "the end": ("SE*9", "se*9"),
}


@pytest.mark.parametrize("name", LOWER)
def test_an_order_with_something_in_lower_case_is_the_same_order(site: Site, name: str) -> None:
    found = answer(site, interchange(SET.replace(*LOWER[name], 1)))
    assert found[-2:] == [["AK5", "A"], ["AK9", "A", "1", "1", "1"]]
    rows = site.query("SELECT item, buyer_quantity, buyer_unit, price_basis FROM order_lines")
    assert rows == [("A1", "10", "EA", "PE")]
    assert site.query("SELECT name, id_code FROM destinations") == [("STORE ONE", "S1")]


def test_an_order_in_lines_of_80_characters_is_taken_and_accepted(site: Site) -> None:
    content = interchange(SET)
    lines = b"\r\n".join(content[at : at + 80] for at in range(0, len(content), 80))
    assert answer(site, lines)[-2:] == [["AK5", "A"], ["AK9", "A", "1", "1", "1"]]
    ((start, size),) = site.query(
        "SELECT start_byte, size_bytes FROM documents WHERE direction = 'in'"
    )
    raw = lines[start : start + size].replace(b"\r\n", b"")
    assert raw == SET.encode()
