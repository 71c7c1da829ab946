"""Partners' companion guides: their rules on top of X12, and the page that explains them."""

import time

import pytest

from oms_edi.domain.issue import Issue, Severity
from oms_edi.x12.companion import companion, to_html, to_markdown
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.example import example
from oms_edi.x12.guide import Guide, guide_for
from oms_edi.x12.overlay import Rule, apply, check_rules, strange
from oms_edi.x12.validate import validate
from tests.support.edi import x850
from tests.unit.test_x12_validate import SETS


def load(set_id: str, version: str = "004010") -> Guide:
    guide = guide_for(set_id, version)
    assert guide is not None
    return guide


ORDER = x850("PO1", "1*10*EA*4.00**VN*A1", "2*5*CA*7.50**VN*B22", header=["REF*IA*1", "REF*DP*062"])

GUIDE = load("850")


def broken(*rules: Rule, text: str = ORDER) -> list[tuple[str, str, int, int]]:
    raw = [segment for segment in text.split("~") if segment]
    read = TransactionSet(
        set_id="850", control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )
    found: list[Issue] = apply(read, rules, GUIDE)
    return [(issue.code, issue.segment, issue.position, issue.element) for issue in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(at="REF*DP", presence="required"), []),
        (Rule(at="REF*VR", presence="required"), [("3", "REF", 9, 0)]),
        (Rule(at="REF*IA", presence="forbidden"), [("2", "REF", 3, 0)]),
        (Rule(at="REF*VR", presence="forbidden"), []),
        (Rule(at="PO1/04", presence="required"), []),
        (Rule(at="PO1/05", presence="required"), [("1", "PO1", 6, 5), ("1", "PO1", 7, 5)]),
        (Rule(at="PO1/04", presence="forbidden"), [("10", "PO1", 6, 4), ("10", "PO1", 7, 4)]),
        (Rule(at="PO1/07", max_chars=2), [("5", "PO1", 7, 7)]),
        (Rule(at="PO1/07", min_chars=3), [("4", "PO1", 6, 7)]),
        (Rule(at="PO1/03", codes=("EA",)), [("7", "PO1", 7, 3)]),
        (Rule(at="PO1/07", pattern=r"[AB]\d"), [("7", "PO1", 7, 7)]),
        (Rule(at="REF*DP/02", pattern=r"\d{3}"), []),
        (Rule(at="REF*DP/02", pattern=r"\d{4}"), [("7", "REF", 4, 2)]),
        (Rule(at="REF*VR", presence="required", when="BEG/02 is SA, NE"), [("3", "REF", 9, 0)]),
        (Rule(at="REF*VR", presence="required", when="BEG/02 is NE"), []),
        (Rule(at="REF*VR", presence="required", when="REF*DP is given"), [("3", "REF", 9, 0)]),
        (Rule(at="REF*VR", presence="required", when="REF*DP is missing"), []),
        (Rule(at="REF*VR", presence="required", when="REF*ZZ is missing"), [("3", "REF", 9, 0)]),
    ],
)
def test_a_rule_names_what_breaks_it(rule: Rule, expected: list[tuple[str, str, int, int]]) -> None:
    assert broken(rule) == expected


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(at="ref", presence="required"), "is no place"),
        (Rule(at="REF/2", presence="required"), "is no place"),
        (Rule(at="REF", codes=("A",)), "need an element"),
        (Rule(at="REF/01"), "asks for nothing"),
        (Rule(at="REF/02", pattern="["), "no regular expression"),
        (Rule(at="REF/02", presence="required", when="BEG02 = SA"), "is not like"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(rule: Rule, said: str) -> None:
    (fault,) = check_rules([rule])
    assert said in fault


def test_a_rule_explains_itself_in_words() -> None:
    rule = Rule(at="REF*DP/02", pattern=r"\d{3}", min_chars=3, when="BEG/02 is SA")
    assert rule.sentence == (
        r"REF*DP/02 has 3 to any characters and matches \d{3} when BEG/02 is SA"
    )
    assert Rule(at="REF", presence="required", text="Send it.").sentence == "Send it."


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", [*SETS, "753", "754"])
def test_the_example_of_every_guide_passes_that_guide(set_id: str, version: str) -> None:
    guide = guide_for(set_id, version)
    assert guide is not None
    issues = validate(example(guide, ()), guide)
    assert [str(i) for i in issues if i.severity is not Severity.NOTE] == []


def test_the_example_follows_the_partners_rules() -> None:
    guide = guide_for("850", "004010")
    assert guide is not None
    rules = [
        Rule(at="REF*DP", presence="required"),
        Rule(at="REF*DP/02", presence="required", pattern=r"\d{3}", example="062"),
        Rule(at="PO1/03", codes=("CA",), presence="required"),
        Rule(at="PO1/05", presence="forbidden"),
    ]
    made = example(guide, rules)
    assert apply(made, rules, guide) == []
    assert "REF*DP*062" in made.raw
    assert all(i.severity is Severity.NOTE for i in validate(made, guide))


def test_the_page_says_rules_structure_segments_and_example() -> None:
    guide = guide_for("850", "004010")
    assert guide is not None
    rules = [Rule(at="REF*DP", presence="required", when="BEG/02 is SA")]
    page = list(companion(guide, rules, title="850 for <ACME>", example=example(guide, rules)))
    markdown = to_markdown(page)
    assert "| REF\\*DP | REF\\*DP is required when BEG/02 is SA | error |" in markdown
    assert "BEG*00*SA" in markdown
    assert "| BEG03 | purchase order number | mandatory | AN | 1 to 22 |" in markdown
    page_html = to_html(page)
    assert "<h1>850 for &lt;ACME&gt;</h1>" in page_html
    assert "<td>REF*DP</td>" in page_html


@pytest.mark.parametrize(
    ("rule", "found", "expected"),
    [
        (Rule(at="FOB", presence="required"), "nothing", "given"),
        (Rule(at="BEG", presence="forbidden"), "given", "nothing"),
        (Rule(at="BEG/02", codes=("NE", "DS")), "2 letters", "one of NE, DS"),
        (Rule(at="BEG/03", pattern="[0-9]+"), "3 characters", "what matches [0-9]+"),
        (Rule(at="BEG/04", presence="required"), "empty", "given"),
        (Rule(at="BEG/03", min_chars=10), "3 characters", "10 to any characters"),
    ],
)
def test_a_broken_rule_says_what_was_found_and_what_was_expected(
    rule: Rule, found: str, expected: str
) -> None:
    raw = ["ST*850*0001", "BEG*00*SA*PO1**20260302", "SE*3*0001"]
    read = TransactionSet(
        set_id="850", control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )
    (issue,) = apply(read, [rule], GUIDE)
    assert (issue.found, issue.expected) == (found, expected)


LINES = x850(
    "PO1",
    "1*10*EA*4.00**VN*A1~PID*F****ONE~REF*DP*1~N1*ST*X*92*1~N4*TULSA~N1*BY*Y*92*2",
    "2*5*CA*7.50**VN*B22~PID*F****TWO~N1*ST*Z*92*3~REF*DP*9",
    "3*5*EA*7.50**VN*C3~N4*TULSA~REF*IA*2",
    header=["REF*DP*062", "N1*BT*B*92*9", "N4*BOISE"],
    ship_to=None,
)
#: Positions: ST 1, BEG 2, REF 3, N1 4, N4 5, PO1 6, PID 7, REF 8, N1 9, N4 10, N1 11, PO1 12,
#: PID 13, N1 14, REF 15 (of N1), PO1 16, N4 17 (nowhere), REF 18, CTT 19, SE 20.


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(at="REF*DP", presence="required"), []),
        (Rule(at="REF*DP", loop="PO1", presence="required"), [("3", "REF", 16), ("3", "REF", 19)]),
        (Rule(at="PID", loop="PO1", presence="required"), [("3", "PID", 19)]),
        (Rule(at="PID/05", loop="PID", codes=("ONE",)), [("7", "PID", 13)]),
        (Rule(at="N1*ST", loop="PO1", presence="required"), [("3", "N1", 19)]),
        (Rule(at="N1*BY", loop="PO1", presence="forbidden"), [("2", "N1", 11)]),
        (Rule(at="N4", loop="PO1/N1", presence="required"), [("3", "N4", 12), ("3", "N4", 16)]),
        (Rule(at="REF*DP/02", loop="PO1", pattern=r"\d{3}"), [("7", "REF", 8)]),
        (Rule(at="REF*DP/02", pattern=r"\d{3}"), [("7", "REF", 8), ("7", "REF", 15)]),
        (Rule(at="PO1/08", loop="PO1", presence="required"), [("1", "PO1", 6), ("1", "PO1", 12),
                                                               ("1", "PO1", 16)]),
        # the condition is asked of the same line, of the loop around it, of the header
        (Rule(at="REF*DP", loop="PO1", presence="required", when="PO1/03 is CA"),
         [("3", "REF", 16)]),
        (Rule(at="N4", loop="PO1/N1", presence="required", when="PO1/03 is CA"), [("3", "N4", 16)]),
        (Rule(at="N4", loop="N1", presence="required", when="N1/01 is BT"), []),
        (Rule(at="REF*IA", loop="PO1", presence="required", when="BEG/02 is SA"),
         [("3", "REF", 12), ("3", "REF", 16)]),
        (Rule(at="REF*IA", loop="PO1", presence="required", when="BEG/02 is DS"), []),
        (Rule(at="REF*IA", loop="PO1", presence="required", when="PID is missing"), []),
        (Rule(at="PID", loop="PO1", presence="forbidden", when="REF*DP is given"),
         [("2", "PID", 7)]),
        # what stands where X12 has no place for it counts for the line it follows
        (Rule(at="N4", loop="PO1", presence="forbidden"), []),
    ],
)  # fmt: skip
def test_a_rule_may_be_about_each_turn_of_a_loop(
    rule: Rule, expected: list[tuple[str, str, int]]
) -> None:
    assert [found[:3] for found in broken(rule, text=LINES)] == expected


