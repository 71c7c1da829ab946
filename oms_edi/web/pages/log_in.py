"""Log in and out."""

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.store import access
from oms_edi.web import gate
from oms_edi.web import log_in as tries
from oms_edi.web.asked import Asked, local
from oms_edi.web.route import act, page


def show(asked: Asked) -> Response:
    """Show the form; who is logged in already goes on."""
    to = local(asked.text("to")) or "/"
    if asked.visitor.name:
        return asked.go(to)
    return asked.page("log_in.html", to=to, name="", fault="")


def log_in(asked: Asked) -> Response:
    """Judge name and password; a session begins under a token nobody had before."""
    to, name = local(asked.text("to")) or "/", asked.text("name")
    password = asked.form.get("password")
    if not asked.visitor.is_guarded:
        return asked.page("log_in.html", status=403, to=to, name=name, fault="nobody")
    with access.opened(asked.places.access) as connection:
        judged = tries.try_log_in(
            connection,
            name=name,
            password=password if isinstance(password, str) else "",
            address=gate.address_of(asked.request),
            now=asked.now,
        )
    if isinstance(judged, tries.LoggedIn):
        return asked.go(to, session=judged.token)
    if isinstance(judged, tries.Wait):
        return asked.page("log_in.html", status=429, to=to, name=name, fault=judged.until)
    return asked.page("log_in.html", status=401, to=to, name=name, fault="wrong")


def log_out(asked: Asked) -> Response:
    """End the session."""
    asked.site.gate.log_out(asked.request, asked.places, asked.now)
    response = asked.go("/log-in", told="You are logged out.")
    gate.forget(response)
    return response


ROUTES = (
    page("/log-in", show, role=Role.ANYBODY),
    act("/log-in", log_in, role=Role.ANYBODY),
    act("/log-out", log_out, role=Role.ANYBODY),
)
