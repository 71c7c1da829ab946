"""856 Ship Notice as a supplier writes it: what left, order by order.

The tree of HL levels is followed by its parents, so S-O-P-I, S-O-I-P and S-O-I are read alike, with
pallets (T) or without. Writing one is `t856_ship_notice`. Source: X12 004010 and 005010 856.
"""

from dataclasses import dataclass, field
from datetime import date

from oms_edi.domain.documents import AdviceLine, ShippingAdvice
from oms_edi.domain.issue import Issue
from oms_edi.transactions.elements import at, day, fault, number, pairs, refusal
from oms_edi.transactions.marks import packs_of
from oms_edi.x12.envelope import Delimiters, Segment

#: SN108 (element 668) as the codes of a W1201: what it means for the rest of a line.
_LINE_STATUS = {"AC": "CC", "IA": "CC", "BP": "BP", "CP": "CP", "IB": "BO", "ID": "CU"}
#: TD506 (element 368) that say it of the whole shipment.
_LOAD_STATUS = frozenset({"CC", "CP", "BP", "PR", "BO"})


#: DTM of the day it arrives, best first.
_ARRIVES = ("017", "067", "002")
#: BSN01 of a notice that takes back another.
_WITHDRAWN = "01"
#: Levels above one another that are followed.
_DEPTH = 12


@dataclass(slots=True)
class _Level:
    """One HL with the segments behind it."""

    number: str
    code: str
    parent: str
    position: int
    segments: list[Segment] = field(default_factory=list)

    def first(self, name: str) -> Segment:
        return next((segment for segment in self.segments if segment[0] == name), [])

    def references(self) -> dict[str, str]:
        return {at(s, 1): at(s, 2) for s in reversed(self.segments) if s[0] == "REF"}


@dataclass(slots=True)
class _Tree:
    """The levels of a set by their numbers; of two with one number, the later."""

    levels: dict[str, _Level] = field(default_factory=dict)
    #: What stands before the first level.
    header: list[Segment] = field(default_factory=list)
    #: Items, and packs, by the number of the order above them.
    items: dict[str, list[_Level]] = field(default_factory=dict)
    packs: dict[str, list[_Level]] = field(default_factory=dict)
    #: Packs right below a level.
    packs_below: dict[str, list[_Level]] = field(default_factory=dict)

    def nearest(self, level: _Level, code: str) -> _Level | None:
        """Return the nearest level of this kind above one, None if there is none."""
        above: _Level | None = level
        for _ in range(_DEPTH):  # a circle ends, too
            above = self.levels.get(above.parent) if above else None
            if above is not None and above.code == code:
                return above
        return None


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[tuple[ShippingAdvice, ...] | None, list[Issue]]:
    """Read a set as one advice an order; None with a REJECT issue where it names no order.

    A line's `status` is empty where neither SN108 nor TD506 says what becomes of its rest.
    """
    tree = _tree(segments)
    bsn = next((segment for segment in segments if segment[0] == "BSN"), [])
    issues: list[Issue] = []
    if at(bsn, 1) == _WITHDRAWN:
        message = "it takes back another 856 (BSN01 01): say instead what ships, or tell us"
        return None, [refusal(message, segment="BSN", position=2, code="8")]
    found = [
        _advice(tree, level, at(bsn, 2), issues)
        for level in tree.levels.values()
        if level.code == "O"
    ]
    advices = tuple(one for one in found if one.depositor_order)
    if not advices:
        issues.append(refusal("PRF01 is missing: it ships no order", segment="PRF", code="8"))
        return None, issues
    if len(advices) < len(found):
        issues.append(refusal("an order level has no PRF01", segment="PRF", code="8"))
        return None, issues
    return advices, issues


def _tree(segments: list[Segment]) -> _Tree:
    tree = _Tree()
    level: _Level | None = None
    for position, segment in enumerate(segments, start=1):
        if segment[0] == "HL":
            level = _Level(at(segment, 1), at(segment, 3), at(segment, 2), position)
            tree.levels[level.number] = level
        elif segment[0] != "CTT":
            (level.segments if level else tree.header).append(segment)
    for level in tree.levels.values():
        above = tree.nearest(level, "O")
        order = above.number if above else ""
        if level.code == "I":
            tree.items.setdefault(order, []).append(level)
        elif level.code == "P":
            tree.packs.setdefault(order, []).append(level)
            tree.packs_below.setdefault(level.parent, []).append(level)
    return tree


def _advice(tree: _Tree, order: _Level, shipment: str, issues: list[Issue]) -> ShippingAdvice:
    load = tree.nearest(order, "S") or next(
        (one for one in tree.levels.values() if one.code == "S"), order
    )
    td5, td1 = load.first("TD5"), load.first("TD1")
    known = load.references() | order.references()
    status = at(td5, 6) if at(td5, 6) in _LOAD_STATUS else ""
    named = (*order.segments, *load.segments)
    places = [s for s in named if s[0] == "N1" and at(s, 1) == "ST"]
    lines = [
        line
        for level in tree.items.get(order.number, [])
        if (line := _line(tree, level, status, issues)) is not None
    ]
    return ShippingAdvice(
        depositor_order=at(order.first("PRF"), 1),
        warehouse_shipment=shipment,
        po_number="",
        shipped_on=_shipped_on(load),
        carrier_name=at(td5, 5),
        scac=at(td5, 3) if at(td5, 2) == "2" else "",
        transport=at(td5, 4),
        bill_of_lading=known.get("BM", ""),
        tracking=known.get("CN", "") or known.get("2I", ""),
        lines=tuple(lines),
        weight=number(at(td1, 7)),
        cartons=len(tree.packs.get(order.number, ())) or None,
        ship_to=next((at(s, 4) for s in places if at(s, 4)), ""),
        due_on=_arrives_on(order, load, tree.header),
    )


def _shipped_on(load: _Level) -> date | None:
    return next((day(at(s, 2)) for s in load.segments if s[0] == "DTM" and at(s, 1) == "011"), None)


def _arrives_on(order: _Level, load: _Level, header: list[Segment]) -> date | None:
    """Return the day it is to arrive, told for the order, the load, or all of it."""
    told: dict[str, date | None] = {}
    for segment in (*order.segments, *load.segments, *header):
        if segment[0] == "DTM":
            told.setdefault(at(segment, 1), day(at(segment, 2)))
    return next((told[code] for code in _ARRIVES if told.get(code)), None)


def _line(tree: _Tree, level: _Level, status: str, issues: list[Issue]) -> AdviceLine | None:
    sn1 = level.first("SN1")
    shipped = number(at(sn1, 2))
    if shipped is None or shipped < 0:
        message = "SN102 must be a quantity; the item was left out"
        issues.append(fault(sn1 or ["SN1"], level.position, 2, "6", message))
        return None
    lin = level.first("LIN")
    return AdviceLine(
        status=_LINE_STATUS.get(at(sn1, 8), status),
        ordered=number(at(sn1, 5)),
        shipped=shipped,
        unit=at(sn1, 3),
        items=pairs(lin, 2) or pairs(lin, 1),
        packs=tuple(mark for pack in _packs_of(tree, level) for mark in packs_of(pack.segments)),
    )


def _packs_of(tree: _Tree, item: _Level) -> list[_Level]:
    """Return the packs an item is in: the one above it, or those below."""
    above = tree.nearest(item, "P")
    return [above] if above else tree.packs_below.get(item.number, [])
