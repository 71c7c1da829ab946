"""What a 947 does to stock: reason codes (X12 element 181) to units on hand and units held. Pure.

A reason alone does not tell the direction: the sign of W1902 goes first, then W1916. Warehouses
also differ, so a mapping may say what a reason means there (`stock.reasons`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

#: quantity: units come or go as the sign says; down: they go, also where no sign is written;
#: hold, unhold: they stay, but may not ship, or may again; status: W1916 tells to or from where;
#: loss: gone with a minus, blocked without one; ignore: nothing.
Effect = Literal["quantity", "down", "hold", "unhold", "status", "loss", "ignore"]

#: Reason, what it says, what it does here unless a mapping says otherwise.
REASONS: Mapping[str, tuple[str, Effect]] = {
    "AA": ("physical count", "quantity"),
    "AB": ("accounting error", "quantity"),
    "AC": ("condition change", "status"),
    "AE": ("re-identification", "quantity"),
    "AF": ("stock number change", "quantity"),
    "AG": ("ownership change", "quantity"),
    "AH": ("other", "quantity"),
    "AI": ("disaster", "loss"),
    "AK": ("transfer", "quantity"),
    "AN": ("unit of issue change", "quantity"),
    "AR": ("order shipment error", "quantity"),
    "AS": ("recoup", "quantity"),
    "AT": ("prepack preparation", "quantity"),
    "AU": ("damaged in facility", "loss"),
    "AV": ("damaged in transit", "loss"),
    "AW": ("recall", "hold"),
    "AX": ("shelf life expired", "loss"),
    "AY": ("receipt error", "quantity"),
    "BA": ("operating variance", "quantity"),
    "BD": ("not recoverable", "down"),
    "BM": ("replacement", "quantity"),
    "CD": ("donation", "down"),
    "CO": ("consignment", "quantity"),
    "CR": ("customer return put back in stock", "quantity"),
    "CS": ("samples", "down"),
    "PC": ("reserved for a customer", "hold"),
    "03": ("shipped more than reported", "down"),
    "04": ("received less than reported", "down"),
    "05": ("put on hold", "hold"),
    "06": ("book adjustment down", "down"),
    "07": ("dumped or destroyed", "down"),
    "08": ("into quality inspection", "hold"),
    "51": ("lost product found", "quantity"),
    "52": ("damaged product reworked", "unhold"),
    "53": ("shipped less than reported", "quantity"),
    "54": ("received more than reported", "quantity"),
    "55": ("taken off hold", "unhold"),
    "56": ("book adjustment up", "quantity"),
    "88": ("out of quality inspection", "unhold"),
    "UD": ("unauthorized destruction", "down"),
}
#: W1916 that says the units are, or were, blocked.
_BLOCKED = frozenset({"DM", "QU"})


class Told(NamedTuple):
    """One W19 in base units."""

    item: str
    reason: str
    #: With its sign.
    units: int
    #: W1916.
    inventory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What lines of one item and reason do together."""

    item: str
    reason: str
    on_hand: int
    held: int
    #: "" or why nothing is booked: the reason is not known.
    problem: str = ""


def reason_name(code: str) -> str:
    """Return what a reason code says."""
    return REASONS[code][0] if code in REASONS else "a reason we do not know"


def adjustments(lines: Iterable[Told], *, own: Mapping[str, Effect]) -> list[Adjusted]:
    """Return what a document does, by item and reason in the order they are told.

    A move between sellable and blocked stock comes as one line (05 takes 3 out of sale) or as two
    (3 less in SA, 3 more in QU): both say the same and are read as one.
    """
    groups: dict[tuple[str, str], list[Told]] = {}
    for line in lines:
        groups.setdefault((line.item, line.reason), []).append(line)
    return [_group(item, reason, told, own) for (item, reason), told in groups.items()]


def _group(item: str, reason: str, told: list[Told], own: Mapping[str, Effect]) -> Adjusted:
    effect = own.get(reason) or (REASONS[reason][1] if reason in REASONS else None)
    if effect is None:
        problem = f"reason {reason} is not known"
        return Adjusted(item=item, reason=reason, on_hand=0, held=0, problem=problem)
    blocked = sum(_signed(one) for one in told if one.inventory in _BLOCKED)
    saleable = sum(_signed(one) for one in told if one.inventory == "SA")
    others = sum(_signed(one) for one in told if one.inventory not in _BLOCKED | {"SA"})
    on_hand, held = _effect(effect, blocked, saleable, others)
    return Adjusted(item=item, reason=reason, on_hand=on_hand, held=held)


def _signed(line: Told) -> int:
    return -abs(line.units) if line.inventory == "AD" else line.units


def _effect(effect: Effect, blocked: int, saleable: int, others: int) -> tuple[int, int]:
    """Return the change of on hand and of held."""
    if effect == "ignore":
        return 0, 0
    if blocked * saleable < 0:  # two lines, one move, and what got lost on the way
        return blocked + saleable + others, blocked
    units = blocked + saleable + others
    if effect == "hold":
        return 0, abs(units)
    if effect == "unhold":
        return 0, -abs(units)
    if effect == "status":
        return 0, blocked - saleable + abs(others)
    if effect == "loss" and units > 0:
        return 0, units
    if effect == "down":
        units = -abs(units)
        return units, -abs(blocked) if blocked else 0
    return units, blocked
