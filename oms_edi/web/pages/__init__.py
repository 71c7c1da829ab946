"""Every page: one module each, whose `ROUTES` stand here."""

from oms_edi.web.pages import today

ROUTES = (*today.ROUTES,)
