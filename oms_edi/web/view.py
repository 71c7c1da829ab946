"""Templates become pages: everything is escaped, and a name nobody gave is a fault."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from oms_edi.web import charts
from oms_edi.web.navigation import NAVIGATION, current
from oms_edi.web.words import FILTERS

if TYPE_CHECKING:
    from datetime import datetime

    from oms_edi.web.asked import Asked

HERE = Path(__file__).parent
STATIC = HERE / "static"


class View:
    """The templates of `web/templates/`, compiled once."""

    def __init__(self, *, paths: frozenset[str]) -> None:
        """`paths` are those that are served, for links to what may not be there."""
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(FILTERS)
        self._templates.globals.update(
            chart=charts,
            version=_version(),
            navigation=[entry for entry in NAVIGATION if entry.path in paths],
            current=current,
            has_orders=any(path.startswith("/orders/{") for path in paths),
        )

    def compile(self) -> None:
        """Compile every template, so that no page waits for it."""
        for name in self._templates.list_templates():
            self._templates.get_template(name)

    def render(
        self, template: str, /, *, asked: "Asked | None", now: "datetime", **values: Any
    ) -> str:
        """Return a page."""
        return self._templates.get_template(template).render(asked=asked, now=now, **values)


def _version() -> str:
    """Return what changes when a file of `static/` does: browsers may keep them for a year."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
