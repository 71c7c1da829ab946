"""Read how orders stand for their customers: the book's facts, a few queries for many orders."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.order import BookOrder
from oms_edi.domain.order_status import OrderStatus
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies.told_status import Facts, order_status
from oms_edi.store import orders, promises, status
from oms_edi.store.status import Going, Left

T = TypeVar("T", Going, Left)


def read_statuses(step: Step, order_ids: Sequence[int]) -> dict[int, tuple[BookOrder, OrderStatus]]:
    """Return each order with how it stands; orders of partners without a mapping are left out."""
    connection = step.connection
    book = orders.read_orders(connection, order_ids)
    going = _by_line(status.going(connection, order_ids))
    left = _by_line(status.left(connection, order_ids))
    promised = promises.certain(connection, order_ids)
    holds = status.open_holds(connection, order_ids)
    found = {}
    for order_id in order_ids:
        order = book[order_id]
        profile = step.partners.find(order.partner)
        if profile is None:
            continue
        facts = Facts(
            going=going, left=left, promised=promised, holds=_holds(holds.get(order_id, ()))
        )
        method = profile.orders.quantity_method
        found[order_id] = (order, order_status(order, facts, method=method))
    return found


def _by_line(rows: Iterable[T]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found


def _holds(rows: Iterable[tuple[int | None, str]]) -> dict[int | None, list[HoldKind]]:
    found: dict[int | None, list[HoldKind]] = {}
    for line_id, kind in rows:
        found.setdefault(line_id, []).append(HoldKind(kind))
    return found
