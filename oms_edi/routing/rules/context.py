"""What rules are told beside node and order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from oms_edi.domain.plan import Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeContext:
    """One node and one order."""

    #: None = the node does not open within a year.
    ship_on: date | None
    #: It would leave or arrive after the day asked for.
    late: bool
    #: Why its figures of its stock are too old to ship from it; "" = they are not.
    stale_feed: str = ""


class LineContext(NamedTuple):
    """One order."""

    #: (line, node) pairs that were refused before.
    rejected: frozenset[tuple[int, str]]
    #: Free units by item and node.
    free: Mapping[tuple[str, str], int]
    #: How suppliers sell what they carry, by item and node.
    terms: Mapping[tuple[str, str], Purchase] = MappingProxyType({})
