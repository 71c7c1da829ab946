"""Our guides in pyx12's map format, and pyx12's verdict: a second opinion for tests, benchmarks.

Never on the way of an order: pyx12 4.0 drops interchanges silently and can raise on damaged input.
"""

import io
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

from pyx12.params import params
from pyx12.x12n_document import x12n_document

from oms_edi.x12.guide import ElementDef, Guide, SegmentDef

#: Control segments: id, elements as (data element, type, min, max, required), in both releases.
_CONTROL: dict[str, tuple[tuple[str, str, int, int, bool], ...]] = {
    "ISA": (
        ("I01", "ID", 2, 2, True),
        ("I02", "AN", 10, 10, True),
        ("I03", "ID", 2, 2, True),
        ("I04", "AN", 10, 10, True),
        ("I05", "ID", 2, 2, True),
        ("I06", "AN", 15, 15, True),
        ("I05", "ID", 2, 2, True),
        ("I07", "AN", 15, 15, True),
        ("I08", "DT", 6, 6, True),
        ("I09", "TM", 4, 4, True),
        ("I65", "AN", 1, 1, True),
        ("I11", "ID", 5, 5, True),
        ("I12", "N0", 9, 9, True),
        ("I13", "ID", 1, 1, True),
        ("I14", "ID", 1, 1, True),
        ("I15", "AN", 1, 1, True),
    ),
    "GS": (
        ("479", "ID", 2, 2, True),
        ("142", "AN", 2, 15, True),
        ("124", "AN", 2, 15, True),
        ("373", "DT", 8, 8, True),
        ("337", "TM", 4, 8, True),
        ("28", "N0", 1, 9, True),
        ("455", "ID", 1, 2, True),
        ("480", "AN", 1, 12, True),
    ),
    "ST": (("143", "ID", 3, 3, True), ("329", "AN", 4, 9, True), ("1705", "AN", 1, 35, False)),
    "SE": (("96", "N0", 1, 10, True), ("329", "AN", 4, 9, True)),
    "GE": (("97", "N0", 1, 6, True), ("28", "N0", 1, 9, True)),
    "IEA": (("I16", "N0", 1, 5, True), ("I12", "N0", 9, 9, True)),
}


def export_maps(guide: Guide, folder: Path) -> None:
    """Write `guide` with its control maps and dictionaries as a map folder of pyx12."""
    kinds: dict[str, tuple[str, int, int]] = {
        element: (kind, low, high)
        for segment in _CONTROL.values()
        for element, kind, low, high, _ in segment
    }
    _write(_transaction(guide, kinds, body=True), folder / "set.xml")
    for control in ("x12.control.00401.xml", "x12.control.00501.xml"):
        _write(_transaction(guide, kinds, body=False), folder / control)
    dictionary = Element("data_elements")
    for number, (kind, low, high) in sorted(kinds.items()):
        SubElement(
            dictionary,
            "data_ele",
            ele_num=number,
            data_type=kind,
            min_len=str(low),
            max_len=str(high),
            name=number,
        )
    _write(dictionary, folder / "dataele.xml")
    _write(Element("codesets"), folder / "codes.xml")
    index = Element("maps")
    release = "00501" if guide.version >= "005010" else "00401"
    version = SubElement(index, "version", icvn=release)
    entry = SubElement(
        version, "map", vriic=guide.version, fic=guide.functional_id, abbr=guide.set_id
    )
    entry.text = "set.xml"
    _write(index, folder / "maps.xml")


def accepts(interchange: str, folder: Path) -> bool:
    """Return pyx12's verdict on an interchange under the maps in `folder`."""
    return bool(x12n_document(params(), io.StringIO(interchange), None, None, map_path=str(folder)))


def _write(root: Element, path: Path) -> None:
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _loop(parent: Element, name: str, *, position: int, required: bool, limit: str) -> Element:
    loop = SubElement(parent, "loop", xid=name, type="explicit")
    usage = "R" if required else "S"
    _add(loop, name=name, usage=usage, pos=f"{position:04d}", repeat=limit)
    return loop


