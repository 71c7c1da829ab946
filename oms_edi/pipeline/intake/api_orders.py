"""What a portal asks for by the API: place an order, change one, cancel one. Acts, as a person's.

An order goes the way of the portal's JSON files: same checks, holds and states. Its body is kept
as a file of the partner's, so that the book can be made again from what came.

The idempotency key is the identity of that file (`files.claim_id`), which the order book has once.
It is decided in the transaction of the order itself: whoever asks again, because the answer was
lost between commit and network, finds the order; nobody can have one without the other.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from oms_edi.channels import request_json
from oms_edi.channels.change_document import to_change
from oms_edi.channels.read_order import ReadOrder
from oms_edi.domain.change import OrderChange
from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.domain.message import Purpose
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.errors import InternalFault, KeyUsed, NotFound, NotThisDocument, Refused
from oms_edi.partners.documents import JsonSettings
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.apply_change import apply_change
from oms_edi.pipeline.changes.cancel import cancel_order
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.intake.ingest_orders import Reading, take_orders
from oms_edi.store import changes, files, orders, requests
from oms_edi.store.catalog import Catalog
from oms_edi.store.changes import NewChange
from oms_edi.store.timeline import add_event
from oms_edi.transports import folder

#: How the list of files calls a request.
ORDER, CHANGE, CANCEL = "order_api", "change_api", "cancel_api"
#: How the list of documents calls it.
_SET_ID = "API"


class Done(NamedTuple):
    """What became of a request."""

    order_id: int
    #: False if it was done before, or the order was in the book already.
    is_new: bool
    #: True if it was done before, under this key.
    is_replayed: bool
    #: The request as it is kept; 0 if nothing was to be done.
    file_id: int
    #: What asks for the same already, where nothing was to be done.
    change_id: int | None = None


class _Request(NamedTuple):
    """One request, as it is kept."""

    kind: str
    partner: str
    key: str
    data: bytes
    sha256: str

    @property
    def claim_id(self) -> str:
        """The same for the same key: no arrival of another kind has such a one."""
        return f"api:{self.partner}:{self.key}"


@act
def api_order(step: Step, path: Path, *, partner: str, key: str, actor: str) -> Done:
    """Take the order in `path` for a partner, once for each idempotency key.

    Raises:
        NotFound: no such customer.
        KeyUsed: the key stands for another request.
        NotThisDocument: it is no order; every fault is told and nothing was changed.
    """
    profile = _customer(step, partner)
    request = _request(ORDER, partner, key, path)
    known = _done_before(step, request)
    if known is not None:
        return _replayed(known)
    message, issues = request_json.read_order(
        request.data,
        profile.order_json or JsonSettings(),
        max_lines=step.config.intake.max_order_lines,
    )
    if message is None:
        raise NotThisDocument(issues)
    file_id = _keep(step, request)
    read = ReadOrder(
        po_number=message.po_number, message=message, place=f"request {key}", issues=tuple(issues)
    )
    reading = Reading(kind=ORDER, set_id=_SET_ID, channel="api", orders=[read], issues=())
    before = orders.orders_with_po(
        step.connection, profile.id, message.po_number, message.release_number
    )
    outcome = take_orders(step, reading, profile, file_id, copies=())
    order_id = files.order_of(step.connection, file_id)
    if outcome.state != "accepted" or order_id is None:
        raise InternalFault(outcome.reason)
    files.finish_file(
        step.connection, file_id, kind=ORDER, state=outcome.state, issues=outcome.issues
    )
    _tell(step, "order.entered", f"placed by {actor}, request {key}", order_id, file_id)
    is_new = order_id not in [one.order_id for one in before]
    return Done(order_id, is_new=is_new, is_replayed=False, file_id=file_id)


@act
def api_change(step: Step, path: Path, *, order: str, partner: str, key: str, actor: str) -> Done:
    """Change an order of this partner as `path` says, once for each idempotency key.

    Raises:
        NotFound: this partner has no such order.
        KeyUsed: the key stands for another request.
        NotThisDocument: it is no change, or not one of this order.
        Refused: nothing of the order can be changed any more.
    """
    profile = _customer(step, partner)
    found = _own_order(step, order, partner)
    request = _request(CHANGE, partner, key, path)
    known = _done_before(step, request, of=found.order_id)
    if known is not None:
        return _replayed(known)
    document, issues = request_json.read_change(
        request.data, max_lines=step.config.intake.max_order_lines
    )
    if document is None:
        raise NotThisDocument(issues)
    change, issues = to_change(
        document,
        profile.order_json or JsonSettings(),
        po_number=found.po_number,
        release_number=found.release_number,
        live=[line.buyer_line for line in found.lines if _live(line)],
        locate=request_json.locate,
    )
    if issues:
        raise NotThisDocument(issues)
    if not any(_left(line) for line in found.lines):
        raise Refused(f"nothing of {order_name(found.order_id)} can be changed any more")
    file_id = _file(step, request, found)
    change_id = _put(step, found, change, file_id)
    stored = changes.read_change(step.connection, change_id)
    apply_change(step, Catalog(step.connection), stored, found.order_id, profile)
    _tell(step, "change.entered", f"asked by {actor}, request {key}", found.order_id, file_id)
    return Done(found.order_id, is_new=True, is_replayed=False, file_id=file_id)


@act
def api_cancel(step: Step, path: Path, *, order: str, partner: str, key: str, actor: str) -> Done:
    """Cancel an order of this partner, or the lines `path` names, once for each idempotency key.

    Where warehouses are asked to stop all of it already nothing is done, and the key stays free.

    Raises:
        NotFound: this partner has no such order.
        KeyUsed: the key stands for another request.
        NotThisDocument: it is no cancel, or names a line the order has not.
        Refused: nothing of it can be cancelled any more.
    """
    _customer(step, partner)
    found = _own_order(step, order, partner)
    request = _request(CANCEL, partner, key, path)
    known = _done_before(step, request, of=found.order_id)
    if known is not None:
        return _replayed(known)
    document, issues = request_json.read_cancel(request.data)
    if document is None:
        raise NotThisDocument(issues)
    numbers = {line.buyer_line for line in found.lines}
    unknown = [n for n, line in enumerate(document.lines) if line not in numbers]
    if unknown:
        raise NotThisDocument([request_json.no_such_line(number) for number in unknown])
    lines = [
        line for line in found.lines if not document.lines or line.buyer_line in document.lines
    ]
    if not any(_left(line) for line in lines):
        raise Refused(f"nothing of that can be cancelled any more of {order_name(found.order_id)}")
    asked = _asked_already(step, found, lines)
    if asked is not None:
        return Done(found.order_id, is_new=False, is_replayed=False, file_id=0, change_id=asked)
    file_id = _file(step, request, found)
    change = OrderChange(
        purpose=Purpose.CANCEL, po_number=found.po_number, release_number=found.release_number
    )
    cancel_order(
        step,
        found.order_id,
        source="api",
        actor="partner",
        reason=document.reason or "cancelled by the buyer",
        line_ids={line.line_id for line in lines} if document.lines else None,
        change_id=_put(step, found, change, file_id),
    )
    _tell(step, "change.entered", f"asked by {actor}, request {key}", found.order_id, file_id)
    return Done(found.order_id, is_new=True, is_replayed=False, file_id=file_id)


def _own_order(step: Step, name: str, partner: str) -> BookOrder:
    """Return an order by our number if it is this partner's.

    Raises:
        NotFound: there is none, or it is somebody else's, which is the same to everybody else.
    """
    order_id = parse_order_name(name)
    if (
        order_id is None
        or order_name(order_id) != name
        or not orders.exists(step.connection, order_id)
        or orders.partner_of(step.connection, order_id) != partner
    ):
        raise NotFound("there is no such order")
    return orders.read_order(step.connection, order_id)


def _customer(step: Step, partner: str) -> PartnerProfile:
    profile = step.partners.find(partner)
    if profile is None or profile.role != "customer":
        raise NotFound(f"no customer {partner}")
    return profile


def _request(kind: str, partner: str, key: str, path: Path) -> _Request:
    data = path.read_bytes()
    return _Request(kind, partner, key, data, hashlib.sha256(data).hexdigest())


def _replayed(known: files.TakenRequest) -> Done:
    return Done(known.order_id, is_new=False, is_replayed=True, file_id=known.file_id)


def _done_before(
    step: Step, request: _Request, *, of: int | None = None
) -> files.TakenRequest | None:
    """Return what was done under this key, None if nothing was.

    Raises:
        KeyUsed: it was another request.
    """
    before = files.request_taken(step.connection, request.claim_id)
    if before is None:
        return None
    is_same = before.kind == request.kind and before.sha256 == request.sha256
    if not is_same or of not in (None, before.order_id):
        raise KeyUsed()
    return before


def _keep(step: Step, request: _Request) -> int:
    """Keep the body of a request as a file of the partner's."""
    folder.archive_bytes(request.data, step.places.archive)
    file = files.NewFile(
        claim_id=request.claim_id,
        partner=request.partner,
        name=request.key,
        size_bytes=len(request.data),
        sha256=request.sha256,
    )
    return files.put_file(step.connection, file, at=step.at)


