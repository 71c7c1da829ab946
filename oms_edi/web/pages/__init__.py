"""Every page: one module each, whose `ROUTES` stand here; and what of them takes long."""

from collections.abc import Callable

from oms_edi.store.exception_list import open_counts
from oms_edi.web.pages import (
    access,
    acknowledgments,
    cure,
    exceptions,
    files,
    health,
    imports,
    log_in,
    new_order,
    order,
    order_acts,
    orders,
    partners,
    simulation,
    stock,
    today,
    users,
)

ROUTES = (
    *today.ROUTES,
    *exceptions.ROUTES,
    *cure.ROUTES,
    *files.ROUTES,
    *acknowledgments.ROUTES,
    *partners.ROUTES,
    *access.ROUTES,
    *orders.ROUTES,
    *new_order.ROUTES,
    *order.ROUTES,
    *order_acts.ROUTES,
    *imports.ROUTES,
    *users.ROUTES,
    *health.ROUTES,
    *stock.ROUTES,
    *simulation.ROUTES,
    *log_in.ROUTES,
)

#: Figures of the whole book that pages show, under the names they keep them by.
FIGURES: dict[str, Callable[..., object]] = {
    "today": today.figures,
    "exceptions": open_counts,
    "partners": partners.figures,
}
