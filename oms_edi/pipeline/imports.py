"""Master data from CSV: items with units and cross-references, prices, stock. Plan, then act.

Every import is read whole and compared first; one bad row refuses the file and names every fault.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from oms_edi.domain.item import Item, lookup_key
from oms_edi.errors import Refused
from oms_edi.pipeline.cure import cure_waiting
from oms_edi.pipeline.step import Step
from oms_edi.store import catalog, stock
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import add_event

_WHOLE = re.compile(r"[0-9]{1,9}")
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_FAULTS = 20


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


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, values by column) of a CSV with a header.

    Raises:
        Refused: no such file, not UTF-8, or a column is missing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not UTF-8 at byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [name for name in required if name not in (reader.fieldnames or ())]
    if missing:
        raise Refused(f"{path}: no column {', '.join(missing)}; needed are {', '.join(required)}")
    try:
        for number, row in enumerate(reader, start=2):
            yield number, {key: (value or "").strip() for key, value in row.items() if key}
    except csv.Error as error:
        raise Refused(f"{path}: row {reader.line_num}: {error}") from error


class _Faults:
    """Collects faults of a file; refuses it at the end, all of them told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[str] = []

    def add(self, row: int, column: str, expected: str) -> None:
        """Note a fault."""
        self._found.append(f"{self._path}: row {row}, column {column}: expected {expected}")

    def check(self) -> None:
        """Refuse the file if anything was found."""
        if self._found:
            more = len(self._found) - _FAULTS
            told = self._found[:_FAULTS] + ([f"and {more} more"] if more > 0 else [])
            raise Refused("\n".join(told))


