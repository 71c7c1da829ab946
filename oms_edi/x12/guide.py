"""What a transaction set may look like: the guide files as values, loaded when first asked for.

The files in `guides/` are the source; `docs/guides.md` says how to read and add one. Checking a
set against its guide is `oms_edi.x12.validate`.
"""

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

#: Guides we have; other releases are read by the nearest one.
VERSIONS = ("004010", "005010")
#: Sets that a release lacks and the release that has them.
_FIRST_SEEN = {"753": "004030", "754": "004030"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDef:
    """One element, or one component of a composite."""

    #: Data element number, such as 355, or a composite, such as C001.
    element: str
    #: AN, ID, N0, N2, R, DT, TM, B, or composite.
    type: str
    #: Characters, digits of a number.
    min: int
    max: int
    required: bool
    repeat: int
    #: All codes allowed; None where others may pass.
    codes: frozenset[str] | None
    #: Components of a composite.
    components: tuple["ElementDef", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A relation between elements: P all or none, R one of, E one at most, C and L if-then."""

    kind: str
    positions: tuple[int, ...]
    #: True: a second source contradicts it; told as a note.
    disputed: bool

    def holds(self, present: tuple[bool, ...]) -> bool:
        """True if elements present by position ([0] is the segment id) satisfy it."""
        values = [at < len(present) and present[at] for at in self.positions]
        if self.kind == "P":
            return all(values) or not any(values)
        if self.kind == "R":
            return any(values)
        if self.kind == "E":
            return sum(values) <= 1
        if self.kind == "C":
            return not values[0] or all(values[1:])
        return not values[0] or any(values[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentDef:
    """One segment of a release."""

    id: str
    name: str
    elements: tuple[ElementDef, ...]
    conditions: tuple[Condition, ...]


@dataclass(slots=True, kw_only=True)
class Node:
    """One place in a set where a segment may stand."""

    segment: str
    required: bool
    #: None = no limit; of a loop leader, how often the loop may come.
    max: int | None
    #: Id of the loop it stands in, "" for none.
    loop: str
    is_leader: bool
    #: Index of the leader of the loop it stands in; -1 = none. A leader's is its own loop's.
    parent: int
    #: What may come next: segment id to what happens.
    next: dict[str, "Move"] = field(default_factory=dict)
    #: Mandatory segments missing if the set ends here.
    missing_at_end: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step from one place to the next."""

    target: int
    #: Mandatory segments this step leaves out.
    missing: tuple[str, ...]
    #: True: the same segment, or the same loop, once more.
    again: bool


@dataclass(slots=True, kw_only=True)
class Guide:
    """One transaction set of one release."""

    set_id: str
    name: str
    functional_id: str
    #: Release whose definitions these are.
    version: str
    #: False: the set came in another release; lengths and codes may differ.
    exact: bool
    nodes: list[Node]

    def segment(self, segment_id: str) -> SegmentDef | None:
        """Return the definition of a segment of this release."""
        return _segments(self.version).get(segment_id)

    @property
    def segment_ids(self) -> frozenset[str]:
        """Return every segment the set can hold."""
        return frozenset(node.segment for node in self.nodes)


@lru_cache(maxsize=256)
def guide_for(set_id: str, version: str) -> Guide | None:
    """Return the guide of a set for GS08 `version`, the nearest release's; None if we have none."""
    release = version.strip()[:6]
    nearest = "005010" if release >= "005" else "004010"
    return _guide(set_id, _FIRST_SEEN.get(set_id, nearest) if nearest < "005" else nearest, release)


@cache
def _guide(set_id: str, nearest: str, release: str) -> Guide | None:
    if not re.fullmatch(r"[0-9]{3}", set_id):
        return None
    text = _file(f"{set_id}-{nearest}.txt")
    if text is None:
        return None
    head, *lines = text.splitlines()
    name, _, functional_id = head.removeprefix(f"# {set_id} ").partition(" ; ")
    return Guide(
        set_id=set_id,
        name=name,
        functional_id=functional_id,
        version=nearest,
        exact=release == nearest,
        nodes=_link(_nodes(lines)),
    )


def _file(name: str) -> str | None:
    path = resources.files(__package__).joinpath("guides", name)
    return path.read_text(encoding="utf-8") if path.is_file() else None


@cache
def functional_ids() -> frozenset[str]:
    """Return GS01 of every set we have a guide of."""
    found = {"FA"}
    for path in resources.files(__package__).joinpath("guides").iterdir():
        head = path.read_text(encoding="utf-8").partition("\n")[0]
        if re.fullmatch(r"[0-9]{3}-[0-9]{6}\.txt", path.name):
            found.add(head.rpartition(" ; ")[2].strip())
    return frozenset(found)


@cache
def segment_ids() -> frozenset[str]:
    """Return every segment id of the releases we have, those of the envelope included."""
    return frozenset().union(*(_segments(version) for version in VERSIONS)) | {"ST", "SE"}


def lines_of(name: str) -> list[str]:
    """Return the lines of a guide file that are no comments."""
    return [line for line in (_file(name) or "").splitlines() if not line.startswith("#")]


@cache
def _codes(version: str) -> dict[str, frozenset[str]]:
    found = {}
    for line in lines_of("codes.txt"):
        element, kind, rest = line.split(" ", 2)
        if kind == "=":
            codes = (part.partition(":")[0] for part in rest.split("|"))
            found[element] = frozenset(
                code.rstrip("^") for code in codes if version >= "005" or not code.endswith("^")
            )
    return found


@cache
def _composites(version: str) -> dict[str, tuple[ElementDef, ...]]:
    found = {}
    for line in lines_of(f"composites-{version}.txt"):
        name, *parts = line.split()
        found[name] = tuple(_element(part, version, {}) for part in parts)
    return found


@cache
def _segments(version: str) -> dict[str, SegmentDef]:
    composites = _composites(version)
    found = {}
    for line in lines_of(f"segments-{version}.txt"):
        head, conditions, elements = (part.strip() for part in line.split(" ; ", 2))
        name, _, title = head.partition(" ")
        found[name] = SegmentDef(
            id=name,
            name=title,
            elements=tuple(_element(part, version, composites) for part in elements.split()),
            conditions=tuple(
                _condition(part) for part in conditions.split() if not part.startswith("?")
            ),
        )
    return found


def _condition(text: str) -> Condition:
    plain = text.removeprefix("~")
    digits = plain[1:]
    return Condition(
        kind=plain[0],
        positions=tuple(int(digits[at : at + 2]) for at in range(0, len(digits), 2)),
        disputed=plain != text,
    )


def _element(text: str, version: str, composites: dict[str, tuple[ElementDef, ...]]) -> ElementDef:
    element, kind, low, high, required, *repeat = text.split(":")
    return ElementDef(
        element=element,
        type=kind,
        min=int(low or 0),
        max=int(high or 1_000_000),
        required=required == "M",
        repeat=int(repeat[0]) if repeat else 1,
        codes=_codes(version).get(element),
        components=composites.get(element, ()),
    )


def _nodes(lines: list[str]) -> list[Node]:
    """Read a set file: two blanks an indent; a leader's children are indented below it."""
    nodes: list[Node] = []
    leaders: list[int] = []
    for line in filter(None, lines):
        depth = (len(line) - len(line.lstrip())) // 2
        words = line.split()
        del leaders[depth:]
        parent = leaders[-1] if leaders else -1
        is_leader = "loop" in words
        limit = words[-1]
        nodes.append(
            Node(
                segment=words[0],
                required=words[1] == "M",
                max=None if limit == ">1" else int(limit),
                loop=words[4] if is_leader else (nodes[parent].loop if parent >= 0 else ""),
                is_leader=is_leader,
                parent=parent,
            )
        )
        if is_leader:
            leaders.append(len(nodes) - 1)
    return nodes


def _link(nodes: list[Node]) -> list[Node]:
    """Work out, for every place, what may come next and what that leaves out."""
    children: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        children.setdefault(node.parent, []).append(index)
    for index, node in enumerate(nodes):
        missing: list[str] = []
        if node.is_leader:  # first what stands inside its loop
            _offer(nodes, node, children.get(index, []), missing)
        elif node.max != 1:
            node.next.setdefault(node.segment, Move(target=index, missing=(), again=True))
        place = index
        while True:
            here = nodes[place]
            if here.is_leader:  # then the loop once more
                move = Move(target=place, missing=tuple(missing), again=True)
                node.next.setdefault(here.segment, move)
            siblings = children[here.parent]
            _offer(nodes, node, siblings[siblings.index(place) + 1 :], missing)
            if here.parent < 0:
                break
            place = here.parent
        node.missing_at_end = tuple(missing)
    return nodes


def _offer(nodes: list[Node], node: Node, candidates: list[int], missing: list[str]) -> None:
    """Offer the places that follow, in order; collect the mandatory ones they step over."""
    for candidate in candidates:
        other = nodes[candidate]
        move = Move(target=candidate, missing=tuple(missing), again=False)
        node.next.setdefault(other.segment, move)
        if other.required:
            missing.append(other.segment)
