"""What every test shares; the order book of every test must verify, and replay, at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A small distributor; whatever a test did, its book verifies and can be made again."""
    made = Site(tmp_path / "site")
    yield made
    if not made.is_broken:
        assert made.divergences() == []
        if not made.is_touched:
            again = made.replayed()
            assert (again.astray, again.difference) == ("", None)
