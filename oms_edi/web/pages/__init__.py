"""Every page: one module each, whose `ROUTES` stand here."""

from oms_edi.web.pages import (
    access,
    acknowledgments,
    cure,
    exceptions,
    files,
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
    *stock.ROUTES,
    *simulation.ROUTES,
    *log_in.ROUTES,
)
