"""The command line in bad hands: no reason, two at once, texts that would steer a terminal."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import click
import pytest

from oms_edi.cli.main import COMMANDS, cli
from oms_edi.errors import NotFound, OmsError, Refused
from oms_edi.pipeline.delivery import send_again
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake import quarantine
from oms_edi.pipeline.people import acts, see_to
from oms_edi.testing_command import run_command
from tests.support.command import run
from tests.support.edi import interchange, x850
from tests.support.site import Site

WHO = {"actor": "ann", "reason": "it is so"}
#: A screen cleared, a line that looks like a log's, text that runs backwards, no UTF-8.
HOSTILE = ("\x1b[2J\x1b]0;x\x07.edi", "a\n<3>2026 ERROR root: x.edi", "\u202egpj.edi", "\udcff.edi")


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command there is, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        elif command:
            yield (*path, name), command


ALL = dict(commands(cli))
ACTS = [words for words, command in ALL.items() if "reason" in {p.name for p in command.params}]
READ = [
    words
    for words, command in ALL.items()
    if "as_json" in {p.name for p in command.params}
    and not any(p.required for p in command.params)
    and words not in (("check",), ("orders", "new"), ("replay",))  # need a file, a person, time
]


def test_every_command_is_looked_at() -> None:
    assert len(COMMANDS) <= len(ALL)
    assert len(ACTS) >= 15
    assert len(READ) >= 15


@pytest.mark.parametrize("words", ACTS, ids=" ".join)
def test_nobody_acts_without_a_reason(words: tuple[str, ...]) -> None:
    (reason,) = (p for p in ALL[words].params if p.name == "reason")
    assert reason.required or reason.get_default(click.Context(ALL[words]))
    with pytest.raises(click.BadParameter, match="must not be empty"):
        reason.process_value(click.Context(ALL[words]), " ")


def discarded(step: Step) -> object:
    return quarantine.discard(step, 2, **WHO)


def released(step: Step) -> object:
    return quarantine.release(step, 2, partner="", **WHO)


def resolved(step: Step) -> object:
    return see_to.resolve(step, 1, **WHO)


def resent(step: Step) -> object:
    return send_again.resend(step, "buyer", "000000001", force=False, **WHO)


@pytest.fixture
def busy(site: Site) -> Site:
    """A site with an order (file 1), a file in quarantine (2), and files that were sent."""
    site.drop("buyer", interchange(x850("PO1", "1*2*EA*4.00**VN*A1")), "1.edi")
    site.drop("buyer", b"%PDF-1.7", "2.edi")
    site.run()
    return site


@pytest.mark.parametrize("act", [discarded, released, resolved, resent])
def test_of_two_who_do_the_same_at_the_same_moment_one_does_it(
    busy: Site, act: Callable[[Step], object]
) -> None:
    ready = threading.Barrier(2)
    ended: list[object] = []

    def person() -> None:
        step = busy.step()  # a connection of its own
        with closing(step.connection):
            ready.wait()
            try:
                ended.append(act(step))
            except (Refused, NotFound) as error:
                ended.append(error)

    people = [threading.Thread(target=person) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(ended) == 2
    assert sum(isinstance(end, OmsError) for end in ended) == 1, ended
    by_ann = busy.query("SELECT name FROM events WHERE actor = 'ann'")
    assert len(by_ann) == 1
    assert busy.divergences() == []
    if act is released:
        assert len(list((busy.root / "inbox/buyer").iterdir())) == 1


def test_no_command_sets_a_number_back(busy: Site) -> None:
    run(busy.root, "backup", str(busy.root.parent / "backups"))
    restore = ("restore", "--replace", "--gap", "-1", str(busy.root.parent / "backups"))
    assert "-1 is not in the range" in run(busy.root, *restore, expect=2)
    assert not [words for words in ALL if "bump" in words or "renumber" in words]


def test_two_who_cancel_at_the_same_moment_ask_the_warehouse_once(busy: Site) -> None:
    for step in (busy.step(), busy.step()):
        with closing(step.connection):
            acts.cancel(step, "PO1", buyer_line=None, **WHO)
    busy.run()
    told = [path.read_bytes() for path in busy.outgoing("wh", "940")]
    assert sum(b"W05*F*" in content for content in told) == 1


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose files have the names of an attacker."""
    site = Site(tmp_path_factory.mktemp("hostile"))
    site.configure("config", (site.root / "config.yaml").read_text())
    for number, name in enumerate(HOSTILE, start=1):
        site.drop("buyer", interchange(x850(f"PO{number}"), control=number), name)
        site.drop("buyer", b"%PDF" + name.encode("utf-8", "surrogateescape"), f"q{name}")
    site.run()
    return site


@pytest.mark.parametrize("words", READ, ids=" ".join)
def test_no_text_of_a_stranger_steers_a_terminal_or_breaks_a_pipe(
    hostile: Site, words: tuple[str, ...]
) -> None:
    text = run_command(words, folder=hostile.root)
    told = text.stdout + text.stderr
    assert "Traceback" not in told
    assert [line for line in told.split("\n") if not line.isprintable()] == []
    piped = run_command((*words, "--json"), folder=hostile.root)
    assert piped.code == text.code
    assert json.loads(piped.stdout) is not None
    assert all(line.isprintable() for line in piped.stdout.split("\n"))
