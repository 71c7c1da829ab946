"""Teach the book what somebody calls an item of ours, or how many a unit of it holds.

One at a time, beside the exception that asks for it; many at once come as a file
(`imports`). Whatever waited for it goes on in the same transaction.
"""

import dataclasses

from oms_edi.channels.values import id_fault
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.orders.cure import cure_waiting
from oms_edi.store import catalog
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import add_event


@act
def refer(
    step: Step, partner: str, qualifier: str, code: str, item: str, *, actor: str, reason: str
) -> int:
    """Note that `partner` calls `item` so; return how many orders and lines went on.

    Raises:
        NotFound: there is no such partner or item.
        Refused: the code is none, or means another item there; a file may change that.
    """
    with write_tx(step.connection):
        if step.partners.find(partner) is None:
            raise NotFound(f"there is no mapping {partner}.yaml")
        lookups = catalog.Catalog(step.connection)
        if lookups.item(item) is None:
            raise NotFound(f"there is no item {item}; import it first")
        if not code or id_fault(code) or not qualifier.isalnum():
            raise Refused(f"{qualifier} {code!r} is no code of an item")
        before = lookups.find(partner, qualifier, code)
        if before is not None:
            raise Refused(
                f"{partner} means {before} by {qualifier} {code}; change it with `items import`"
            )
        catalog.put_item_ids(step.connection, [(partner, qualifier, code, item)])
        text = f"{qualifier} {code} of {partner} is {item}: {reason}"
        add_event(step.connection, "item.referred", text, at=step.at, actor=actor)
        return cure_waiting(step, actor=actor, why=f"{qualifier} {code} is {item}")


@act
def count_unit(step: Step, item: str, unit: str, units: int, *, actor: str, reason: str) -> int:
    """Note how many base units one `unit` of `item` is; return how many lines went on.

    Raises:
        NotFound: there is no such item.
        Refused: the item has such a unit; a file may change that.
    """
    with write_tx(step.connection):
        found = catalog.Catalog(step.connection).item(item)
        if found is None:
            raise NotFound(f"there is no item {item}; import it first")
        unit = unit.upper()
        if len(unit) != 2 or not unit.isalnum() or not 0 < units <= MAX_QUANTITY:
            raise Refused("a unit has two characters, and 1 or more base units")
        if found.factor(unit) is not None:
            raise Refused(
                f"one {unit} of {item} is {found.factor(unit)} {found.unit} already; change it with"
                " `items import`"
            )
        more = {**found.units, unit: units}
        catalog.put_item(step.connection, dataclasses.replace(found, units=more))
        text = f"one {unit} of {item} is {units} {found.unit}: {reason}"
        add_event(step.connection, "item.unit_told", text, at=step.at, actor=actor)
        return cure_waiting(step, actor=actor, why=f"one {unit} of {item} is {units}")
