"""All that happened to an order: events, and the documents that came and went. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Row = Mapping[str, Any]


class Entry(NamedTuple):
    """One thing that happened."""

    at: str
    #: received, decided, held, ... or the set of a document.
    what: str
    actor: str
    text: str
    #: Of a document; None for an event.
    document_id: int | None = None
    #: in or out, for a document.
    direction: str = ""
    verdict: str = ""


def timeline(events: Iterable[Row], documents: Iterable[Row]) -> list[Entry]:
    """Return everything, oldest first; what came before what was done with it."""
    found = [
        *(((row["at"], 0 if row["direction"] == "in" else 2), _document(row)) for row in documents),
        *(((row["at"], 1), _event(row)) for row in events),
    ]
    return [entry for _, entry in sorted(found, key=lambda one: one[0])]


def _event(row: Row) -> Entry:
    _, _, verb = row["name"].partition(".")
    return Entry(row["at"], verb or row["name"], row["actor"], row["text"])


def _document(row: Row) -> Entry:
    way = "from" if row["direction"] == "in" else "to"
    shipment = f", {row['depositor_order']}" if row["depositor_order"] else ""
    return Entry(
        row["at"],
        row["set_id"],
        row["partner"],
        f"{way} {row['partner']}{shipment}: {row['file']}",
        row["document_id"],
        row["direction"],
        row["verdict"],
    )
