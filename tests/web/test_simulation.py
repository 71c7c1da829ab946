"""Simulation from the console: in the background, beside what was, and never two at a time."""

import errno
import json
import os
import re
import time
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from oms_edi.domain.role import Role
from oms_edi.errors import Refused
from oms_edi.web import simulations
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site
from tests.support.visitor import logged_in, send, with_user

_DONE_S = 60


def text_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    text = re.sub(r"<[^>]+>", " ", answer.text.partition('<div class="page">')[2])
    return " ".join(unescape(text).split())


@pytest.fixture
def admin(site: Site) -> TestClient:
    with_user(site, "root", Role.ADMINISTRATOR)
    return logged_in(site, "root")


def test_another_configuration_is_tried_and_stands_beside_what_was(
    admin: TestClient, site: Site
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*110*EA*4.00**VN*A1")))
    other = CONFIG.replace("routing:\n", "routing:\n  max_shipments: 1\n")
    answer = send(admin, "/simulation", on="/simulation", name="one truck", text=other)
    assert answer.headers["location"] == "/simulation/1"
    assert "one truck" in text_of(admin, "/simulation")
    until = time.monotonic() + _DONE_S
    while simulations.run_of(site.places, 1, now=site.now).state == "running":
        assert time.monotonic() < until
        time.sleep(0.1)
    text = text_of(admin, "/simulation/1")
    assert "Shipments 2 1 -1" in text, text
    assert "Units waiting 0 10 +10" in text
    assert "buyer 110 110 100 -10" in text
    assert "buyer PO PO1 line 1 A1" in text
    result = site.places.var / "simulations/1/shown.json"
    (site.places.var / "simulations/2").mkdir()
    for name in ("about.json", "shown.json"):
        copy = json.loads((result.parent / name).read_text())
        copy |= {"number": 2, "name": "the same"} if name == "about.json" else {}
        (site.places.var / "simulations/2" / name).write_text(json.dumps(copy))
    assert "Shipments 2 1 -1 1 -1" in text_of(admin, "/simulation/1?beside=2")
    assert site.order()["lines"][0]["nodes"] == ["DAL", "RNO"]


def test_a_wrong_configuration_is_told_and_nothing_is_started(
    admin: TestClient, site: Site
) -> None:
    answer = send(admin, "/simulation", on="/simulation", name="x", text="nonsense: {a: 1}\n")
    assert answer.status_code == 422
    assert "nonsense" in unescape(answer.text)
    assert simulations.runs(site.places, now=site.now) == []


def test_one_runs_at_a_time_and_one_that_ended_early_failed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations, "_start", lambda *_: os.getpid())
    monkeypatch.setattr(simulations, "_is_alive", lambda pid: pid == os.getpid())

    def start() -> int:
        return simulations.start(
            site.places,
            config_path=site.root / "config.yaml",
            mappings=site.root / "mappings",
            text=CONFIG,
            name="x",
            by="ann",
            now=site.now,
        )

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert start() == 1
    with pytest.raises(Refused, match="one at a time"):
        start()
    monkeypatch.setattr(simulations, "_is_alive", lambda pid: False)
    said: Path = site.places.var / "simulations/1/said.txt"
    said.write_text("replayed 10\rreplayed 20\nError: it is wrong\n")
    run = simulations.run_of(site.places, 1, now=site.now)
    assert (run.state, run.told) == ("failed", "Error: it is wrong")
    for number in range(2, 25):
        assert start() == number
    kept = [run.number for run in simulations.runs(site.places, now=site.now)]
    assert kept == list(range(24, 4, -1))
    (site.places.var / "simulations/25").mkdir()  # one that was ended before it began
    assert start() == 26
    monkeypatch.setattr(simulations, "_start", full)
    with pytest.raises(Refused, match="No space left"):
        start()
    assert not (site.places.var / "simulations/27").exists()


def test_settings_are_tried_by_administrators_only(operator: TestClient, site: Site) -> None:
    assert "gs1_prefix" not in operator.get("/simulation").text
    answer = send(operator, "/simulation", on="/orders", name="x", text=CONFIG)
    assert answer.status_code == 403
    assert operator.get("/simulation/1").status_code == 404
