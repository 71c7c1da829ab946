"""Damaged inputs by the thousand; `make fuzz` takes a million."""

import pytest

from tests.support import fuzz


@pytest.mark.parametrize("seed", range(4))
def test_no_damaged_input_makes_anything_fail_or_loses_a_byte(seed: int) -> None:
    fuzz.run(5000, seed)
    assert fuzz.seeds()


def test_an_unaccounted_byte_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "scan", lambda stream, limits: iter(()))
    with pytest.raises(AssertionError, match="not accounted for"):
        fuzz.check(b"HELLO")