def _transaction(guide: Guide, kinds: dict[str, tuple[str, int, int]], *, body: bool) -> Element:
    root = Element("transaction", xid=guide.set_id if body else "X12")
    _add(root, name=guide.name)
    isa = _loop(root, "ISA_LOOP", position=1, required=True, limit=">1")
    _control(isa, "ISA", 10)
    gs = _loop(isa, "GS_LOOP", position=20, required=True, limit=">1")
    _control(gs, "GS", 10)
    if body:
        st = _loop(gs, "ST_LOOP", position=20, required=True, limit=">1")
        _control(st, "ST", 10)
        _children(st, guide, -1, kinds)
        _control(st, "SE", 9000)
    _control(gs, "GE", 9010)
    _control(isa, "IEA", 9020)
    return root


def _control(parent: Element, name: str, position: int) -> None:
    segment = SubElement(parent, "segment", xid=name)
    _add(segment, name=name, usage="R", pos=f"{position:04d}", max_use="1")
    for count, (element, _, _, _, required) in enumerate(_CONTROL[name], start=1):
        _element(segment, f"{name}{count:02d}", element, count, required=required, codes=None)


def _children(
    parent: Element, guide: Guide, leader: int, kinds: dict[str, tuple[str, int, int]]
) -> None:
    """Add what stands directly in a loop; the leader is the first segment of its own loop."""
    for place, node in enumerate(guide.nodes):
        if node.parent != leader or node.segment in ("ST", "SE"):
            continue
        limit = ">1" if node.max is None else str(node.max)
        position = 10 * (place + 1)
        definition = guide.segment(node.segment)
        if definition is None:
            raise ValueError(f"{guide.set_id} has no segment {node.segment}")
        if node.is_leader:
            name = f"{node.loop}_{place}"
            loop = _loop(parent, name, position=position, required=node.required, limit=limit)
            _segment(loop, definition, position, required=True, limit="1", kinds=kinds)
            _children(loop, guide, place, kinds)
        else:
            _segment(parent, definition, position, required=node.required, limit=limit, kinds=kinds)


def _segment(
    parent: Element,
    definition: SegmentDef,
    position: int,
    *,
    required: bool,
    limit: str,
    kinds: dict[str, tuple[str, int, int]],
) -> None:
    segment = SubElement(parent, "segment", xid=definition.id)
    usage = "R" if required else "S"
    _add(segment, name=definition.name, usage=usage, pos=f"{position:04d}", max_use=limit)
    for condition in definition.conditions:
        if not condition.disputed:
            text = condition.kind + "".join(f"{at:02d}" for at in condition.positions)
            _add(segment, syntax=text)
    for count, element in enumerate(definition.elements, start=1):
        name = f"{definition.id}{count:02d}"
        if element.components:
            _composite(segment, name, element, count, kinds)
            continue
        kinds.setdefault(element.element, (element.type, element.min, element.max))
        _element(
            segment, name, element.element, count, required=element.required, codes=element.codes
        )


def _composite(
    segment: Element,
    name: str,
    composite: ElementDef,
    count: int,
    kinds: dict[str, tuple[str, int, int]],
) -> None:
    found = SubElement(segment, "composite", xid=composite.element)
    usage = "R" if composite.required else "S"
    _add(
        found,
        data_ele=composite.element,
        name=composite.element,
        usage=usage,
        seq=f"{count:02d}",
        refdes=name,
    )
    for inner, part in enumerate(composite.components, start=1):
        kinds.setdefault(part.element, (part.type, part.min, part.max))
        _element(
            found,
            f"{name}-{inner:02d}",
            part.element,
            inner,
            required=part.required,
            codes=part.codes,
        )


def _element(
    parent: Element,
    name: str,
    number: str,
    count: int,
    *,
    required: bool,
    codes: frozenset[str] | None,
) -> None:
    element = SubElement(parent, "element", xid=name)
    _add(
        element,
        data_ele=number,
        name=name,
        usage="R" if required else "S",
        seq=f"{count:02d}",
    )
    if codes:
        allowed = SubElement(element, "valid_codes")
        for code in sorted(codes):
            _add(allowed, code=code)
