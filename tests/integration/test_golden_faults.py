"""Every exception no file brings about: what is wrong, and what `oms-edi exceptions` says of it.

A case is a folder `tests/golden_faults/<kind>/`: `fault.yaml` says in words what is wrong, names
the fault (`tests/support/faults.py`), and how often it is `run` while it is wrong, how many
hours apart; `before/<partner>/` holds files of the time before, `in/<partner>/` those that come
then. `says.txt` is what is open, and, once it was put right, what is open and what is over. One
process lives through all of it. A new folder is a new test; OMS_EDI_BLESS=1 writes `says.txt`, for
a person to read before it is committed.
"""

import os
import re
import shutil
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from oms_edi.cli.main import cli
from oms_edi.pipeline.delivery import calls, visits
from oms_edi.pipeline.run import Runner, owner
from tests.support.faults import FAULTS
from tests.support.site import Site

ROOT = Path(__file__).parents[2]
CASES = sorted(path.parent for path in (ROOT / "tests/golden_faults").glob("*/fault.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_person_hears_what_is_wrong_until_it_is_put_right(
    case: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = yaml.safe_load((case / "fault.yaml").read_text())
    ((name, arguments),) = story["fault"].items()
    for module in (visits, calls):  # what waits for hours does so by the clock of the site
        monkeypatch.setattr(module, "time", clock_of(site))
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        drop(case / "before", site)
        again(runner, site)
        fault = FAULTS[name](site, **arguments)
        next(fault)
        drop(case / "in", site)
        for _ in range(story.get("runs", 1)):
            site.now += timedelta(hours=story.get("hours", 0))
            again(runner, site)
        page = [f"Wrong: {story['wrong']}.", *asked(site)]
        next(fault)
        site.now += timedelta(hours=8)
        again(runner, site)
        page += ["Put right, eight hours later.", *asked(site), *asked(site, "--closed")]
        runner.stop()
        runner.connection.close()
        fault.close()
    if name != "mapping_gone":  # that is another configuration
        _, difference = site.simulated()
        assert not difference
    text = "\n".join(page) + "\n"
    if os.environ.get("OMS_EDI_BLESS"):
        (case / "says.txt").write_text(text)
    assert text == (case / "says.txt").read_text()


def clock_of(site: Site) -> Any:
    """A `time` that also goes on by what the site's clock went on."""
    began = site.now

    def monotonic() -> float:
        return time.monotonic() + (site.now - began).total_seconds()

    return SimpleNamespace(monotonic=monotonic, sleep=time.sleep)


def drop(files: Path, site: Site) -> None:
    """Lay a case's files where their partner does: into its inbox, or onto its server."""
    for path in sorted(files.glob("*/[!.]*")):
        server = site.root / "server/toward-us"
        visited = path.parent.name == "buyer" and server.exists()
        place = (server if visited else site.root / "inbox" / path.parent.name) / path.name
        shutil.copyfile(path, place)
        os.utime(place, (1, 1))


def again(runner: Runner, site: Site) -> None:
    """Have the process read its settings, and work until nothing is left to do."""
    runner.reload(site.config, site.partners)
    runner.once()


def asked(site: Site, *options: str) -> list[str]:
    """What a person who asks is told, without what differs from run to run."""
    now = f"{site.now:%Y-%m-%dT%H:%M:%SZ}"
    arguments = ["--config", str(site.root / "config.yaml"), "exceptions", *options, "--now", now]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    told = done.output.replace(str(site.root), "SITE")
    told = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", told)
    told = re.sub(r"^(  what: +)\d+ MB are free", r"\1FEW MB are free", told, flags=re.MULTILINE)
    return ["", " ".join(["$ oms-edi exceptions", *options]), told]