def _file(step: Step, request: _Request, order: BookOrder) -> int:
    """Keep a request about an order the book has."""
    file_id = _keep(step, request)
    document = files.InDocument(
        set_id=_SET_ID,
        partner=order.partner,
        isa_control="",
        gs_control="",
        st_control=order.po_number,
        file_id=file_id,
        start_byte=0,
        size_bytes=len(request.data),
        sha256=request.sha256,
        verdict="A",
        order_id=order.order_id,
    )
    files.put_document(step.connection, document, at=step.at)
    files.finish_file(step.connection, file_id, kind=request.kind, state="accepted")
    return file_id


def _put(step: Step, order: BookOrder, change: OrderChange, file_id: int) -> int:
    new = NewChange(
        partner=order.partner,
        order_id=order.order_id,
        source="api",
        change=change,
        file_id=file_id,
        answer_due=True,
    )
    return changes.put_change(step.connection, new, at=step.at)


def _live(line: BookLine) -> bool:
    return line.quantities.cancelled < line.quantities.ordered


def _left(line: BookLine) -> int:
    """Return the units of a line that neither shipped nor were cancelled."""
    q = line.quantities
    return q.ordered - q.cancelled - q.shipped


def _asked_already(step: Step, order: BookOrder, lines: Sequence[BookLine]) -> int | None:
    """Return the newest change by which all that is left of these lines is to be stopped."""
    asked = requests.stopping_lines(step.connection, order.order_id)
    if any(_left(line) > asked.get(line.line_id, 0) for line in lines):
        return None
    return requests.stopping_change(step.connection, [line.line_id for line in lines])


def _tell(step: Step, name: str, text: str, order_id: int, file_id: int) -> None:
    add_event(
        step.connection,
        name,
        text,
        at=step.at,
        actor="partner",
        order_id=order_id,
        file_id=file_id,
    )