def import_items(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import items: item, description, unit, weight_g, pack; optional gtin, units, needs, ids.

    `units` is `CA=12;DZ=12`; `ids` is `partner:qualifier=code;...`, partner empty for everyone.
    """
    faults = _Faults(path)
    items: list[Item] = []
    ids: list[tuple[str, str, str, str]] = []
    for number, row in _rows(path, ("item", "description", "unit", "weight_g", "pack")):
        units = _units(row.get("units", ""))
        for column, ok, expected in (
            ("item", bool(row["item"]), "an item number"),
            ("unit", len(row["unit"]) == 2, "a 2-character unit code"),
            ("weight_g", bool(_WHOLE.fullmatch(row["weight_g"])), "whole grams"),
            ("pack", bool(_WHOLE.fullmatch(row["pack"])) and row["pack"] != "0", "1 or more"),
            ("units", units is not None, "UNIT=FACTOR;UNIT=FACTOR"),
        ):
            if not ok:
                faults.add(number, column, expected)
        found = _ids(row)
        if found is None:
            faults.add(number, "ids", "partner:qualifier=code;partner:qualifier=code")
            continue
        ids += found
        if units is not None and _WHOLE.fullmatch(row["weight_g"]) and row["pack"].isdecimal():
            items.append(
                Item(
                    item=row["item"],
                    description=row["description"],
                    unit=row["unit"],
                    weight_g=int(row["weight_g"]),
                    pack=int(row["pack"]),
                    needs=tuple(sorted(filter(None, row.get("needs", "").split(";")))),
                    units=units,
                )
            )
    faults.check()
    changes = [*_item_changes(step, items), *_id_changes(step, ids)]

    def apply() -> None:
        for item in items:
            catalog.put_item(step.connection, item)
        catalog.put_item_ids(step.connection, ids)

    return _apply(step, apply, changes, rows=len(items), what="items", actor=actor, dry_run=dry_run)


def _units(text: str) -> dict[str, int] | None:
    units: dict[str, int] = {}
    for part in filter(None, text.split(";")):
        unit, _, factor = part.partition("=")
        if len(unit) != 2 or not _WHOLE.fullmatch(factor) or int(factor) == 0:
            return None
        units[unit] = int(factor)
    return units


def _ids(row: dict[str, str]) -> list[tuple[str, str, str, str]] | None:
    found = [("", "UP", row["gtin"], row["item"])] if row.get("gtin") else []
    for part in filter(None, row.get("ids", "").split(";")):
        who, _, code = part.partition("=")
        partner, colon, qualifier = who.partition(":")
        if not (colon and code):
            return None
        found.append((partner, qualifier, code, row["item"]))
    return found


def _item_changes(step: Step, items: list[Item]) -> Iterator[Change]:
    known = {item.item: item for item in catalog.all_items(step.connection)}
    for item in items:
        before = known.get(item.item)
        if before != item:
            yield Change(what=f"item {item.item}", before=_told(before), after=_told(item))


def _told(item: Item | None) -> str:
    if item is None:
        return ""
    units = " ".join(f"{unit}={factor}" for unit, factor in sorted(item.units.items()))
    return f"{item.description}, {item.unit}, {item.weight_g} g, pack {item.pack} {units}".strip()


def _id_changes(step: Step, ids: list[tuple[str, str, str, str]]) -> Iterator[Change]:
    known = catalog.item_ids(step.connection)
    for partner, qualifier, code, item in ids:
        before = known.get((partner, *lookup_key(qualifier, code)), "")
        if before != item:
            who = partner or "everyone"
            yield Change(what=f"{qualifier} {code} of {who}", before=before, after=item)


def import_prices(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import prices of one base unit: partner (empty = list price), item, price."""
    faults = _Faults(path)
    lookup = catalog.Catalog(step.connection)
    found: list[tuple[str, str, str]] = []
    for number, row in _rows(path, ("partner", "item", "price")):
        if row["partner"] and step.partners.find(row["partner"]) is None:
            faults.add(number, "partner", "a partner with a mapping, or nothing")
        if lookup.item(row["item"]) is None:
            faults.add(number, "item", "an item of ours; import items first")
        if not _PRICE.fullmatch(row["price"]):
            faults.add(number, "price", "a decimal number such as 4.25")
        found.append((row["partner"], row["item"], row["price"]))
    faults.check()
    known = catalog.prices(step.connection)
    changes = [
        Change(what=f"price of {item} for {partner or 'everyone'}", before=before, after=price)
        for partner, item, price in found
        if (before := known.get((partner, item), "")) == "" or Decimal(before) != Decimal(price)
    ]
    return _apply(
        step,
        lambda: catalog.put_prices(step.connection, found),
        changes,
        rows=len(found),
        what="prices",
        actor=actor,
        dry_run=dry_run,
    )


def import_stock(step: Step, path: Path, *, actor: str, dry_run: bool) -> Imported:
    """Import counts as of now: node, item, on_hand."""
    faults = _Faults(path)
    lookup = catalog.Catalog(step.connection)
    found: list[tuple[str, str, int]] = []
    for number, row in _rows(path, ("node", "item", "on_hand")):
        if step.config.node(row["node"]) is None:
            faults.add(number, "node", "a node of config.yaml")
        if lookup.item(row["item"]) is None:
            faults.add(number, "item", "an item of ours; import items first")
        if not _WHOLE.fullmatch(row["on_hand"]):
            faults.add(number, "on_hand", "whole base units")
            continue
        found.append((row["node"], row["item"], int(row["on_hand"])))
    faults.check()
    changes = []
    for node, item, units in found:
        level = stock.read_level(step.connection, item, node)
        if level.on_hand != units or not level.as_of:
            changes.append(
                Change(what=f"{item} at {node}", before=str(level.on_hand), after=str(units))
            )

    def apply() -> None:
        for node, item, units in found:
            stock.snapshot(
                step.connection,
                item,
                node,
                units,
                as_of=step.at,
                file_id=None,
                note=f"import by {actor}",
                at=step.at,
            )

    return _apply(step, apply, changes, rows=len(found), what="stock", actor=actor, dry_run=dry_run)


def _apply(
    step: Step,
    apply: Callable[[], None],
    changes: list[Change],
    *,
    rows: int,
    what: str,
    actor: str,
    dry_run: bool,
) -> Imported:
    cured = 0
    if not dry_run:
        with write_tx(step.connection):
            apply()
            add_event(
                step.connection,
                f"{what}.imported",
                f"{rows} rows, {len(changes)} changes",
                at=step.at,
                actor=actor,
            )
            cured = cure_waiting(step, actor=actor, why="master data was imported")
    return Imported(rows=rows, changes=tuple(changes), cured=cured)
