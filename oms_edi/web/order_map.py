"""A small map of where an order goes and which places were weighed, drawn without any tiles.

The lower 48 states show through the centers of their postal areas; equal areas (Albers, with the
usual parallels of 29.5 and 45.5 degrees). Alaska, Hawaii and the islands stand at the edge.
"""

from collections.abc import Sequence
from functools import cache
from math import cos, radians, sin, sqrt
from typing import NamedTuple

from markupsafe import Markup

from oms_edi.routing.postal import Point, prefixes, states

WIDTH, HEIGHT = 600.0, 372.0
_SCALE = 790.0
_MARGIN = 10.0
_N = (sin(radians(29.5)) + sin(radians(45.5))) / 2
_C = cos(radians(29.5)) ** 2 + 2 * _N * sin(radians(29.5))
_RHO_0 = sqrt(_C - 2 * _N * sin(radians(38.2))) / _N
#: Two labels nearer than this would cover each other.
_APART = 12.0


class Place(NamedTuple):
    """A place that ships, or is shipped to."""

    name: str
    postal_code: str
    state: str
    #: chosen (it ships), lost (it could have), out (it could not), goal (it is shipped to).
    kind: str
    #: What a person reads who points at it.
    told: str


def _point_of(postal_code: str, state: str) -> Point | None:
    """Return where a postal code lies, else the middle of its state; None if neither is known."""
    return prefixes().get(postal_code[:3]) or states().get(state)


def project(point: Point) -> tuple[float, float]:
    """Return where a point stands on the map; what lies outside stands at its edge."""
    lat, lon = radians(point[0]), radians(point[1] + 96)
    rho = sqrt(_C - 2 * _N * sin(lat)) / _N
    x = WIDTH / 2 + _SCALE * rho * sin(_N * lon)
    y = HEIGHT / 2 - _SCALE * (_RHO_0 - rho * cos(_N * lon))
    return (
        round(min(max(x, _MARGIN), WIDTH - _MARGIN), 1),
        round(min(max(y, _MARGIN), HEIGHT - _MARGIN), 1),
    )


@cache
def _land() -> str:
    """Return the dots of all postal areas as one path."""
    dots = {
        project(point) for point in prefixes().values() if 24 < point[0] < 50 and point[1] > -125
    }
    return "".join(f"M{x:g},{y:g}h0" for x, y in sorted(dots) if x < WIDTH - _MARGIN)


def order_map(nodes: Sequence[Place], goals: Sequence[Place]) -> Markup:
    """Draw it; "" where no goal is known."""
    to = [(place, project(at)) for place in goals if (at := _point_of(*place[1:3]))]
    came = [(place, project(at)) for place in nodes if (at := _point_of(*place[1:3]))]
    if not to or not came:
        return Markup("")
    drawn = Markup('<path class="land" d="{}"/>').format(_land())
    for place, (x, y) in came:
        if place.kind == "chosen":
            for _, (gx, gy) in to:
                drawn += Markup('<path class="lane" d="M{:g},{:g}Q{:g},{:g} {:g},{:g}"/>').format(
                    x, y, (x + gx) / 2, min(y, gy) - abs(x - gx) / 8, gx, gy
                )
    labels: list[tuple[float, float]] = []
    for place, at in [*came, *to]:
        drawn += _mark(place, at, labels)
    shipping = ", ".join(place.name for place, _ in came if place.kind == "chosen") or "nowhere"
    goal = ", ".join(dict.fromkeys(place.name for place, _ in to))
    return Markup(
        '<svg class="map" viewBox="0 0 {:g} {:g}" role="img" aria-label="Map: ships from {} to {}">'
        "{}</svg>"
    ).format(WIDTH, HEIGHT, shipping, goal, drawn)


def _mark(place: Place, at: tuple[float, float], labels: list[tuple[float, float]]) -> Markup:
    x, y = at
    shape = (
        Markup('<circle cx="{:g}" cy="{:g}" r="6"/>').format(x, y)
        if place.kind == "goal"
        else Markup('<rect x="{:g}" y="{:g}" width="10" height="10"/>').format(x - 5, y - 5)
    )
    anchor, dx = ("end", -9) if x > WIDTH - 110 else ("start", 9)
    down = y + 4
    while any(abs(down - other) < _APART and abs(x - ox) < 60 for ox, other in labels):
        down += _APART
    labels.append((x, down))
    return Markup(
        '<g class="place {}"><title>{}</title>{}<text x="{:g}" y="{:g}" text-anchor="{}">{}</text>'
        "</g>"
    ).format(place.kind, place.told, shape, x + dx, down, anchor, place.name)
