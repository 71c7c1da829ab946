"""The benchmark of the console asks for all there is; a new page cannot be forgotten."""

from benchmarks.console_samples import Samples, Shown
from benchmarks.console_targets import targets, uncovered

SAMPLES = Samples(
    orders=["SO100001"],
    waiting=["SO100002", "SO100003"],
    documents=[("SO100001", 1)],
    exceptions=[1],
    files=[1],
    sent=[1],
    items=["IT-0001"],
    hot=("IT-0001", "DAL"),
    entries=[("2026-03-02T15:00:00Z", 1)],
    tracking=["1Z"],
    pos=["P1"],
    simulation=1,
)
SHOWN = Shown(key="key", session="session", links=["one"], all_of_it="all")


def test_every_page_and_call_is_measured() -> None:
    assert uncovered(targets(SAMPLES, SHOWN, "large", csrf="0")) == set()


def test_a_page_nobody_asks_for_is_named() -> None:
    asked = targets(SAMPLES, SHOWN, "large", csrf="0")
    assert uncovered([one for one in asked if "/links" not in one.name]) == {
        "GET /orders/{order}/links",
        "POST /api/v1/orders/{order}/links",
    }
