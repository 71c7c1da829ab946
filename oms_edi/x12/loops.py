"""Which segments of a set stand in which turn of a loop, as its guide tells loops apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oms_edi.x12.guide import Guide


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a loop; positions count from ST = 1."""

    #: Segments of this loop itself, the first one leading; not those of loops within it. One that
    #: stands where the guide has none counts for every loop around it.
    members: tuple[int, ...]
    #: Position of the segment behind the turn.
    end: int


def leaders(guide: Guide, path: str) -> list[int]:
    """Return the first segments of loops of this id, `PO1`, or of `PO1/N1`: N1 within PO1."""
    wanted = path.split("/")
    found = []
    for index, node in enumerate(guide.nodes):
        at, rest = index, list(wanted)
        while rest and at >= 0 and guide.nodes[at].loop == rest[-1] and guide.nodes[at].is_leader:
            rest.pop()
            at = guide.nodes[at].parent
        if node.is_leader and not rest:
            found.append(index)
    return found


def stands_in(guide: Guide, leader: int, segment: str) -> list[int]:
    """Return the places a segment may have in a loop itself, the loop's first one included."""
    return [
        index
        for index, node in enumerate(guide.nodes)
        if node.segment == segment and leader in (index, node.parent)
    ]


def turns(guide: Guide, where: Sequence[int], leader: int) -> Iterator[Turn]:
    """Yield the turns of a loop; `where` is what `validate.places` says of the set."""
    members: list[int] = []
    for position, place in enumerate(where, start=1):
        ends = place == leader or (place >= 0 and not _is_inside(guide, place, leader))
        if ends and members:
            yield Turn(members=tuple(members), end=position)
            members = []
        if place == leader or (members and (place < 0 or guide.nodes[place].parent == leader)):
            members.append(position)
    if members:
        yield Turn(members=tuple(members), end=len(where) + 1)


def _is_inside(guide: Guide, place: int, leader: int) -> bool:
    while place > leader:
        place = guide.nodes[place].parent
    return place == leader
