"""The registry of exceptions: complete, used, and the only source of kinds."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from oms_edi.config.watch import Rule
from oms_edi.domain.exceptions import (
    KINDS,
    edi,
    finance,
    master_data,
    orders,
    purchasing,
    stock,
    system,
)
from oms_edi.domain.exceptions import warehouse as warehouse_kinds
from oms_edi.domain.holds import HoldKind
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.people.clocks import CLOCKS
from tests.support.site import Site

ROOT = Path(__file__).parents[2]
MODULES = (orders, finance, master_data, stock, warehouse_kinds, purchasing, edi, system)


def texts(node: ast.AST) -> set[str]:
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def raised() -> set[str]:
    """Kinds that stand as text in a call of `attention`, and those of files, holds and clocks."""
    found = {f"file_{state}" for state in ("partly", "rejected", "quarantined")}
    found |= {kind.value for kind in HoldKind}
    found |= {clock.kind for clock in CLOCKS}
    for path in (ROOT / "oms_edi/pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "attention":
                found |= texts(node.args[1])
    return found - {"file_"}


def test_every_kind_that_is_raised_stands_in_the_registry() -> None:
    assert raised() - set(KINDS) == set()


def test_no_kind_stands_in_the_registry_that_nothing_raises() -> None:
    named = {
        text
        for path in (ROOT / "oms_edi/pipeline").rglob("*.py")
        for text in texts(ast.parse(path.read_text()))
    }
    assert set(KINDS) - raised() - named == set()


def test_every_kind_stands_in_the_module_of_its_queue_once() -> None:
    rows = [
        (module.__name__.rsplit(".", 1)[1], kind) for module in MODULES for kind in module.KINDS
    ]
    assert [kind.name for name, kind in rows if kind.queue != name] == []
    assert len(rows) == len(KINDS)
    assert len({kind.name for _, kind in rows}) == len(rows)


def test_every_hold_has_an_exception_that_closes_with_it() -> None:
    for hold in HoldKind:
        assert "when the hold ends" in KINDS[hold].closes
        assert not any(act.startswith("resolve") for act in KINDS[hold].acts)


def test_what_does_not_close_by_itself_can_be_resolved() -> None:
    for kind in KINDS.values():
        assert kind.closes or any(act.startswith("resolve ") for act in kind.acts), kind.name


def test_commands_name_the_order_and_those_without_one_are_left_out() -> None:
    kind = KINDS["short_shipped"]
    assert kind.commands(exception_id=7, order="SO100001", partner="buyer") == [
        "oms-edi order SO100001",
        "oms-edi resolve 7 --reason WHY",
    ]
    assert kind.commands(exception_id=7, order="", partner="") == ["oms-edi resolve 7 --reason WHY"]


def test_an_unknown_kind_cannot_be_raised(tmp_path: Path) -> None:
    step = Site(tmp_path).step()
    with pytest.raises(KeyError, match="no_such_kind"):
        attention(step, "no_such_kind", "subject", "text")
    step.connection.close()


def said(tree: ast.AST) -> set[str]:
    """Words a test insists on: in an assertion or a table, asked for by name, or waited for."""
    found: set[str] = set()
    for node in ast.walk(tree):
        is_asked = isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in ("only", "one")
            or getattr(node.func, "attr", "") == "until"
        )
        parts: list[ast.AST] = [node] if is_asked or isinstance(node, ast.Assert) else []
        parts += node.decorator_list if isinstance(node, ast.FunctionDef) else []
        found |= {
            word for part in parts for text in texts(part) for word in re.findall(r"\w+", text)
        }
    return found


#: A blessed page names a kind open or over, by a book or by `oms-edi exceptions`.
TOLD = re.compile(
    r"^(?:open: |exception(?:, over)?: |(?:info|warning|error): +)(\w+)", re.MULTILINE
)


def golden_kinds(path: Path) -> set[str]:
    """The kinds of exceptions a blessed page names, open or over."""
    return set(TOLD.findall(path.read_text()))


def test_every_kind_every_hold_and_every_clock_has_a_golden_case() -> None:
    """Files bring most about; what they cannot, the machine or a server of `golden_faults` does."""
    pages = [*ROOT.glob("tests/golden/*/*/*.txt"), *ROOT.glob("tests/golden_faults/*/says.txt")]
    named = {kind for path in pages for kind in golden_kinds(path)}
    assert sorted({*KINDS, *HoldKind, *(clock.kind for clock in CLOCKS)} - named) == []


def test_a_golden_fault_is_told_while_it_is_wrong_and_over_once_it_was_put_right() -> None:
    """Under the name of its folder, and by itself."""
    for page in ROOT.glob("tests/golden_faults/*/says.txt"):
        wrong, right, over = page.read_text().split("$ oms-edi exceptions")[1:]
        kind = page.parent.name
        assert (kind in TOLD.findall(wrong), kind in TOLD.findall(right)) == (True, False), kind
        (ended,) = [one for one in re.split(r"\n(?=\w)", over) if re.match(rf"\w+: +{kind},", one)]
        assert ended.rstrip().endswith("by itself"), kind


def test_every_kind_every_hold_and_every_clock_has_a_case() -> None:
    """A test of whole conversations insists on it."""
    named = {
        word
        for folder in ("integration", "acceptance")
        for path in (ROOT / "tests" / folder).glob("test_*.py")
        for word in said(ast.parse(path.read_text()))
    }
    for path in (ROOT / "tests/golden").glob("*/*/*.txt"):
        named |= golden_kinds(path)
    assert sorted({*KINDS, *HoldKind, *(clock.kind for clock in CLOCKS)} - named) == []


def test_every_way_to_say_a_rule_of_watch_has_a_golden_case() -> None:
    """Its name stands in the page of the case, too: it caught something."""
    caught = set()
    for path in ROOT.glob("tests/golden/*/*/watch.yaml"):
        page = (path.parent / "book.txt").read_text()
        for rule in yaml.safe_load(path.read_text()).get("rules", ()):
            if f"(rule {rule['name']})" in page:
                caught.add(rule["when"])
    assert sorted(set(get_args(Rule.model_fields["when"].annotation)) - caught) == []
