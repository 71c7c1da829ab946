"""Cut work into transactions of a bounded size."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(work: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield `work` in pieces of at most `size`, in order."""
    for start in range(0, len(work), size):
        yield work[start : start + size]
