"""What a person does about an order: the acts of the command line, as forms."""

from typing import Any, get_args

from starlette.responses import Response

from oms_edi.domain.counted import counted
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.party import Party
from oms_edi.domain.role import Role
from oms_edi.errors import Refused
from oms_edi.pipeline.delivery import send_again
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.shipping import hear_supplier
from oms_edi.pipeline.shipping import warehouse_said as warehouse
from oms_edi.store import order_facts
from oms_edi.web.asked import Asked
from oms_edi.web.route import act
from oms_edi.web.words import titled


def _reason(asked: Asked) -> str:
    """Return why it is done.

    Raises:
        Refused: nobody said.
    """
    reason = asked.text("reason")[:500]
    if not reason:
        raise Refused("say why, for the timeline")
    return reason


def _order(asked: Asked) -> str:
    return order_name(acts.find_order(asked.looking(), str(asked.path["order"])))


def _shipment(asked: Asked, order: str) -> str:
    """Return which shipment of the order it is about.

    Raises:
        Refused: it is one of another order, or none.
    """
    shipment = asked.text("shipment")
    if not shipment.startswith(f"{order}-"):
        raise Refused(f"{shipment or 'nothing'} is no shipment of {order}")
    return shipment


def _word(asked: Asked, words: tuple[Any, ...]) -> Any:
    """Return which of these words was said.

    Raises:
        Refused: none of them.
    """
    if asked.text("word") not in words:
        raise Refused(f"say whether it {' or '.join(words)}")
    return asked.text("word")


def release(asked: Asked) -> Response:
    """Release the holds of one kind, or all."""
    order = _order(asked)
    reason = _reason(asked)
    told = acts.release_holds(
        asked.step(), order, kinds=asked.texts("kind"), actor=asked.actor, reason=reason
    )
    return _done(
        asked, order, f"Released: {'; '.join(map(titled, told))}. A hold undoes it for now."
    )


def hold(asked: Asked) -> Response:
    """Hold an order or a line."""
    order, line = _order(asked), asked.text("line") or None
    acts.hold(asked.step(), order, buyer_line=line, actor=asked.actor, reason=_reason(asked))
    what = f"Line {line}" if line else order
    return _done(asked, order, f"{what} is held. Releasing it undoes that.")


def cancel(asked: Asked) -> Response:
    """Cancel an order or a line, as far as nothing left."""
    order, line = _order(asked), asked.text("line") or None
    _, left = acts.cancel(
        asked.step(), order, buyer_line=line, actor=asked.actor, reason=_reason(asked)
    )
    what = f"Line {line}" if line else order
    units = counted(left, "unit is", "units are")
    rest = f" {units} at a warehouse, which is asked to stop what it can." if left else ""
    return _done(asked, order, f"{what} is cancelled.{rest}")


def ship_to(asked: Asked) -> Response:
    """Say where an order goes."""
    order, reason = _order(asked), _reason(asked)
    code, street = asked.text("code"), asked.text("street")
    place = Party(
        role="ST",
        name=asked.text("name"),
        id_qualifier="92" if code else "",
        id_code=code,
        street=(street,) if street else (),
        city=asked.text("city"),
        state=asked.text("state").upper(),
        postal_code=asked.text("postal_code"),
        country="US",
    )
    number = asked.number("number") or 1
    acts.ship_to(asked.step(), order, place, number=number, actor=asked.actor, reason=reason)
    return _done(asked, order, f"{order} has its ship-to, and goes on with the next run.")


def warehouse_said(asked: Asked) -> Response:
    """Book what a warehouse said of what it was asked."""
    order, word = _order(asked), _word(asked, get_args(warehouse.Word))
    shipment, reason = _shipment(asked, order), _reason(asked)
    told = warehouse.warehouse_said(asked.step(), shipment, word, actor=asked.actor, reason=reason)
    return _done(asked, order, f"{shipment} {'; '.join(told)}.")


def supplier_said(asked: Asked) -> Response:
    """Book what a supplier said of what it owes."""
    order, word = _order(asked), _word(asked, get_args(hear_supplier.Word))
    shipment, reason = _shipment(asked, order), _reason(asked)
    told = hear_supplier.supplier_said(
        asked.step(), shipment, word, actor=asked.actor, reason=reason
    )
    return _done(asked, order, f"{shipment} {'; '.join(told)}.")


def send_document(asked: Asked) -> Response:
    """Send the file of a document once more, as it was or under new numbers."""
    order, reason = _order(asked), _reason(asked)
    found = order_facts.document(asked.connection, asked.numbered("document"))
    if found is None or found["direction"] != "out" or order_name(found["order_id"] or 0) != order:
        raise Refused(f"only what we sent of {order} can be sent again")
    again = send_again.reissue if asked.text("how") == "reissue" else send_again.resend
    name = again(
        asked.step(),
        found["partner"],
        found["file"],
        force=asked.text("force") == "yes",
        actor=asked.actor,
        reason=reason,
    )
    return _done(asked, order, f"{name} goes out with the next run. That cannot be undone.")


def _done(asked: Asked, order: str, told: str) -> Response:
    return asked.go(f"/orders/{order}", told=told)


ROUTES = (
    act("/orders/{order}/release", release, role=Role.OPERATOR),
    act("/orders/{order}/hold", hold, role=Role.OPERATOR),
    act("/orders/{order}/cancel", cancel, role=Role.OPERATOR),
    act("/orders/{order}/ship-to", ship_to, role=Role.OPERATOR),
    act("/orders/{order}/warehouse-said", warehouse_said, role=Role.OPERATOR),
    act("/orders/{order}/supplier-said", supplier_said, role=Role.OPERATOR),
    act("/orders/{order}/documents/{document}/send", send_document, role=Role.OPERATOR),
)
