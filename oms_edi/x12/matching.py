"""Which rows of two lists belong together: as few differences as there can be.

Source: E. W. Myers, An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986).
"""

from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

#: Beyond so many differences two lists are not much alike, and what is least costs too much.
_MAX_DIFFERENCES = 600

#: Rows `[a, b)` of the first and `[c, d)` of the second that differ from one another.
Difference = tuple[int, int, int, int]


def differing(first: Sequence[Hashable], second: Sequence[Hashable]) -> Iterator[Difference]:
    """Yield where two lists differ, in their order."""
    head = _common(first, second)
    tail = _common(first[head:][::-1], second[head:][::-1])
    ours, theirs = first[head : len(first) - tail], second[head : len(second) - tail]
    a = c = 0
    for x, y, size in _blocks(ours, theirs):
        if x > a or y > c:
            yield head + a, head + x, head + c, head + y
        a, c = x + size, y + size


def _common(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Return how many rows are the same at the beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))


def _blocks(
    first: Sequence[Hashable], second: Sequence[Hashable]
) -> Iterator[tuple[int, int, int]]:
    """Yield (place in the first, in the second, rows that are the same), an empty one last."""
    trail = _trail(first, second)
    if trail is None:
        yield from SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
        return
    found: list[tuple[int, int, int]] = [(len(first), len(second), 0)]
    x, y = len(first), len(second)
    for steps in range(len(trail) - 1, -1, -1):
        furthest = trail[steps]
        k = x - y
        down = k == -steps or (k != steps and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
        before = k + 1 if down else k - 1
        at = furthest[before] if steps else 0
        start = at if down or not steps else at + 1
        if x > start:
            found.append((start, start - k, x - start))
        x, y = at, at - before
    yield from reversed(found)


def _trail(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[dict[int, int]] | None:
    """Return the furthest points before each further difference; None where there are too many."""
    furthest = {1: 0}
    trail: list[dict[int, int]] = []
    for steps in range(min(len(first) + len(second), _MAX_DIFFERENCES) + 1):
        trail.append(dict(furthest))
        for k in range(-steps, steps + 1, 2):
            down = k == -steps or (k != steps and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < len(first) and x - k < len(second) and first[x] == second[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(first) and x - k >= len(second):
                return trail
    return None
