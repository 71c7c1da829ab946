"""Every page: one module each, whose `ROUTES` stand here."""

from oms_edi.web.pages import log_in, order, order_acts, orders, today

ROUTES = (
    *today.ROUTES,
    *log_in.ROUTES,
    *orders.ROUTES,
    *order.ROUTES,
    *order_acts.ROUTES,
)
