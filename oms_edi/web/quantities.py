"""The units of a line or order as a bar, and in words for who cannot see it."""

from collections.abc import Mapping
from typing import Any

from oms_edi.web.charts import Part

#: Where units are, in the order of their way, and what people call it.
PLACES = {
    "shipped": "shipped",
    "released": "at a warehouse",
    "allocated": "allocated",
    "open": "not decided",
    "backordered": "waiting for stock",
    "cancelled": "cancelled",
}


def bar(quantities: Mapping[str, Any]) -> list[Part]:
    """Return units as parts of a bar."""
    return [
        Part(words, quantities[place], place)
        for place, words in PLACES.items()
        if quantities[place]
    ]


def units_told(quantities: Mapping[str, Any]) -> str:
    """Say how many units are where: `24 shipped, 36 at a warehouse`."""
    told = [f"{quantities[p]:,} {words}" for p, words in PLACES.items() if quantities[p]]
    return ", ".join(told) or "no units"
