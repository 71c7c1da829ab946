"""What suppliers sell us, from CSV. A file says all that each supplier in it carries."""

import re
from decimal import Decimal
from pathlib import Path

from oms_edi.channels.table import Row
from oms_edi.channels.values import id_fault
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.master.imports import Change, Imported, apply_changes, open_file
from oms_edi.pipeline.master.master_file import MasterFile
from oms_edi.pipeline.stock.supplier_stock import assume, give_up
from oms_edi.store import backlog, supplier_items
from oms_edi.store.catalog import Catalog
from oms_edi.store.supplier_items import SupplierItem

_COST = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
_UNITS = re.compile(r"[1-9][0-9]{0,8}")
_COLUMNS = ("supplier", "item", "supplier_item", "cost")


@act
def import_supplier_items(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import what suppliers sell: supplier, item, supplier_item, cost; optional minimum, multiple.

    `cost` is of one base unit, at most four decimals; minimum and multiple are base units of a
    line. What a supplier named in the file sold before and is not in it is not bought any more.
    """
    file = open_file(step, path, _COLUMNS, optional=("minimum", "multiple"))
    lookup = Catalog(step.connection)
    found: dict[tuple[str, str], SupplierItem] = {}
    for row in file.rows:
        one = _row(step, file, lookup, row)
        if one is not None:
            file.once(row, "item", (one.partner, one.item), one)
            file.once(row, "supplier_item", (one.partner, "its", one.supplier_item), one.item)
            found[one.partner, one.item] = one
    file.check()
    named = {partner for partner, _ in found}
    known = {
        (one.partner, one.item): one
        for one in supplier_items.all_supplier_items(step.connection)
        if one.partner in named
    }
    dropped = [key for key in known if key not in found]
    changes = [
        Change(
            what=f"{item} of {partner}",
            before=_told(known.get((partner, item))),
            after=_told(found.get((partner, item))),
        )
        for partner, item in sorted({*found, *known})
        if found.get((partner, item)) != known.get((partner, item))
    ]

    def apply() -> None:
        for partner, item in known:  # all of them first: names may have changed places
            supplier_items.forget(step.connection, partner, item)
        supplier_items.put_supplier_items(step.connection, found.values())
        assume(step)
        for partner, item in dropped:
            give_up(step, partner, item)
        backlog.restock_waiting(step.connection)

    rows = len(file.rows)
    return apply_changes(
        step, apply, changes, rows=rows, what="supplier_items", actor=actor, dry_run=dry_run
    )


def _row(step: Step, file: MasterFile, lookup: Catalog, row: Row) -> SupplierItem | None:
    """Return what a row says; None if a value is wrong, which the file then knows."""
    text = {name: value.strip() for name, value in row.values.items()}
    profile = step.partners.find(text["supplier"])
    minimum, multiple = (text.get(name) or "1" for name in ("minimum", "multiple"))
    faults = [
        (column, expected)
        for column, is_right, expected in (
            (
                "supplier",
                profile is not None and profile.role == "supplier",
                "a mapping with role: supplier",
            ),
            ("item", lookup.item(text["item"]) is not None, "an item of ours; import items first"),
            ("supplier_item", not id_fault(text["supplier_item"]), "the supplier's item number"),
            ("cost", bool(_COST.fullmatch(text["cost"])), "a cost such as 4.25 or 0.0375"),
            ("minimum", bool(_UNITS.fullmatch(minimum)), "whole base units, or nothing"),
            ("multiple", bool(_UNITS.fullmatch(multiple)), "whole base units, or nothing"),
        )
        if not is_right
    ]
    for column, expected in faults:
        file.fault(row, column, expected)
    if faults:
        return None
    return SupplierItem(
        partner=text["supplier"],
        item=text["item"],
        supplier_item=text["supplier_item"],
        cost=Decimal(text["cost"]),
        minimum=int(minimum),
        multiple=int(multiple),
    )


def _told(one: SupplierItem | None) -> str:
    if one is None:
        return ""
    least = f", at least {one.minimum}" if one.minimum > 1 else ""
    by = f", by {one.multiple}" if one.multiple > 1 else ""
    return f"{one.supplier_item} at {one.cost}{least}{by}"
