"""Cartons of a dispatch: as the warehouse told them, else whole cases and one mixed carton.

SSCC-18 (GS1 General Specifications 3.3.1): extension digit, company prefix, serial, check digit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oms_edi.domain.item import check_digit
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import dispatches, outbox
from oms_edi.store.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Units of one allocation that left; `sscc` and `tracking` empty where not told."""

    allocation_id: int
    item: str
    units: int
    sscc: str
    tracking: str


def into_packs(
    catalog: Catalog,
    item: str,
    takes: Sequence[tuple[int, int]],
    packs: Sequence[tuple[str, str]],
) -> list[Packed]:
    """Put units of allocations, (id, units) each, into the packs a document names for them.

    Of several packs nobody says which holds how much: they hold about the same, in whole cases
    where there are enough. Every label is then in the notice, as it is on the dock.
    """
    known = catalog.item(item)
    total = sum(units for _, units in takes)
    shares = _about_the_same(total, len(packs) or 1, size=known.pack if known else 1)
    packed: list[Packed] = []
    rest = list(takes)
    for (sscc, tracking), share in zip(packs or (("", ""),), shares, strict=True):
        while share:
            allocation_id, units = rest[0]
            taken = min(share, units)
            packed.append(
                Packed(
                    allocation_id=allocation_id,
                    item=item,
                    units=taken,
                    sscc=sscc,
                    tracking=tracking,
                )
            )
            share -= taken
            rest[0:1] = [(allocation_id, units - taken)] if units > taken else []
    return packed


def _about_the_same(units: int, packs: int, *, size: int) -> list[int]:
    """Share units among packs, by whole cases of `size` where each pack gets one."""
    step = size if units // size >= packs else 1
    each, more = divmod(units // step, packs)
    shares = [(each + (place < more)) * step for place in range(packs)]
    shares[-1] += units % step
    return shares


def pack(
    step: Step, catalog: Catalog, dispatch_id: int, packed: Iterable[Packed], *, mixed: bool
) -> None:
    """Book the cartons of a dispatch; those without a label get one of ours.

    What is left beyond whole cases is `mixed` into one, or in one for each item.
    """
    told: dict[str, list[tuple[int, int]]] = {}
    trackings: dict[str, str] = {}
    loose: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for part in packed:
        if part.sscc and not dispatches.has_package(step.connection, part.sscc):
            told.setdefault(part.sscc, []).append((part.allocation_id, part.units))
            trackings[part.sscc] = trackings.get(part.sscc) or part.tracking
            continue
        item = catalog.item(part.item)
        size = item.pack if item else 1
        cases, rest = divmod(part.units, size) if size > 1 else (0, part.units)
        for _ in range(cases):
            _put(step, dispatch_id, part.tracking, [(part.allocation_id, size)])
        if rest:
            key = (part.tracking, "" if mixed else part.item)
            loose.setdefault(key, []).append((part.allocation_id, rest))
    for sscc, contents in told.items():
        _put(step, dispatch_id, trackings[sscc], contents, sscc=sscc)
    for (tracking, _), contents in loose.items():
        _put(step, dispatch_id, tracking, contents)


def _put(
    step: Step, dispatch_id: int, tracking: str, contents: list[tuple[int, int]], *, sscc: str = ""
) -> None:
    units: dict[int, int] = {}
    for allocation_id, count in contents:
        units[allocation_id] = units.get(allocation_id, 0) + count
    dispatches.put_package(
        step.connection,
        dispatch_id=dispatch_id,
        sscc=sscc or _draw_sscc(step),
        tracking=tracking,
        contents=units.items(),
    )


def _draw_sscc(step: Step) -> str:
    """Draw a new SSCC-18 of ours; the serial never repeats."""
    prefix = step.config.company.gs1_prefix
    width = 16 - len(prefix)
    serial = outbox.draw(step.connection, "sscc", limit=10**width - 1)
    digits = f"0{prefix}{serial:0{width}d}"
    return digits + check_digit(digits)
