"""Every page: one module each, whose `ROUTES` stand here."""

from oms_edi.web.pages import log_in, orders, today

ROUTES = (*today.ROUTES, *log_in.ROUTES, *orders.ROUTES)
