"""What stands at the side of every page; an entry shows once its page is served."""

from typing import NamedTuple

from oms_edi.domain.role import Role


class Entry(NamedTuple):
    """A link at the side."""

    title: str
    path: str
    #: Whoever has less does not see it.
    role: Role = Role.VIEWER


NAVIGATION = (
    Entry("Today", "/"),
    Entry("Orders", "/orders"),
    Entry("New order", "/orders/new", Role.OPERATOR),
    Entry("Exceptions", "/exceptions"),
    Entry("Files", "/files"),
    Entry("Acknowledgments", "/acknowledgments"),
    Entry("Stock", "/stock"),
    Entry("Partners", "/partners"),
    Entry("Imports", "/imports"),
    Entry("Simulation", "/simulation"),
    Entry("Users", "/users", Role.ADMINISTRATOR),
    Entry("Health", "/health", Role.ADMINISTRATOR),
)


def current(path: str) -> str:
    """Return the path of the entry a page belongs to, "" for none: the longest that fits."""
    fitting = [
        entry.path
        for entry in NAVIGATION
        if path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))
    ]
    return max(fitting, key=len, default="")
