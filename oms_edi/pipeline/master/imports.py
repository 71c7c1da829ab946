"""Master data from CSV: items with units and cross-references, prices, stock. Plan, then act.

Every import is read whole and compared first; one bad row refuses the file and names every fault.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from oms_edi.channels.table import Row
from oms_edi.channels.values import id_fault
from oms_edi.domain.counted import counted
from oms_edi.domain.customer import SaleTerms
from oms_edi.domain.item import Item, lookup_key
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.master.master_file import MasterFile
from oms_edi.pipeline.orders.cure import cure_waiting
from oms_edi.pipeline.stock.take_back import take_back
from oms_edi.store import catalog, counts, stock
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception
from oms_edi.store.timeline import add_event

_WHOLE = re.compile(r"[0-9]{1,9}")
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_ITEM_COLUMNS = ("item", "description", "unit", "weight_g", "pack")


class _Id(NamedTuple):
    """What others call an item of ours."""

    #: Whose name it is; "" = everyone's.
    partner: str
    #: X12 235, such as UP or IN.
    qualifier: str
    code: str
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between a file and the order book."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import changed, or would."""

    rows: int
    changes: tuple[Change, ...]
    #: Lines that waited for this and went on.
    cured: int


@act
def import_items(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import items: item, description, unit, weight_g, pack; optional gtin, units, needs, ids.

    `units` is `CA=12;DZ=12`; `ids` is `partner:qualifier=code;...`, partner empty for everyone.
    Where there is no column `units` or `needs`, items keep theirs.
    """
    file = open_file(step, path, _ITEM_COLUMNS, optional=("gtin", "units", "needs", "ids"))
    known = {item.item: item for item in catalog.all_items(step.connection)}
    items: dict[str, Item] = {}
    ids: list[_Id] = []
    for row in file.rows:
        item = _item(file, row, known)
        found = _ids(row)
        if item is None:
            continue
        if found is None:
            file.fault(row, "ids", "partner:qualifier=code;partner:qualifier=code")
            continue
        file.once(row, "item", item.item, item)
        items[item.item] = item
        for one in found:
            file.once(row, "item", (one.partner, *lookup_key(one.qualifier, one.code)), one.item)
            if one.partner and step.partners.find(one.partner) is None:
                file.fault(row, "ids", f"a partner with a mapping, not {one.partner}")
        ids += found
    file.check()
    changes = [*_item_changes(known, items.values()), *_id_changes(step, ids)]

    def apply() -> None:
        for item in items.values():
            catalog.put_item(step.connection, item)
        catalog.put_item_ids(step.connection, ids)

    rows = len(file.rows)
    return apply_changes(
        step, apply, changes, rows=rows, what="items", actor=actor, dry_run=dry_run
    )


def open_file(
    step: Step, path: Path, required: tuple[str, ...], *, optional: tuple[str, ...] = ()
) -> MasterFile:
    """Open a file of master data with these columns."""
    max_rows = step.config.intake.max_csv_rows
    return MasterFile(path, required=required, optional=optional, max_rows=max_rows)


def _item(file: MasterFile, row: Row, known: Mapping[str, Item]) -> Item | None:
    """Return the item of a row; None if a value is wrong, which the file then knows."""
    text = {name: value.strip() for name, value in row.values.items()}
    before = known.get(text["item"])
    units = _units(text["units"]) if "units" in text else (before.units if before else {})
    needs = tuple(sorted(filter(None, text.get("needs", "").split(";"))))
    faults = [
        (column, expected)
        for column, is_right, expected in (
            ("item", not id_fault(text["item"]), "an item number of letters and digits"),
            ("unit", len(text["unit"]) == 2, "a 2-character unit code"),
            ("weight_g", bool(_WHOLE.fullmatch(text["weight_g"])), "whole grams"),
            ("pack", bool(_WHOLE.fullmatch(text["pack"])) and int(text["pack"]) > 0, "1 or more"),
            ("units", units is not None, "UNIT=FACTOR;UNIT=FACTOR"),
        )
        if not is_right
    ]
    for column, expected in faults:
        file.fault(row, column, expected)
    if faults or units is None:
        return None
    return Item(
        item=text["item"],
        description=text["description"],
        unit=text["unit"],
        weight_g=int(text["weight_g"]),
        pack=int(text["pack"]),
        needs=needs if "needs" in text or before is None else before.needs,
        units=units,
    )


def _units(text: str) -> dict[str, int] | None:
    units: dict[str, int] = {}
    for part in filter(None, text.split(";")):
        unit, _, factor = part.partition("=")
        if len(unit) != 2 or not _WHOLE.fullmatch(factor) or int(factor) == 0:
            return None
        units[unit] = int(factor)
    return units


def _ids(row: Row) -> list[_Id] | None:
    item, gtin = row.values["item"].strip(), row.values.get("gtin", "").strip()
    found = [_Id("", "UP", gtin, item)] if gtin else []
    for part in filter(None, row.values.get("ids", "").strip().split(";")):
        who, _, code = part.partition("=")
        partner, colon, qualifier = who.partition(":")
        if not (colon and code):
            return None
        found.append(_Id(partner, qualifier, code, item))
    return found


def _item_changes(known: Mapping[str, Item], items: Iterable[Item]) -> Iterator[Change]:
    for item in items:
        before = known.get(item.item)
        if before != item:
            yield Change(what=f"item {item.item}", before=_told(before), after=_told(item))


def _told(item: Item | None) -> str:
    if item is None:
        return ""
    units = "".join(f" {unit}={factor}" for unit, factor in sorted(item.units.items()))
    needs = f", needs {' '.join(item.needs)}" if item.needs else ""
    return f"{item.description}, {item.unit}, {item.weight_g} g, pack {item.pack}{units}{needs}"


def _id_changes(step: Step, ids: Iterable[_Id]) -> Iterator[Change]:
    known = catalog.item_ids(step.connection)
    for partner, qualifier, code, item in ids:
        before = known.get((partner, *lookup_key(qualifier, code)), "")
        if before != item:
            who = partner or "everyone"
            yield Change(what=f"{qualifier} {code} of {who}", before=before, after=item)


@act
def import_prices(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import prices of one base unit: partner (empty = list price), item, price.

    Optional minimum and multiple: base units of it sold at least, and by how many; 0 or empty is
    none. Where there are no such columns, prices keep theirs.
    """
    required, optional = ("partner", "item", "price"), ("minimum", "multiple")
    file = open_file(step, path, required, optional=optional)
    lookup = catalog.Catalog(step.connection)
    known = catalog.sale_terms(step.connection)
    found: dict[tuple[str, str], SaleTerms] = {}
    for row in file.rows:
        partner, item, price = (row.values[name].strip() for name in required)
        if partner and step.partners.find(partner) is None:
            file.fault(row, "partner", "a partner with a mapping, or nothing")
        if lookup.item(item) is None:
            file.fault(row, "item", "an item of ours; import items first")
        before = known.get((partner, item), SaleTerms())
        if not _PRICE.fullmatch(price):
            file.fault(row, "price", "a decimal number such as 4.25")
            continue
        terms = SaleTerms(
            Decimal(price),
            _units_or(file, row, "minimum", before.minimum),
            _units_or(file, row, "multiple", before.multiple),
        )
        file.once(row, "price", (partner, item), terms)
        found[partner, item] = terms
    file.check()
    changes = [
        Change(
            what=f"price of {item} for {partner or 'everyone'}",
            before=_sale_told(known.get((partner, item))),
            after=_sale_told(terms),
        )
        for (partner, item), terms in found.items()
        if known.get((partner, item)) != terms
    ]

    def apply() -> None:
        rows = [
            (partner, item, format(terms.price or 0, "f"), terms.minimum, terms.multiple)
            for (partner, item), terms in found.items()
        ]
        catalog.put_prices(step.connection, rows)

    rows = len(file.rows)
    return apply_changes(
        step, apply, changes, rows=rows, what="prices", actor=actor, dry_run=dry_run
    )


def _units_or(file: MasterFile, row: Row, column: str, before: int) -> int:
    """Return the base units in an optional column; `before` where there is no such column."""
    text = row.values.get(column)
    if text is None:
        return before
    if text.strip() and not _WHOLE.fullmatch(text.strip()):
        file.fault(row, column, "whole base units, or nothing")
        return before
    return int(text.strip() or 0)


def _sale_told(terms: SaleTerms | None) -> str:
    if terms is None:
        return ""
    least = f", at least {terms.minimum}" if terms.minimum else ""
    return f"{terms.price}{least}" + (f", by {terms.multiple}" if terms.multiple else "")


@act
def import_stock(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import counts as of now: node, item, on_hand."""
    file = open_file(step, path, ("node", "item", "on_hand"))
    lookup = catalog.Catalog(step.connection)
    found: dict[tuple[str, str], int] = {}
    for row in file.rows:
        node, item, units = (row.values[name].strip() for name in ("node", "item", "on_hand"))
        if step.config.node(node) is None:
            file.fault(row, "node", "a node of config.yaml")
        if lookup.item(item) is None:
            file.fault(row, "item", "an item of ours; import items first")
        if not _WHOLE.fullmatch(units):
            file.fault(row, "on_hand", "whole base units")
            continue
        file.once(row, "on_hand", (node, item), int(units))
        found[node, item] = int(units)
    file.check()
    changes = []
    for (node, item), count in found.items():
        level = stock.read_level(step.connection, item, node)
        if level.on_hand != count or not level.as_of:
            what, before = f"{item} at {node}", str(level.on_hand) if level.as_of else ""
            changes.append(Change(what=what, before=before, after=str(count)))

    def apply() -> None:
        for (node, item), count in found.items():
            counts.take_count(
                step.connection,
                counts.Count(
                    item=item,
                    node=node,
                    as_of=step.at,
                    told=count,
                    basis="on_hand",
                    counted=count,
                    note=f"import by {actor}",
                ),
                tolerance=None,
                at=step.at,
            )
            close_exception(step.connection, "stock_drift", f"{node} {item}", at=step.at)
            take_back(step, item, node, why=f"a count by {actor}")
        for node in {node for node, _ in found}:
            counts.put_feed(step.connection, node, as_of=step.at, at=step.at)

    rows = len(file.rows)
    return apply_changes(
        step, apply, changes, rows=rows, what="stock", actor=actor, dry_run=dry_run
    )


def apply_changes(
    step: Step,
    apply: Callable[[], None],
    changes: list[Change],
    *,
    rows: int,
    what: str,
    actor: str,
    dry_run: bool,
) -> Imported:
    """Apply what a file says and let go on what waited for it; with `dry_run` only say it."""
    cured = 0
    if not dry_run:
        with write_tx(step.connection):
            apply()
            add_event(
                step.connection,
                f"{what}.imported",
                f"{counted(rows, 'row')}, {counted(len(changes), 'change')}",
                at=step.at,
                actor=actor,
            )
            cured = cure_waiting(step, actor=actor, why="master data was imported")
    return Imported(rows=rows, changes=tuple(changes), cured=cured)
