"""What a person can do about an order now, what it does, and how it is undone. Pure.

It offers what the acts of `pipeline/` would take; they judge for themselves once more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oms_edi.domain.counted import counted
from oms_edi.domain.holds import HoldKind

Row = Mapping[str, Any]

#: Reasons of a hold that are told, and lines or places one is chosen of.
_REASONS, _CHOICES = 5, 200
#: What ends by itself when somebody says what was missing; releasing it is refused.
_BY_DATA = {
    HoldKind.ADDRESS: "Say where it goes, or import the store; it then goes on by itself.",
    HoldKind.ITEM_UNKNOWN: "Add the cross-reference of the item; the line then goes on by itself.",
    HoldKind.UNIT: "Import the unit of the item; the line then goes on by itself.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleAct:
    """One act, as its form needs it."""

    #: The end of its path: `/orders/SO100001/NAME`.
    name: str
    title: str
    #: What it does.
    told: str
    #: How it is undone, or that it is not.
    undo: str
    #: What the form sends along.
    hidden: tuple[tuple[str, str], ...] = ()
    #: (buyer's line, what it is) to choose from; empty = no choice.
    lines: tuple[tuple[str, str], ...] = ()
    #: Words for its buttons: (value of `word`, text); empty = one button with the title.
    words: tuple[tuple[str, str], ...] = ()
    #: Ship-tos that may be moved, (number, who), of which one is asked for.
    places: tuple[tuple[int, str], ...] = ()
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What can be done, and what cannot and why."""

    possible: tuple[PossibleAct, ...]
    #: What helps where no act does.
    hints: tuple[str, ...]


def acts_of(order: Row, *, suppliers: Collection[str]) -> Acts:
    """Return what can be done about an order, a row of `store.queries.order`, what helps first.

    `suppliers` are the ids of nodes that are suppliers.
    """
    holds = [hold for hold in order["holds"] if not hold["outcome"]]
    possible = [
        *_releases(holds),
        *_answers(order["changes"]),
        *_supplier(order["shipments"], suppliers),
        *_ship_to(order, holds),
        *_hold(order, holds),
        *_cancel(order),
    ]
    kinds = dict.fromkeys(hold["kind"] for hold in holds)
    hints = [_BY_DATA[HoldKind(kind)] for kind in kinds if kind in set(_BY_DATA)]
    return Acts(possible=tuple(possible), hints=tuple(hints))


def _releases(holds: Sequence[Row]) -> list[PossibleAct]:
    kinds = dict.fromkeys(hold["kind"] for hold in holds if hold["kind"] not in set(_BY_DATA))
    return [
        PossibleAct(
            name="release",
            title="Release"
            if kind == HoldKind.MANUAL
            else f"Release the {kind.replace('_', ' ')} hold",
            told=_reasons([hold["reason"] for hold in holds if hold["kind"] == kind]),
            undo="Undone by a hold, until a warehouse is told.",
            hidden=(("kind", kind),),
        )
        for kind in kinds
    ]


def _reasons(reasons: Sequence[str]) -> str:
    """Return different reasons once each, and how many more there are."""
    found = list(dict.fromkeys(reasons))
    more = f"; and {len(found) - _REASONS} more" if len(found) > _REASONS else ""
    return "; ".join(found[:_REASONS]) + more


def _answers(changes: Sequence[Row]) -> list[PossibleAct]:
    asked = {
        one["depositor_order"]: one["node"]
        for change in changes
        for one in change["requests"]
        if one["state"] == "requested"
    }
    return [
        PossibleAct(
            name="warehouse-said",
            title=f"What {node} said of {shipment}",
            told="For a warehouse that answers by phone. Agreed: it ships as it was asked to."
            " Refused: as it was told first. The customer is answered then.",
            undo="Not undone: the customer is told.",
            hidden=(("shipment", shipment),),
            words=(("agreed", "It agreed"), ("refused", "It refused")),
            is_final=True,
        )
        for shipment, node in asked.items()
    ]


def _supplier(shipments: Sequence[Row], suppliers: Collection[str]) -> list[PossibleAct]:
    return [
        PossibleAct(
            name="supplier-said",
            title=f"What {one['node']} said of {one['depositor_order']}",
            told="For a supplier that sends no 855. Confirmed: it ships all it owes. Refused: none"
            " of it, and it is decided again.",
            undo="Confirmed is undone by refused; refused is not undone.",
            hidden=(("shipment", one["depositor_order"]),),
            words=(("confirmed", "It confirmed"), ("refused", "It refused")),
            is_final=True,
        )
        for one in shipments
        if one["node"] in suppliers and one["state"] == "released"
    ]


def _ship_to(order: Row, holds: Sequence[Row]) -> list[PossibleAct]:
    """Offer another ship-to where nothing is on its way to the old one."""
    busy = {
        line["destination"]
        for line in order["lines"]
        if line["allocated"] + line["released"] + line["shipped"]
    }
    live = {line["destination"] for line in order["lines"] if line["open"] + line["backordered"]}
    places = [
        (place["destination"] + 1, f"{place['name'] or place['id_code']}, {place['city']}")
        for place in order["destinations"]
        if place["destination"] in live - busy
    ]
    if not places:
        return []
    is_held = any(hold["kind"] == HoldKind.ADDRESS for hold in holds)
    return [
        PossibleAct(
            name="ship-to",
            title="Say where it goes" if is_held else "Ship it elsewhere",
            told="By the customer's code of a store, or by address. An address hold ends with it.",
            undo="Undone by naming the old place, until stock is allocated.",
            places=tuple(places[:_CHOICES]),
        )
    ]


def _hold(order: Row, holds: Sequence[Row]) -> list[PossibleAct]:
    if any(hold["kind"] == HoldKind.MANUAL and hold["line_id"] is None for hold in holds):
        return []
    lines = _lines(order, "open", "backordered", "allocated")
    if not lines:
        return []
    return [
        PossibleAct(
            name="hold",
            title="Hold",
            told="What no warehouse has been told of waits until somebody releases it.",
            undo="Undone by a release.",
            lines=lines,
        )
    ]


def _cancel(order: Row) -> list[PossibleAct]:
    lines = _lines(order, "open", "backordered", "allocated", "released")
    if not lines:
        return []
    released = sum(line["released"] for line in order["lines"])
    left = counted(released, "unit")
    asks = f" The warehouse is asked to stop {left}, and decides." if released else ""
    return [
        PossibleAct(
            name="cancel",
            title="Cancel",
            told=f"Its stock goes back on offer, and the customer is told.{asks}",
            undo="Not undone: what was cancelled is ordered anew.",
            lines=lines,
            is_final=True,
        )
    ]


def _lines(order: Row, *names: str) -> tuple[tuple[str, str], ...]:
    """Return the lines that have units in these places, as far as a person would choose of them."""
    found = tuple(
        (line["buyer_line"], f"{line['item'] or '?'}, {line['description']}")
        for line in order["lines"]
        if sum(line[name] for name in names)
    )
    return found[:_CHOICES]
