"""The list of orders: views, filters and a search that are all links."""

from sqlite3 import Connection

from starlette.responses import Response

from oms_edi.domain.lifecycle import Status, order_name
from oms_edi.domain.role import Role
from oms_edi.errors import Refused
from oms_edi.store import access, views
from oms_edi.store.order_page import COUNTED, count_status, order_page, pick
from oms_edi.store.queries import Row
from oms_edi.store.search import find
from oms_edi.store.views import SavedView
from oms_edi.web.asked import PAGE_ROWS, Asked
from oms_edi.web.order_filters import AGES, VIEWS, Filters
from oms_edi.web.quantities import bar, units_told
from oms_edi.web.route import act, page


def orders(asked: Asked) -> Response:
    """Show a page of the orders asked for."""
    filters = Filters.of(asked)
    index = asked.site.finder.index(asked.connection, asked.places.database)
    before = asked.number("before")
    customers = {one.id: one.name for one in asked.partners if one.role == "customer"}
    if filters.q:
        found, rest, named = _search(asked, index, filters, customers, before)
        if named is not None and before is None:
            return asked.go(f"/orders/{order_name(named)}")
    else:
        wanted = filters.wanted(asked.now)
        found, rest = order_page(asked.connection, index, wanted, before=before, limit=PAGE_ROWS)
    for order in found:
        order["bar"], order["units"] = bar(order), units_told(order)
    return asked.page(
        "orders.html",
        orders=found,
        rest=rest,
        is_first=before is None,
        filters=filters,
        views=[(view, view.filters == filters, _count(index, view.filters)) for view in VIEWS],
        saved=_saved(asked),
        customers=customers,
        statuses=[status.value for status in Status],
        nodes=asked.config.nodes,
        ages=AGES,
        is_whole=asked.site.finder.is_whole(index),
    )


def _search(
    asked: Asked, index: Connection, filters: Filters, customers: dict[str, str], before: int | None
) -> tuple[list[Row], int | None, int | None]:
    """Return orders that fit, where the next begin, and the one a number names, if it is one."""
    book = asked.connection
    found = find(book, index, filters.q, partners=customers, before=before, limit=PAGE_ROWS + 1)
    wanted = filters.wanted(asked.now)
    by_words = [order_id for order_id in found.by_words if order_id not in found.by_number]
    shown = [*found.by_number, *by_words[:PAGE_ROWS]]
    rest = found.by_words[PAGE_ROWS - 1] if len(found.by_words) > PAGE_ROWS else None
    is_one = len(shown) == 1 and bool(found.by_number) and filters == Filters(q=filters.q)
    return pick(book, shown, wanted), rest, shown[0] if is_one else None


def _count(index: Connection, filters: Filters) -> str:
    """Return how many orders a view of one status has, "" for others."""
    if not filters.status:
        return ""
    count = count_status(index, filters.status)
    return f"{COUNTED - 1:,}+" if count >= COUNTED else f"{count}"


def _saved(asked: Asked) -> list[SavedView]:
    """Return the views of who looks."""
    if not asked.visitor.name:
        return []
    with access.opened(asked.places.access) as connection:
        return views.views(connection, asked.visitor.name)


def keep(asked: Asked) -> Response:
    """Keep a view under a name, or forget it."""
    link, name = Filters.of(asked).link(), asked.text("name")[:40]
    if not asked.visitor.name:
        text = "Views are kept for who is logged in."
        return asked.page("fault.html", status=403, title="Not for you", text=text)
    if not name:
        raise Refused("say what the view is called")
    with access.opened(asked.places.access) as connection, access.changed(connection):
        if asked.text("do") == "forget":
            views.drop_view(connection, asked.visitor.name, name)
            return asked.go("/orders", told=f"{name} is forgotten.")
        views.put_view(connection, asked.visitor.name, SavedView(name, link))
    return asked.go(link, told=f"{name} is kept among your views.")


ROUTES = (
    page("/orders", orders, role=Role.VIEWER),
    act("/orders", keep, role=Role.VIEWER),
)
