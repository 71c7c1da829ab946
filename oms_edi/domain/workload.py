"""How busy the nodes are: what is promised to leave them, by day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Used(NamedTuple):
    """Orders, lines and base units of one node and day."""

    orders: int = 0
    lines: int = 0
    units: int = 0

    def plus(self, other: "Used") -> "Used":
        """Return both together."""
        return Used(*map(sum, zip(self, other, strict=True)))

    def less(self, other: "Used") -> "Used":
        """Return it without the other, at least zero."""
        return Used(*(max(0, a - b) for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Load:
    """What nodes ship already."""

    #: What is to leave, by node and day.
    days: Mapping[tuple[str, date], Used] = field(default_factory=dict)
    #: What should have left before today, by node.
    backlog: Mapping[str, Used] = field(default_factory=dict)
