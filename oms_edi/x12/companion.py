"""A guide with a partner's rules as a page for people: Markdown or HTML."""

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oms_edi.x12.dictionary import code_meaning, element_name, known_codes
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.guide import ElementDef, Guide
from oms_edi.x12.overlay import Rule, places_in_loop

_CODES_SHOWN = 8
#: Of an element no rule is about.
_ELEMENT_CELLS = 6


class Block(NamedTuple):
    """A part of the page."""

    #: heading, text, table, code.
    kind: str
    #: Heading or text; header of a table, cells divided by `|`.
    text: str
    rows: tuple[tuple[str, ...], ...] = ()


def companion(
    guide: Guide, rules: Sequence[Rule], *, title: str, example: TransactionSet
) -> Iterator[Block]:
    """Yield the page: rules first, then the structure, then each segment, then an example."""
    yield Block("heading", title)
    yield Block(
        "text", f"{guide.set_id} {guide.name}, X12 {guide.version}, GS01 {guide.functional_id}."
    )
    if rules:
        yield Block("heading", "What we ask for beyond X12")
        rows = tuple((_place(rule), rule.sentence, rule.severity.value) for rule in rules)
        yield Block("table", "place|rule|breaking it", rows)
    asked = "|what we ask" if rules else ""
    yield Block("heading", "Structure")
    yield Block("table", f"segment|name|use|repeat|loop{asked}", tuple(_structure(guide, rules)))
    yield Block("heading", "Example")
    yield Block("code", "~\n".join(example.raw) + "~")
    yield Block("heading", "Segments")
    for name in dict.fromkeys(node.segment for node in guide.nodes):
        definition = guide.segment(name)
        if definition is None:
            continue
        yield Block("text", f"{name} {definition.name}")
        elements = tuple(
            _element(f"{name}{at:02d}", element, _of_element(rules, name, at))
            for at, element in enumerate(definition.elements, start=1)
        )
        asked = "|what we ask" if elements and len(elements[0]) > _ELEMENT_CELLS else ""
        yield Block("table", f"element|name|use|type|length|codes{asked}", elements)


def _place(rule: Rule) -> str:
    return f"{rule.at} in {rule.loop}" if rule.loop else rule.at


def _of_element(rules: Sequence[Rule], name: str, at: int) -> list[Rule] | None:
    """Return the rules about an element; None if there are none about its segment's elements."""
    about = [rule for rule in rules if rule.place[0] == name and rule.place[2]]
    return [rule for rule in about if rule.place[2] == at] if about else None


def _use(required: bool, rules: Sequence[Rule]) -> str:
    """Return what is asked for of a place: what a rule without any condition says, else X12."""
    for rule in rules:
        if rule.presence and not (rule.when or rule.place[1]):
            return "mandatory" if rule.presence == "required" else "not used"
    return "mandatory" if required else "optional"


def _structure(guide: Guide, rules: Sequence[Rule]) -> Iterator[tuple[str, ...]]:
    told: dict[int, list[Rule]] = {}
    for rule in rules:
        name, _, element = rule.place
        if not element:
            anywhere = [n for n, node in enumerate(guide.nodes) if node.segment == name][:1]
            for place in places_in_loop(guide, rule) if rule.loop else anywhere:
                told.setdefault(place, []).append(rule)
    for index, node in enumerate(guide.nodes):
        depth = 0
        parent = node.parent
        while parent >= 0:
            depth += 1
            parent = guide.nodes[parent].parent
        definition = guide.segment(node.segment)
        limit = ">1" if node.max is None else str(node.max)
        asked = told.get(index, [])
        use = _use(node.required, asked)
        name = definition.name if definition else ""
        loop = f"begins {node.loop}" if node.is_leader else node.loop
        row = ("\u00a0\u00a0" * depth + node.segment, name, use, limit, loop)
        yield (*row, _sentences(asked)) if rules else row


def _sentences(rules: Sequence[Rule]) -> str:
    return "; ".join(rule.sentence.rstrip(".") for rule in rules)


def _element(name: str, element: ElementDef, rules: Sequence[Rule] | None) -> tuple[str, ...]:
    use = _use(element.required, [rule for rule in rules or () if not rule.loop])
    length = str(element.min) if element.min == element.max else f"{element.min} to {element.max}"
    row = (name, element_name(element.element), use, element.type, length, _codes(element))
    return row if rules is None else (*row, _sentences(rules))


def _codes(element: ElementDef) -> str:
    """Return the codes of an element, the usual ones where its list is open or long."""
    listed = [code for code in known_codes(element.element) if code in (element.codes or (code,))]
    codes = "; ".join(
        f"{code} {meaning}" if (meaning := code_meaning(element.element, code)) else code
        for code in listed[:_CODES_SHOWN]
    )
    if element.codes is None:
        return f"such as {codes}" if codes else ""
    more = len(element.codes) - len(listed[:_CODES_SHOWN])
    return codes + (f" and {more} more" if more else "")


def to_markdown(blocks: Iterable[Block]) -> str:
    """Return the page as Markdown."""
    lines: list[str] = []
    level = "#"
    for block in blocks:
        match block.kind:
            case "heading":
                lines += [f"{level} {block.text}", ""]
                level = "##"
            case "text":
                lines += [block.text, ""]
            case "code":
                lines += ["```", block.text, "```", ""]
            case _:
                header = block.text.split("|")
                lines += [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
                lines += [f"| {' | '.join(_cell(c) for c in row)} |" for row in block.rows]
                lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def to_html(blocks: Iterable[Block]) -> str:
    """Return the page as one HTML document without any script."""
    parts = ["<!doctype html>", '<meta charset="utf-8">', f"<style>{_STYLE}</style>"]
    level = "h1"
    for block in blocks:
        text = html.escape(block.text)
        match block.kind:
            case "heading":
                parts.append(f"<{level}>{text}</{level}>")
                level = "h2"
            case "text":
                parts.append(f"<p>{text}</p>")
            case "code":
                parts.append(f"<pre>{text}</pre>")
            case _:
                head = "".join(f"<th>{part}</th>" for part in text.split("|"))
                body = "".join(
                    f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>"
                    for row in block.rows
                )
                parts.append(f"<table><tr>{head}</tr>{body}</table>")
    return "\n".join(parts) + "\n"


_STYLE = (
    "body{font:14px sans-serif;max-width:60em;margin:2em auto}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:2px 6px;text-align:left}"
)