def test_rules_about_many_lines_cost_no_more_for_each() -> None:
    rules = [
        Rule(at="N4", loop="PO1/N1", presence="required", when="PO1/03 is CA"),
        Rule(at="REF*DP", loop="PO1", presence="required", when="PO1/03 is CA"),
    ]
    line = "*5*CA*7.50**VN*B22~N1*ST*Z*92*3"
    text = x850("PO1", *(f"{n}{line}" for n in range(5000)))
    read = TransactionSet(
        set_id="850",
        control_number="0001",
        delimiters=Delimiters(),
        raw=text.split("~")[:-1],
        offset=0,
    )
    began = time.process_time()
    assert len(apply(read, rules, GUIDE)) == 10_000
    assert time.process_time() - began < 3


def test_what_a_turn_lacks_is_told_with_its_loop_behind_it() -> None:
    raw = LINES.split("~")[:-1]
    read = TransactionSet(
        set_id="850", control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )
    rule = Rule(at="PID", loop="PO1", presence="required")
    (issue,) = apply(read, [rule], GUIDE)
    assert (issue.loop, issue.position, issue.message) == (
        *("PO1", 19, "PID is required in each PO1 loop"),
    )


def test_each_level_of_an_856_may_have_its_own_rules() -> None:
    raw = ["ST*856*0001", "BSN*00*S1*20260302*1500*0001", "HL*1**S", "TD5**2*UPSN", "HL*2*1*O"]
    raw += ["PRF*PO1", "HL*3*2*P", "MAN*GM*1", "HL*4*2*P", "HL*5*4*I", "SN1**5*EA", "SE*12*0001"]
    read = TransactionSet(
        set_id="856", control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )
    rules = [
        Rule(at="MAN", loop="HL", presence="required", when="HL/03 is P"),
        Rule(at="TD5", loop="HL", presence="required", when="HL/03 is S"),
        Rule(at="LIN", loop="HL", presence="required", when="HL/03 is I"),
    ]
    found = apply(read, rules, load("856"))
    assert [(issue.segment, issue.position) for issue in found] == [("MAN", 10), ("LIN", 12)]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(at="REF", loop="PO9", presence="required"), "PO9 is no loop of a 850 in 004010"),
        (
            Rule(at="BEG", loop="PO1", presence="required"),
            "a PO1 loop of a 850 holds no BEG itself",
        ),
        (Rule(at="REF", loop="N1/PO1", presence="required"), "N1/PO1 is no loop of a 850"),
        (Rule(at="PO1", loop="po1", presence="required"), "is no loop such as PO1 or PO1/N1"),
    ],
)
def test_a_rule_about_a_loop_that_is_none_is_named(rule: Rule, said: str) -> None:
    (fault,) = [*check_rules([rule])] or [*strange([rule], GUIDE)]
    assert said in fault


