"""Small charts as SVG: drawn here, without a script; each has its figures as text beside it.

Colors come from classes of the style sheet (`tone-...`), so they follow light and dark, and no
style stands in the page. A chart's `label` says what a person who cannot see it needs to know.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

_WIDTH = 600


class Part(NamedTuple):
    """A named amount of a tone: accent, good, warn, bad, quiet, or a status of a line."""

    name: str
    value: float
    tone: str = "accent"


class Point(NamedTuple):
    """A value from a place on until the next one."""

    #: What stands under it, such as "4 Mar".
    name: str
    value: float


def stacked(parts: Sequence[Part], *, label: str, total: float = 0) -> Markup:
    """Draw parts of a whole as one bar, in their order; `total` where they are not all of it."""
    whole = max(total, sum(part.value for part in parts)) or 1
    drawn, x = Markup(""), 0.0
    for part in parts:
        if part.value <= 0:
            continue
        width = part.value / whole * _WIDTH
        drawn += Markup(
            '<rect x="{:.2f}" y="0" width="{:.2f}" height="12" class="tone-{}"><title>{} {:g}'
            "</title></rect>"
        ).format(x, width, part.tone, part.name, part.value)
        x += width
    return _svg(drawn, width=_WIDTH, height=12, label=label, kind="bar")


def columns(parts: Sequence[Part], *, label: str, height: int = 80) -> Markup:
    """Draw amounts side by side, such as files by hour; the highest reaches the top."""
    most = max((part.value for part in parts), default=0) or 1
    step = _WIDTH / max(len(parts), 1)
    drawn = Markup("")
    for place, part in enumerate(parts):
        tall = max(part.value / most * height, 1.5 if part.value else 0)
        drawn += Markup(
            '<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" class="tone-{}">'
            "<title>{}: {:g}</title></rect>"
        ).format(
            place * step + step * 0.1,
            height - tall,
            step * 0.8,
            tall,
            part.tone,
            part.name,
            part.value,
        )
    base = Markup('<line x1="0" y1="{h}" x2="{w}" y2="{h}" class="axis"/>').format(
        h=height, w=_WIDTH
    )
    return _svg(drawn + base, width=_WIDTH, height=height + 1, label=label, kind="columns")


def steps(points: Sequence[Point], *, label: str, height: int = 120, floor: float = 0) -> Markup:
    """Draw a balance over time as steps, with a line at `floor`; below it is marked."""
    if not points:
        return Markup("")
    low = min(floor, *(point.value for point in points))
    high = max(floor, *(point.value for point in points))
    span = (high - low) or 1
    wide = _WIDTH / len(points)

    def y(value: float) -> float:
        return 6 + (high - value) / span * (height - 12)

    path, drawn = "", Markup("")
    for place, point in enumerate(points):
        left, right, level = place * wide, (place + 1) * wide, y(point.value)
        path += f"{'M' if not place else 'L'}{left:.1f},{level:.1f}L{right:.1f},{level:.1f}"
        top, bottom = sorted((level, y(floor)))
        drawn += Markup(
            '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="tone-{} soft">'
            "<title>{}: {:g}</title></rect>"
        ).format(
            left,
            top,
            wide,
            max(bottom - top, 0.5),
            "bad" if point.value < floor else "accent",
            point.name,
            point.value,
        )
    drawn += Markup('<line x1="0" y1="{y:.1f}" x2="{w}" y2="{y:.1f}" class="axis"/>').format(
        y=y(floor), w=_WIDTH
    )
    drawn += Markup('<path d="{}" class="line"/>').format(path)
    return _svg(drawn, width=_WIDTH, height=height, label=label, kind="steps")


def _svg(drawn: Markup, *, width: float, height: float, label: str, kind: str) -> Markup:
    return Markup(
        '<svg class="chart chart-{}" viewBox="0 0 {:g} {:g}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>'
    ).format(kind, width, height, label, drawn)
