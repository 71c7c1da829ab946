"""What the journal is given: every line with its priority, and nothing else changed."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Literal

import pytest

from oms_edi.log import configure


@pytest.fixture
def stderr(tmp_path: Path) -> Iterator[Path]:
    """Where log lines go; the loggers of before are put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    path = tmp_path / "stderr"
    path.touch()
    yield path
    root.handlers[:] = handlers
    root.setLevel(level)


def told(style: Literal["text", "json"], path: Path) -> list[str]:
    with open(path, "w") as stream, redirect_stderr(stream):
        configure(style, level=logging.INFO)
        log = logging.getLogger("oms_edi.test")
        log.info("file.taken partner=%s", "acme")
        log.warning("delivery.failed")
        try:
            raise ValueError("two\nlines")
        except ValueError:
            log.exception("set.failed")
    return path.read_text().splitlines()


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_journal_gets_the_priority_of_every_line(
    stderr: Path, monkeypatch: pytest.MonkeyPatch, style: Literal["text", "json"]
) -> None:
    status = os.stat(stderr)
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
    lines = told(style, stderr)
    assert [line[:3] for line in lines[:3]] == ["<6>", "<4>", "<3>"]
    assert {line[:3] for line in lines[2:]} == {"<3>"}
    if style == "json":
        levels = [json.loads(line[3:])["level"] for line in lines]
        assert levels == ["info", "warning", "error"]


def test_a_terminal_or_a_file_gets_none(stderr: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")  # inherited from somebody whose stderr it is
    assert told("text", stderr)[0] == "INFO file.taken partner=acme"


def test_what_a_stranger_wrote_steers_no_terminal(stderr: Path) -> None:
    with open(stderr, "w") as stream, redirect_stderr(stream):
        configure("text", level=logging.INFO)
        logging.getLogger("oms_edi.test").error("page.failed path=%s", "/\x1b[2J\x1b]0;x\x07\x9b")
    assert stderr.read_text() == "ERROR page.failed path=/\\x1b[2J\\x1b]0;x\\x07\\x9b\n"
