"""Figures that take long are shown as of some seconds ago, and made again beside the pages."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

import pytest

from oms_edi.errors import NotFound
from oms_edi.web import kept, warm
from oms_edi.web.books import Books
from oms_edi.web.kept import Kept
from oms_edi.web.pages import FIGURES
from tests.support.site import Site
from tests.support.visitor import asking


class Figure:
    """Counts how often it is made; as long as it may not end, it is being made."""

    def __init__(self) -> None:
        self.made = self.let_go = 0
        self.may_end = threading.Event()
        self.may_end.set()

    def make(self) -> int:
        assert self.may_end.wait(5)
        self.made += 1
        return self.made

    def end(self) -> None:
        self.let_go += 1


@pytest.fixture
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a figure takes is long."""
    monkeypatch.setattr(kept, "_QUICK_S", -1.0)


def until(figure: Figure, let_go: int) -> None:
    deadline = time.monotonic() + 5
    while figure.let_go < let_go:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_quick_is_made_for_each_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_QUICK_S", 60.0)
    figure, figures = Figure(), Kept()
    assert [figures.get("a", figure.make, let_go=figure.end) for _ in range(3)] == [1, 2, 3]


@pytest.mark.usefixtures("_slow")
def test_what_is_slow_is_made_again_in_the_background_when_it_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figure, figures = Figure(), Kept()
    assert [figures.get("a", figure.make, let_go=figure.end) for _ in range(3)] == [1, 1, 1]
    monkeypatch.setattr(kept, "_FRESH_S", 0.0)
    monkeypatch.setattr(kept, "_SHARE", 0)
    figure.may_end.clear()
    assert figures.get("a", figure.make, let_go=figure.end) == 1
    figure.may_end.set()
    until(figure, 1)
    monkeypatch.setattr(kept, "_FRESH_S", 60.0)
    assert figures.get("a", figure.make, let_go=figure.end) == 2


@pytest.mark.usefixtures("_slow")
def test_a_figure_that_takes_long_is_made_the_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, figures = Figure(), Kept()
    monkeypatch.setattr(kept, "_FRESH_S", 0.0)
    monkeypatch.setattr(kept, "_SHARE", 10**9)
    assert [figures.get("a", figure.make, let_go=figure.end) for _ in range(3)] == [1, 1, 1]
    time.sleep(0.05)
    assert figure.made == 1


@pytest.mark.usefixtures("_slow")
def test_a_figure_that_cannot_be_made_again_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    figure, figures = Figure(), Kept()
    figures.get("a", figure.make, let_go=figure.end)
    monkeypatch.setattr(kept, "_FRESH_S", 0.0)
    monkeypatch.setattr(kept, "_SHARE", 0)

    def fail() -> int:
        raise OSError("the disk is gone")

    assert figures.get("a", fail, let_go=figure.end) == 1
    until(figure, 1)
    assert "figures.not_made name=a reason=the disk is gone" in caplog.text
    assert figures.get("a", figure.make, let_go=figure.end) == 1


@pytest.mark.usefixtures("_slow")
def test_who_comes_while_a_figure_is_made_the_first_time_waits_for_it() -> None:
    figure, figures = Figure(), Kept()
    figure.may_end.clear()
    shown: list[int] = []

    def look() -> None:
        shown.append(figures.get("a", figure.make, let_go=figure.end))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    figure.may_end.set()
    for thread in threads:
        thread.join()
    assert (shown, figure.made) == ([1, 1, 1, 1], 1)


@pytest.mark.usefixtures("_slow")
def test_figures_of_the_whole_book_are_made_as_the_console_starts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gc.freeze", lambda: None)
    made: set[str] = set()
    make = Kept._make

    def noted(self: Kept, name: str, how: Callable[[], object]) -> object:
        made.add(name)
        return make(self, name, how)

    monkeypatch.setattr(Kept, "_make", noted)
    with asking(site) as client:
        deadline = time.monotonic() + 10
        while made < FIGURES.keys():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        made.clear()
        for path in ("/", "/exceptions", "/partners"):
            assert client.get(path).status_code == 200
    assert made <= {"owners"}


@pytest.mark.usefixtures("_slow")
def test_figures_nobody_looks_at_do_not_grow_old_until_the_console_ends(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr(kept, "_FRESH_S", 0.0)
    monkeypatch.setattr(kept, "_SHARE", 0)
    monkeypatch.setattr(warm, "_IDLE_S", 0.02)
    made = Counter[str]()
    make = Kept._make

    def noted(self: Kept, name: str, how: Callable[[], object]) -> object:
        made[name] += 1
        return make(self, name, how)

    monkeypatch.setattr(Kept, "_make", noted)
    site.run()
    others = threading.enumerate()
    with asking(site):
        (looking,) = [t for t in threading.enumerate() if t.name == "warm" and t not in others]
        deadline = time.monotonic() + 10
        while any(made[name] < 3 for name in FIGURES):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    looking.join(timeout=5)
    assert not looking.is_alive()


def test_why_nothing_can_be_counted_is_said_once_until_that_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr(warm, "_IDLE_S", 0.01)
    caplog.set_level(logging.INFO, warm.__name__)
    fault, looks = "no order book yet", Counter[str]()
    reading = Books.reading

    def noted(self: Books, path: Path) -> Connection:
        looks[fault] += 1
        if fault:
            raise NotFound(fault)
        return reading(self, path)

    monkeypatch.setattr(Books, "reading", noted)
    with asking(site):
        for fault in ("no order book yet", "", "another version", "no order book yet"):
            enough, deadline = looks[fault] + 5 * len(FIGURES), time.monotonic() + 10
            while looks[fault] < enough:
                assert time.monotonic() < deadline
                time.sleep(0.01)
    said = [one.getMessage().removeprefix("web.not_warm reason=") for one in caplog.records]
    assert said == ["no order book yet", "another version", "no order book yet"]
