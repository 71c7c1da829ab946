"""Today: what needs a person, and how things stand."""

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.store.exception_list import Wanted, exceptions
from oms_edi.web.asked import Asked
from oms_edi.web.route import page


def today(asked: Asked) -> Response:
    """Show what needs a person."""
    found = exceptions(asked.connection, Wanted(limit=10), now=asked.now)
    return asked.page("today.html", exceptions=found)


ROUTES = (page("/", today, role=Role.VIEWER),)
