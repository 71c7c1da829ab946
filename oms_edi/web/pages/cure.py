"""What the forms beside an exception do: the acts of the command line, at the problem."""

from starlette.responses import Response

from oms_edi.domain.counted import counted
from oms_edi.domain.party import Party
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.domain.role import Role
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.master.refer import count_unit, refer
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.stock.accept_count import accept_count
from oms_edi.store import exception_list
from oms_edi.store.exception_list import Row
from oms_edi.web.asked import Asked
from oms_edi.web.route import act


def _about(asked: Asked) -> Row:
    """Return the exception a form stands beside, while it is open."""
    number = asked.numbered("number")
    one = exception_list.exception(asked.connection, number, now=asked.now)
    if one is None or one["closed_at"]:
        raise NotFound(f"exception {number} is not open any more")
    return one


def _of_order(asked: Asked) -> Row:
    one = _about(asked)
    if not one["order_id"]:
        raise Refused(f"exception {one['exception_id']} is about no order")
    return one


def _done(asked: Asked, told: str) -> Response:
    """Lead back to the exception: what was done closes it, or the next run does."""
    return asked.go(f"/exceptions/{asked.path['number']}", told=told)


def cross_reference(asked: Asked) -> Response:
    """Note what a partner calls an item of ours; everything that waited for it goes on."""
    one = _of_order(asked)
    qualifier, _, code = asked.text("code").partition(" ")
    item = asked.text("item")
    cured = refer(
        asked.step(), one["partner"], qualifier, code, item, actor=asked.actor, reason=asked.reason
    )
    told = f"{one['partner']} means {item} by {qualifier} {code}; {_went_on(cured)}."
    return _done(asked, told)


def unit(asked: Asked) -> Response:
    """Note how many base units a unit of an item holds."""
    _of_order(asked)
    item, name, units = asked.text("item"), asked.text("unit"), _units(asked)
    cured = count_unit(asked.step(), item, name, units, actor=asked.actor, reason=asked.reason)
    return _done(asked, f"One {name} of {item} is {units}; {_went_on(cured)}.")


def _went_on(count: int) -> str:
    return {
        0: "what waited for it is held for something else now",
        1: "1 line that waited goes on",
    }.get(count, f"{count} lines that waited go on")


def _units(asked: Asked) -> int:
    units = asked.number("units")
    if not units or units > MAX_QUANTITY:
        raise Refused("Say how many base units, from 1 on.")
    return units


def release(asked: Asked) -> Response:
    """Release the hold an exception stands for."""
    one = _of_order(asked)
    kinds = (one["kind"],)
    acts.release_holds(
        asked.step(), one["order"], kinds=kinds, actor=asked.actor, reason=asked.reason
    )
    return _done(asked, f"{one['order']} is released; the next run goes on with it.")


def cancel(asked: Asked) -> Response:
    """Cancel the order, or the line, an exception is about."""
    one = _of_order(asked)
    line = one["buyer_line"] if asked.text("what") == "line" and one["buyer_line"] else None
    _, left = acts.cancel(
        asked.step(), one["order"], buyer_line=line, actor=asked.actor, reason=asked.reason
    )
    what = f"{one['order']} line {line}" if line else one["order"]
    told = f"{what} is cancelled."
    if left:
        units = counted(left, "unit is", "units are")
        told += f" {units} at a warehouse already; it is asked to stop what it can."
    return _done(asked, told)


def ship_to(asked: Asked) -> Response:
    """Say where an order goes."""
    one = _of_order(asked)
    code = asked.text("code")
    place = Party(
        role="ST",
        name=asked.text("name"),
        id_qualifier="92" if code else "",
        id_code=code,
        street=(asked.text("street"),) if asked.text("street") else (),
        city=asked.text("city"),
        state=asked.text("state").upper(),
        postal_code=asked.text("postal_code"),
        country=asked.text("country") or "US",
    )
    acts.ship_to(
        asked.step(),
        one["order"],
        place,
        number=asked.number("destination") or 1,
        actor=asked.actor,
        reason=asked.reason,
    )
    return _done(asked, f"{one['order']} has its ship-to; the next run goes on with it.")


def receive(asked: Asked) -> Response:
    """Book goods that arrived; who waits for them is offered them in the next run."""
    _about(asked)
    item, node = asked.text("item"), asked.text("node")
    acts.receive(asked.step(), item, node, _units(asked), actor=asked.actor, reason=asked.reason)
    return _done(asked, f"{item} is received at {node}; who waits for it gets it in the next run.")


def accept(asked: Asked) -> Response:
    """Book what the last count says, whatever documents say."""
    one = _about(asked)
    node, _, item = one["subject"].partition(" ")
    level = accept_count(asked.step(), item, node, actor=asked.actor, reason=asked.reason)
    return _done(asked, f"{node} has {level.on_hand} {item}, as counted.")


ROUTES = tuple(
    act(f"/exceptions/{{number}}/{name}", answer, role=Role.OPERATOR)
    for name, answer in (
        ("refer", cross_reference),
        ("unit", unit),
        ("release", release),
        ("cancel", cancel),
        ("ship-to", ship_to),
        ("receive", receive),
        ("accept-count", accept),
    )
)
