"""Simulation: the same history under other settings, beside what was, or beside another one."""

import re

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.errors import ConfigurationError
from oms_edi.web import simulations
from oms_edi.web.asked import Asked
from oms_edi.web.charts import Part
from oms_edi.web.route import act, page
from oms_edi.web.simulations import LIMIT, Run


def show_list(asked: Asked) -> Response:
    """List what was simulated; who may, tries another configuration."""
    text = ""
    if asked.visitor.may(Role.ADMINISTRATOR):
        text = asked.site.source.path.read_text(encoding="utf-8")
    return _list(asked, text=text)


#: Where the text was put to be read; what is wrong is told of what stands in the form.
_IN_FILE = re.compile(r"\S*/simulations/\d+/config\.yaml")


def _list(asked: Asked, *, text: str, name: str = "", fault: str = "") -> Response:
    return asked.page(
        "simulation.html",
        status=422 if fault else 200,
        runs=simulations.runs(asked.places, now=asked.now),
        text=text,
        name=name,
        fault=fault,
        may_run=asked.visitor.may(Role.ADMINISTRATOR),
        limit_min=int(LIMIT.total_seconds() // 60),
    )


def begin(asked: Asked) -> Response:
    """Start one."""
    value = asked.form.get("text")
    text = value if isinstance(value, str) else ""
    name = asked.text("name")[:100] or "Without a name"
    try:
        number = simulations.start(
            asked.places,
            config_path=asked.site.source.path,
            mappings=asked.config.folders.mappings,
            text=text.replace("\r\n", "\n"),
            name=name,
            by=asked.actor,
            now=asked.now,
        )
    except ConfigurationError as error:
        return _list(asked, text=text, name=name, fault=_IN_FILE.sub("config.yaml", str(error)))
    return asked.go(f"/simulation/{number}", told="It runs; this page shows what came of it.")


def show(asked: Asked) -> Response:
    """Show what came of one, beside what was, and beside another one if wanted."""
    run = simulations.run_of(asked.places, asked.numbered("number"), now=asked.now)
    done = [
        one
        for one in simulations.runs(asked.places, now=asked.now)
        if one.state == "done" and one.number != run.number
    ]
    beside = next((one for one in done if one.number == asked.number("beside")), None)
    found = simulations.result(asked.places, run.number) if run.state == "done" else None
    return asked.page(
        "simulation_run.html",
        run=run,
        found=found,
        shares=[row for row in (found or {}).get("shares", ()) if row["before"] != row["after"]],
        others=done,
        beside=beside,
        second=_summary(asked, beside),
        part=Part,
    )


def _summary(asked: Asked, run: Run | None) -> dict[str, float]:
    """Return the measures of another simulation by name."""
    if run is None:
        return {}
    found = simulations.result(asked.places, run.number)
    return {row["name"]: row["after"] for row in found["summary"]}


ROUTES = (
    page("/simulation", show_list, role=Role.VIEWER),
    act("/simulation", begin, role=Role.ADMINISTRATOR),
    page("/simulation/{number}", show, role=Role.VIEWER),
)