RULES_OF_LOOPS = {
    "850": [
        *(Rule(at="REF*DP", loop="PO1", presence="required"), Rule(at="PID", loop="PO1",
          presence="required"), Rule(at="REF*IA", presence="required")),
        Rule(at="REF*DP/02", loop="PO1", presence="required", pattern=r"\d{3}", example="062"),
        Rule(at="N4", loop="PO1/N1", presence="required"),
        Rule(at="N3", loop="N1", presence="required"),
        Rule(at="PO1/03", loop="PO1", codes=("CA",)),
        Rule(at="CTT", presence="forbidden"),
        Rule(at="SAC", loop="PO1", presence="forbidden"),
    ],
    "856": [
        Rule(at="MAN", loop="HL", presence="required", when="HL/03 is P"),
        Rule(at="N1*SF", loop="HL", presence="required", when="HL/03 is S"),
    ],
    "940": [Rule(at="G69", loop="0310", presence="required"),
            Rule(at="N1*ST", loop="0100", presence="required")],
    "945": [Rule(at="MAN*GM", loop="0300", presence="required")],
}  # fmt: skip


def test_a_rule_without_an_example_keeps_what_another_one_gave() -> None:
    rules = [
        Rule(at="REF*DP/02", presence="required", pattern=r"\d{3}", example="062"),
        Rule(at="REF*DP/02", presence="required", max_chars=3),
        Rule(at="BEG/03", min_chars=9, max_chars=9),
        Rule(at="N4", presence="required"),
    ]
    made = example(GUIDE, rules)
    assert apply(made, rules, GUIDE) == []
    assert "REF*DP*062" in made.raw
    assert "N4" not in made.raw  # a segment says something


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", RULES_OF_LOOPS)
def test_the_example_follows_rules_about_loops(set_id: str, version: str) -> None:
    guide, rules = load(set_id, version), RULES_OF_LOOPS[set_id]
    assert [*check_rules(rules), *strange(rules, guide)] == []
    made = example(guide, rules)
    assert apply(made, rules, guide) == []
    assert [str(i) for i in validate(made, guide) if i.severity is not Severity.NOTE] == []


