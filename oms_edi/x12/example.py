"""An example document made from a guide and a partner's rules: the least that passes both."""

from collections.abc import Collection, Iterator, Sequence

from oms_edi.x12.dictionary import first_code
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.guide import Condition, ElementDef, Guide, SegmentDef
from oms_edi.x12.overlay import Rule, places_in_loop

#: Segments that make an example worth reading, though the guide does not ask for them.
_TELLING = {
    "850": {"PO1", "CTT"},
    "855": {"PO1", "ACK", "CTT"},
    "856": {"HL", "CTT"},
    "940": {"LX", "W01", "W76"},
    "945": {"LX", "W12", "W03"},
    "846": {"LIN", "QTY"},
}

#: Elements that make a line worth reading.
_TELLING_ELEMENTS = {
    "PO1": (1, 2, 3, 4, 6, 7),
    "ACK": (1, 2, 3),
    "LIN": (1, 2, 3),
    "W01": (1, 2, 4, 5),
    "W12": (1, 2, 3, 5, 7, 8),
    "QTY": (1, 2),
    "PID": (1, 5),
    "W05": (1, 2, 3),
}

#: Values of elements that have no codes: number to what a person knows for an example.
_SAMPLES = {
    "19": "TULSA",
    "67": "0101",
    "76": "1001",
    "93": "EXAMPLE STORE",
    "116": "74133",
    "127": "12345",
    "156": "OK",
    "166": "1 EXAMPLE AVE",
    "234": "ITEM-1",
    "285": "SO100001",
    "324": "PO12345",
    "350": "1",
    "352": "EXAMPLE ARTICLE",
    "387": "GROUND",
    "396": "S1001",
    "628": "1",
}


def example(guide: Guide, rules: Sequence[Rule]) -> TransactionSet:
    """Return an example set. What a rule's pattern wants must stand in its `example`."""
    anywhere, in_loops = _qualifiers(guide, rules)
    wanted = (_TELLING.get(guide.set_id, set()) | anywhere.keys()) - {
        rule.at for rule in rules if rule.presence == "forbidden" and not rule.loop
    }
    body: list[str] = []
    for index in _chosen(guide, wanted, _loops_shown(guide, rules), in_loops.keys()):
        node = guide.nodes[index]
        definition = guide.segment(node.segment)
        if node.segment in ("ST", "SE") or definition is None:
            continue
        here = [rule for rule in rules if not rule.loop or index in places_in_loop(guide, rule)]
        for qualifier in in_loops.get(index) or anywhere.get(node.segment) or [""]:
            body.append("*".join(_segment(definition, qualifier, here)))
    raw = [f"ST*{guide.set_id}*0001", *body, f"SE*{len(body) + 2}*0001"]
    return TransactionSet(
        set_id=guide.set_id, control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )


def _qualifiers(
    guide: Guide, rules: Sequence[Rule]
) -> tuple[dict[str, list[str]], dict[int, list[str]]]:
    """Return the qualifiers rules want of segments by id, and by place for those about loops."""
    anywhere: dict[str, list[str]] = {}
    in_loops: dict[int, list[str]] = {}
    for rule in rules:
        name, qualifier, element = rule.place
        if not (rule.presence == "required" or (element and rule.example)):
            continue
        found = [in_loops.setdefault(place, []) for place in places_in_loop(guide, rule)]
        for qualifiers in found if rule.loop else [anywhere.setdefault(name, [])]:
            if qualifier not in qualifiers:
                qualifiers.append(qualifier)
    return anywhere, in_loops


def _loops_shown(guide: Guide, rules: Sequence[Rule]) -> set[int]:
    """Return, for each rule about a loop, the first such loop with the loops around it."""
    found: set[int] = set()
    for rule in rules:
        place = next(iter(places_in_loop(guide, rule)), -1)
        while place >= 0 and rule.presence != "forbidden":
            found.add(place)
            place = guide.nodes[place].parent
    return found


def _chosen(
    guide: Guide, wanted: set[str], shown: set[int], in_loops: Collection[int]
) -> Iterator[int]:
    """Yield places: all that are mandatory on the way, and the first of each wanted segment.

    Of places in loops all of `shown`, and `in_loops` where their loop is there.
    """
    taken: set[int] = set()
    left = set(wanted)
    for index, node in enumerate(guide.nodes):
        inside = node.parent < 0 or node.parent in taken
        leads = node.is_leader and _leads_to(guide, index, left)
        obliged = index in in_loops and not node.is_leader
        if index in shown or (
            inside and (node.required or node.segment in left or leads or obliged)
        ):
            taken.add(index)
            left.discard(node.segment)
            yield index


def _leads_to(guide: Guide, index: int, wanted: set[str]) -> bool:
    """True if a wanted segment is nowhere but in this loop, mandatory segments aside."""
    inside = {n.segment for n in guide.nodes if n.parent == index}
    outside = {n.segment for n in guide.nodes if n.parent < 0}
    return bool((wanted & inside) - outside)


def _segment(definition: SegmentDef, qualifier: str, rules: Sequence[Rule]) -> list[str]:
    values = [definition.id] + [""] * len(definition.elements)
    for at, element in enumerate(definition.elements, start=1):
        if element.required or at in _TELLING_ELEMENTS.get(definition.id, ()):
            values[at] = _sample(element)
    if qualifier:
        values[1] = qualifier
    for rule in rules:
        name, wanted, at = rule.place
        if name == definition.id and at and at < len(values) and wanted in ("", qualifier):
            values[at] = _ruled(values[at], rule, definition.elements[at - 1])
    if not any(values[1:]):  # a segment says something
        values[1] = _sample(definition.elements[0])
    for condition in definition.conditions * 2:  # one filled place may ask for another
        _fill(condition, definition, values)
    while len(values) > 1 and not values[-1]:
        values.pop()
    return values


def _ruled(value: str, rule: Rule, element: ElementDef) -> str:
    """Return a value as a rule wants it; one that is right stays."""
    if rule.presence == "forbidden":
        return ""
    if rule.example or not (value or rule.presence == "required"):
        return rule.example
    if rule.codes and value not in rule.codes:
        return rule.codes[0]
    long = len(value) > rule.max_chars > 0
    if not value or long or len(value) < rule.min_chars:
        value = _sample(element, min_chars=rule.min_chars)
    return value[: rule.max_chars] if rule.max_chars else value


def _fill(condition: Condition, definition: SegmentDef, values: list[str]) -> None:
    shape = tuple(map(bool, values))
    if condition.holds(shape) or condition.kind == "E":
        return
    places = condition.positions if condition.kind in ("P", "C") else condition.positions[-1:]
    if condition.kind == "R":
        places = condition.positions[:1]
    for at in places:
        values[at] = values[at] or _sample(definition.elements[at - 1])


def _sample(element: ElementDef, *, min_chars: int = 0) -> str:
    low = max(1, element.min, min_chars)
    if element.components:
        return _sample(element.components[0])
    if element.codes:
        usual = first_code(element.element)
        return usual if usual in element.codes else sorted(element.codes)[0]
    match element.type:
        case "DT":
            return "20260302"[:low] if low >= 6 else "260302"
        case "TM":
            return "1500"
        case "R":
            return "1".zfill(low)
        case kind if kind.startswith("N"):
            return "1".zfill(low)
    known = _SAMPLES.get(element.element) or first_code(element.element)
    return known if low <= len(known) <= element.max else "A" * low
