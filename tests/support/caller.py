"""A partner's program that asks the API, in this process."""

import itertools
from collections.abc import Iterable
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from oms_edi.domain.scope import Scope
from oms_edi.web import keys
from tests.support.portal import body_of
from tests.support.site import Site
from tests.support.visitor import asking

_NUMBERS = itertools.count(1)


class Program:
    """Asks with a key of its partner."""

    def __init__(
        self,
        site: Site,
        partner: str = "portal",
        *,
        scopes: Iterable[Scope] = tuple(Scope),
        per_minute: int = 100_000,
        client: TestClient | None = None,
    ) -> None:
        site.step().connection.close()
        made = keys.add(
            site.places.access,
            partner,
            "tests",
            scopes=scopes,
            per_minute=per_minute,
            days=30,
            by="test",
            now=site.now,
        )
        self.key_id, self.secret = made
        self.client = client or asking(site)

    def get(self, path: str, **headers: str) -> Response:
        """Ask for something."""
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, document: object, *, key: str = "", **headers: str) -> Response:
        """Send something; with a key of its own where none is given."""
        told = {"Idempotency-Key": key or f"k-{next(_NUMBERS)}", "Content-Type": "application/json"}
        return self.client.post(
            f"/api/v1{path}", content=body_of(document), headers=self._headers(told | headers)
        )

    def _headers(self, more: dict[str, str]) -> dict[str, Any]:
        return {"Authorization": f"Bearer {self.secret}"} | {
            name.replace("_", "-"): value for name, value in more.items()
        }