def test_the_structure_and_the_elements_are_those_the_partner_asks_for() -> None:
    rules = [
        Rule(at="FOB", presence="required"),
        Rule(at="CSH", presence="forbidden"),
        Rule(at="CUR", presence="required", when="BEG/02 is SA"),
        Rule(at="PID", loop="PO1", presence="required"),
        Rule(at="PO1/01", presence="required"),
        Rule(at="PO1/04", presence="forbidden", text="We know the price."),
        Rule(at="PO1/03", codes=("EA", "CA")),
    ]
    page = to_markdown(companion(GUIDE, rules, title="850", example=example(GUIDE, rules)))
    for row in (
        "| FOB | freight terms | mandatory | >1 |  | FOB is required |",
        "PID | item description | mandatory | 1000 | begins PID | PID is required in each PO1",
        "| CSH | sales/order conditions | not used | 5 |  | CSH is forbidden |",
        "| CUR | currency | optional | 1 |  | CUR is required when BEG/02 is SA |",
        "| PO101 | line number (assigned id) | mandatory | AN | 1 to 20 |  | PO1/01 is required |",
        "| PO104 | unit price | not used | R | 1 to 17 |  | We know the price |",
        "| CTT01 | number of lines | mandatory | N0 | 1 to 6 |  |\n",
    ):
        assert row in page
    plain = to_markdown(companion(GUIDE, [], title="850", example=example(GUIDE, [])))
    assert "what we ask" not in plain


def test_the_page_tells_a_rule_with_its_loop() -> None:
    rules = [Rule(at="REF*DP", loop="PO1", presence="required", when="PO1/03 is CA")]
    page = to_markdown(companion(GUIDE, rules, title="850", example=example(GUIDE, rules)))
    sentence = "REF\\*DP is required in each PO1 loop when PO1/03 is CA"
    assert f"| REF\\*DP in PO1 | {sentence} | error |" in page
    assert "PO1*" in page
    assert f"REF | reference number | optional | >1 | PO1 | {sentence} |" in page
    deep = Rule(at="N4", loop="PO1/N1", presence="required")
    assert deep.sentence == "N4 is required in each N1 loop of a PO1 loop"
