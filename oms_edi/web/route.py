"""A page or an act as it is declared: path, function, and the role it asks for.

There is no default role: a route without one cannot be written, and what is served without being
declared stops the start (`oms_edi.web.app`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.web.asked import Asked

Answer = Callable[[Asked], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRoute:
    """One entry of `ROUTES` of a module in `web/pages/`."""

    method: Literal["GET", "POST"]
    path: str
    answer: Answer
    role: Role


def page(path: str, answer: Answer, *, role: Role) -> PageRoute:
    """Declare what is shown: reads only."""
    return PageRoute(method="GET", path=path, answer=answer, role=role)


def act(path: str, answer: Answer, *, role: Role) -> PageRoute:
    """Declare what a form does; it answers with `Asked.go`, or shows the form with its faults."""
    return PageRoute(method="POST", path=path, answer=answer, role=role)
