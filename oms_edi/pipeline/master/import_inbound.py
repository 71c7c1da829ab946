"""Purchase orders and other goods that are to come, from CSV; told again, they are corrected."""

import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

from oms_edi.domain.counted import counted
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.master.imports import Change, Imported
from oms_edi.pipeline.master.master_file import MasterFile
from oms_edi.store import inbound
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import add_event

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class _Row(NamedTuple):
    node: str
    item: str
    reference: str
    delivery: str


@act
def import_inbound(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import goods that are to come: reference, node, item, units, due_on; optional delivery.

    A row says all that was ordered of an item under a reference (and part delivery), what came
    already with it. 0 units: nothing more will come. What is not in the file stays as it is.
    """
    file = MasterFile(
        path,
        required=("reference", "node", "item", "units", "due_on"),
        optional=("delivery",),
        max_rows=step.config.intake.max_csv_rows,
    )
    catalog = Catalog(step.connection)
    found: dict[_Row, tuple[int, str]] = {}
    for row in file.rows:
        values = {name: value.strip() for name, value in row.values.items()}
        if not 1 <= len(values["reference"]) <= 30:
            file.fault(row, "reference", "1 to 30 characters")
        if step.config.node(values["node"]) is None:
            file.fault(row, "node", "a node of config.yaml")
        if catalog.item(values["item"]) is None:
            file.fault(row, "item", "an item of ours; import items first")
        if not _WHOLE.fullmatch(values["units"]):
            file.fault(row, "units", "whole base units")
            continue
        if not _is_day(values["due_on"]):
            file.fault(row, "due_on", "a day such as 2026-03-09")
            continue
        key = _Row(values["node"], values["item"], values["reference"], values.get("delivery", ""))
        said = (int(values["units"]), values["due_on"])
        file.once(row, "units", key, said)
        found[key] = said
    file.check()
    known = inbound.of_source(step.connection, "import")
    changes = [
        Change(what=_name(key), before=_told(before) if before else "", after=f"{units} due {due}")
        for key, (units, due) in found.items()
        if (before := known.get((key.node, key.item, key.reference, key.delivery))) is None
        or (before.expected, before.due_on) != (max(units, before.expected - before.left), due)
    ]
    if not dry_run:
        with write_tx(step.connection):
            for key, (units, due) in found.items():
                inbound.put(
                    step.connection,
                    node=key.node,
                    item=key.item,
                    reference=key.reference,
                    delivery=key.delivery,
                    source="import",
                    due_on=due,
                    expected=units,
                )
            text = f"{counted(len(file.rows), 'row')}, {counted(len(changes), 'change')}"
            add_event(step.connection, "inbound.imported", text, at=step.at, actor=actor)
    return Imported(rows=len(file.rows), changes=tuple(changes), cured=0)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _name(key: _Row) -> str:
    return f"{key.reference} {key.delivery}".rstrip() + f": {key.item} to {key.node}"


def _told(one: inbound.Inbound) -> str:
    came = one.expected - one.left
    return f"{one.expected} due {one.due_on}" + (f", {came} came or will not" if came else "")
