"""The console of a small distributor: in the process for most tests, served for a browser."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from oms_edi.domain.role import Role
from oms_edi.web import passwords
from tests.support.browser import chromium
from tests.support.site import Site
from tests.support.visitor import PASSWORD, asking, logged_in, with_user


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as fast as it goes; what a real hash costs has a test of its own."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    passwords._nobodys.cache_clear()


@pytest.fixture
def client(site: Site) -> TestClient:
    """The console of `site` without users: it only reads."""
    return asking(site)


@pytest.fixture
def operator(site: Site) -> TestClient:
    """The console of `site` as maria, an operator, sees it."""
    with_user(site, "maria", Role.OPERATOR)
    return logged_in(site, "maria", PASSWORD)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker."""
    with chromium() as made:
        yield made
