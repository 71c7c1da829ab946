"""An example document made from a guide and a partner's rules: the least that passes both."""

from collections.abc import Iterator, Sequence

from oms_edi.x12.dictionary import first_code
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.guide import Condition, ElementDef, Guide, SegmentDef
from oms_edi.x12.overlay import Rule

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
}


def example(guide: Guide, rules: Sequence[Rule]) -> TransactionSet:
    """Return an example set. What a rule's pattern wants must stand in its `example`."""
    wanted = set(_TELLING.get(guide.set_id, ()))
    required: dict[str, list[str]] = {}
    for rule in rules:
        name, qualifier, element = rule.place
        if rule.presence == "required" or (element and rule.example):
            required.setdefault(name, [])
            if qualifier not in required[name]:
                required[name].append(qualifier)
    body: list[str] = []
    for index in _chosen(guide, wanted | required.keys()):
        node = guide.nodes[index]
        definition = guide.segment(node.segment)
        if node.segment in ("ST", "SE") or definition is None:
            continue
        for qualifier in required.get(node.segment) or [""]:
            body.append("*".join(_segment(definition, qualifier, rules)))
    raw = [f"ST*{guide.set_id}*0001", *body, f"SE*{len(body) + 2}*0001"]
    return TransactionSet(
        set_id=guide.set_id, control_number="0001", delimiters=Delimiters(), raw=raw, offset=0
    )


def _chosen(guide: Guide, wanted: set[str]) -> Iterator[int]:
    """Yield places: all that are mandatory on the way, and the first of each wanted segment."""
    taken: set[int] = set()
    left = set(wanted)
    for index, node in enumerate(guide.nodes):
        inside = node.parent < 0 or node.parent in taken
        leads = node.is_leader and _leads_to(guide, index, left)
        if inside and (node.required or node.segment in left or leads):
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
            if rule.presence == "forbidden":
                values[at] = ""
            elif rule.presence == "required" or rule.example:
                sample = _sample(definition.elements[at - 1], min_chars=rule.min_chars)
                values[at] = rule.example or next(iter(rule.codes), sample)
    for condition in definition.conditions * 2:  # one filled place may ask for another
        _fill(condition, definition, values)
    while len(values) > 1 and not values[-1]:
        values.pop()
    return values


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
        return sorted(element.codes)[0]
    match element.type:
        case "DT":
            return "20260302"[:low] if low >= 6 else "260302"
        case "TM":
            return "1500"
        case "R":
            return "1".zfill(low)
        case kind if kind.startswith("N"):
            return "1".zfill(low)
    known = first_code(element.element)
    return known if low <= len(known) <= element.max else "A" * low
