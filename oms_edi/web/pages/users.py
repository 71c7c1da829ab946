"""Users: who may log in, who is, and what was tried; for administrators alone."""

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.errors import Refused
from oms_edi.store import access, sessions
from oms_edi.web import users as acts
from oms_edi.web.asked import PAGE_ROWS, Asked
from oms_edi.web.route import act, page


def show(asked: Asked) -> Response:
    """Show users, sessions, and the log."""
    with access.opened(asked.places.access) as connection:
        return asked.page(
            "users.html",
            users=access.users(connection),
            sessions=sessions.sessions(connection, limit=PAGE_ROWS),
            entries=access.entries(connection, limit=PAGE_ROWS * 2),
        )


def lock(asked: Asked) -> Response:
    """Lock a user out, or let them in again."""
    name = str(asked.path["user"]).strip().casefold()
    if name == asked.actor:
        raise Refused("You would lock yourself out; ask another administrator.")
    is_locked = asked.text("do") == "lock"
    acts.set_locked(asked.places.access, name, is_locked, by=asked.actor, now=asked.now)
    told = "is locked out" if is_locked else "may log in again"
    return asked.go("/users", told=f"{name} {told}.")


ROUTES = (
    page("/users", show, role=Role.ADMINISTRATOR),
    act("/users/{user}/lock", lock, role=Role.ADMINISTRATOR),
)
