"""What a customer's server is told is what the OpenAPI document says it is."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema_rs import Draft202012Validator

from oms_edi.cli.main import cli
from oms_edi.errors import EndpointGone, NotBefore, OmsError, TransientError
from oms_edi.transports.call import post
from oms_edi.transports.webhook import signature
from tests.support.caller import Program
from tests.support.command import COMMAND
from tests.support.mailbox import Calls, http
from tests.support.portal import cancel, order, place
from tests.support.site import MAPPINGS, Site

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())


def faults_of(schema: Any, value: object) -> list[str]:
    """Return where a value is not what a schema of the document says."""
    whole = {"components": DOCUMENT["components"], **schema}
    found = Draft202012Validator(whole, validate_formats=True).iter_errors(value)
    return [f"{one.instance_path}: {one.message}" for one in found]


def faults_of_call(headers: dict[str, str], body: bytes) -> list[str]:
    """Return where a call that came is not what the document says."""
    told = json.loads(body)
    call = DOCUMENT["webhooks"][told["type"]]["post"]
    found = faults_of(call["requestBody"]["content"]["application/json"]["schema"], told)
    schemas = {one["name"]: one["schema"] for one in call["parameters"]}
    sent = {name: value for name, value in headers.items() if name.startswith("X-OMS-")}
    found += [f"header {name}" for name in sorted(sent.keys() ^ schemas.keys())]
    for name, value in sent.items():
        if name not in schemas:
            continue
        is_number = schemas[name]["type"] == "integer"
        found += faults_of(schemas[name], int(value) if is_number else value)
    return found


def follow(site: Site, port: int) -> None:
    """Have the portal's server hear of its orders."""
    site.keep_secret("portal-hook", "a key both have")
    told = "orders:\n  status: {when: change, send: [webhook]}\n"
    hook = f"url: 'http://127.0.0.1:{port}/', secret_credential: portal-hook, private: true"
    text = MAPPINGS["portal"].replace("orders:\n", told)
    site.configure("portal", f"{text}webhook: {{{hook}}}\n")


@pytest.fixture
def calls(site: Site) -> Calls:
    """What the portal's server heard of orders that stand in every way, and of a try."""
    found = Calls()
    with http(found) as port:
        follow(site, port)
        place(site, order(ordered_on="2026-03-01"))
        for number, item in enumerate(("C3", "NOBODY"), start=2):
            lines = [{"line": "1", "item": item, "quantity": 99, "description": "'<\u00e9>\""}]
            place(site, order(f"WEB-{number}", lines=lines), key=f"k-{number}")
        site.run()
        cancel(site, {}, name="SO100003")
        site.ship("wh")
        config = str(site.root / "config.yaml")
        tried = CliRunner().invoke(cli, ["--config", config, "webhook", "test", "portal"])
        assert tried.exit_code == 0, tried.output
    return found


def test_every_event_is_what_the_reference_says(site: Site, calls: Calls) -> None:
    assert {body["type"] for body in calls.bodies} == DOCUMENT["webhooks"].keys()
    parts = [
        part
        for body in calls.bodies
        for line in body.get("order", {"lines": []})["lines"]
        for part in line["parts"]
    ]
    assert {part["code"] for part in parts} == {"PS", "BO", "PH", "SH", "CU"}
    assert any(part["tracking"] for part in parts)
    assert [faults_of_call(headers, body) for headers, body in calls.got] == [[]] * len(calls.got)
    (hook,) = Program(site).get("/webhooks").json()["webhooks"]
    assert {*hook["events"], "test"} == DOCUMENT["webhooks"].keys()


def test_what_the_daemon_tells_a_server_is_what_the_reference_says(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        follow(site, port)
        place(site, order())
        config = str(site.root / "config.yaml")
        command = [str(COMMAND), "--config", config, "run"]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as daemon:
            try:
                deadline = time.monotonic() + 30
                while not calls.got and daemon.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.02)
                daemon.terminate()
                _, log = daemon.communicate(timeout=30)
            finally:
                daemon.kill()
        assert daemon.returncode == 0, log.decode()
    headers, body = calls.got[0]
    assert faults_of_call(headers, body) == []
    made = signature("a key both have", headers["X-OMS-Timestamp"], body)
    assert headers["X-OMS-Signature"] == f"sha256={made}"


def test_an_event_or_header_the_reference_does_not_know_is_found(calls: Calls) -> None:
    headers, body = next(one for one in calls.got if b'"order.status"' in one[1])
    told = json.loads(body)
    more = {**told, "order": {**told["order"], "node": "DAL"}}
    less = {**told, "order": {k: v for k, v in told["order"].items() if k != "po_number"}}
    odd = {**told, "order": {**told["order"], "ordered_on": "yesterday"}}
    for other in (more, less, odd):
        (found,) = faults_of_call(headers, json.dumps(other).encode())
        assert "order" in found
    assert len(faults_of_call({**headers, "X-OMS-Signature": "sha256=none"}, body)) == 1
    assert faults_of_call({**headers, "X-OMS-More": "1"}, body) == ["header X-OMS-More"]
    del headers["X-OMS-Signature"]
    assert faults_of_call(headers, body) == ["header X-OMS-Signature"]


def test_each_answer_the_reference_names_is_heeded() -> None:
    named = DOCUMENT["webhooks"]["order.status"]["post"]["responses"]
    means = {"204": None, "410": EndpointGone, "429": NotBefore, "503": NotBefore}
    assert named.keys() == {*means, "default"}
    asked = [*means, "500"]
    found: dict[str, type[Exception] | None] = {}
    answers = Calls(first=tuple(map(int, asked)), headers={"Retry-After": "120"})
    with http(answers) as port:
        url = f"http://127.0.0.1:{port}/"
        for status in asked:
            try:
                post(url, b"{}", {}, ca_file="", timeout_s=2, is_private_allowed=True)
                found[status] = None
            except OmsError as error:
                found[status] = type(error)
    assert found == {**means, "500": TransientError}
