"""Partners' companion guides: their rules on top of X12, and the page that explains them."""

import pytest

from oms_edi.domain.issue import Issue, Severity
from oms_edi.x12.companion import companion, to_html, to_markdown
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.example import example
from oms_edi.x12.guide import guide_for
from oms_edi.x12.overlay import Rule, apply, check_rules
from oms_edi.x12.validate import validate
from tests.support.edi import x850
from tests.unit.test_x12_validate import SETS

ORDER = x850("PO1", "1*10*EA*4.00**VN*A1", "2*5*CA*7.50**VN*B22", header=["REF*IA*1", "REF*DP*062"])


def broken(*rules: Rule, text: str = ORDER) -> list[tuple[str, str, int, int]]:
    raw = [segment for segment in text.split("~") if segment]
    read = TransactionSet(
        set_id="850", control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )
    found: list[Issue] = apply(read, rules)
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
    assert apply(made, rules) == []
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
    (issue,) = apply(read, [rule])
    assert (issue.found, issue.expected) == (found, expected)
