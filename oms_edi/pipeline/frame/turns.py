"""Turns: each thing done to the book, as the journal keeps it and a replay does it again.

An act is a function of `pipeline/` that takes a Step and plain values and changes the book, with
`@act` above it: the one door for the command line, the browser and the replay. It is one
transaction. Its arguments are kept as JSON by their types; a Path is a file whose bytes go into
the archive. What a step does is found again from the book; it needs its name and its instant only.
"""

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, update_wrapper
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, get_type_hints

from pydantic import TypeAdapter

import oms_edi.pipeline
from oms_edi.config.config import Config
from oms_edi.errors import OmsError, Refused
from oms_edi.pipeline.frame.step import Step
from oms_edi.store.book import Book
from oms_edi.store.database import write_tx
from oms_edi.store.journal import Turn, done_since
from oms_edi.store.json_text import json_text
from oms_edi.transports import folder

P = ParamSpec("P")
R = TypeVar("R")


class Act(NamedTuple):
    """An act as the registry has it."""

    #: The function as it is called: journaled, in one transaction.
    perform: Callable[..., Any]
    #: Its parameters after the step, with their types.
    parameters: Callable[[], Mapping[str, TypeAdapter[Any]]]


#: In the memory of a process: its settings as bytes, and which of them the archive has.
_CANONICAL, _KEPT = "canonical settings", "settings in the archive"


class _Canonical(NamedTuple):
    config: Config
    content: bytes
    sha256: str


#: Every act by the name of its function; filled by `@act`, complete after `all_acts`.
_ACTS: dict[str, Act] = {}


@cache
def all_acts() -> Mapping[str, Act]:
    """Return every act there is; an act is registered by being in `pipeline/`."""
    within = f"{oms_edi.pipeline.__name__}."
    for module in pkgutil.walk_packages(oms_edi.pipeline.__path__, within):
        importlib.import_module(module.name)
    return _ACTS


def act(function: Callable[Concatenate[Step, P], R]) -> Callable[Concatenate[Step, P], R]:
    """Make a function an act: one transaction that is journaled with its arguments."""
    name = function.__name__
    signature = inspect.signature(function)

    @cache
    def parameters() -> Mapping[str, TypeAdapter[Any]]:
        hints = get_type_hints(function)
        return {key: TypeAdapter(hints[key]) for key in list(signature.parameters)[1:]}

    def perform(step: Step, /, *args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(step, *args, **kwargs)
        bound.apply_defaults()
        values = dict(list(bound.arguments.items())[1:])
        kept = {key: value.read_bytes() for key, value in values.items() if _is_file(value)}
        body = {
            key: {"archived": _sha256(kept[key]), "name": values[key].name}
            if key in kept
            else adapter.dump_python(values[key], mode="json")
            for key, adapter in parameters().items()
        }
        with turn(step, kind="act", name=name, body=body, kept=tuple(kept.values())) as mine:
            mine.is_one = True
            with write_tx(step.connection):
                _refuse_twice(step, mine)
                return function(step, *args, **kwargs)

    if name in _ACTS:
        raise OmsError(f"two acts are called {name}")
    update_wrapper(perform, function)
    _ACTS[name] = Act(perform, parameters)
    return perform


def _refuse_twice(step: Step, mine: Turn) -> None:
    """Refuse what was done, word for word, since whoever asks for it looked.

    Raises:
        Refused: it was.
    """
    if step.seen is None:
        return
    at = done_since(step.connection, step.seen, mine.name, mine.body)
    if at is not None:
        raise Refused(
            f"this was done at {at[:19]}Z already, and nothing was done twice; to do it once more,"
            " load its page again"
        )


def _is_file(value: object) -> bool:
    return isinstance(value, Path) and value.is_file()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def settings_of(step: Step) -> tuple[str, str]:
    """Return the hashes of the settings and of the partners in force."""
    return _canonical(step)[1], step.partners.sha256


def _canonical(step: Step) -> tuple[bytes, str]:
    """Return the configuration as it is archived, and its hash: made once, not for every file."""
    known = step.memory.get(_CANONICAL)
    if not isinstance(known, _Canonical) or known.config is not step.config:
        content = step.config.canonical()
        known = step.memory[_CANONICAL] = _Canonical(step.config, content, _sha256(content))
    return known.content, known.sha256


@contextmanager
def turn(
    step: Step,
    *,
    kind: str,
    name: str,
    body: Mapping[str, object],
    kept: tuple[bytes, ...] = (),
    left: int | None = None,
) -> Iterator[Turn]:
    """Be the one thing done through the step's connection; what it commits is journaled.

    `kept` are bytes the body names, which go into the archive; `left` is for a replay.

    Raises:
        Refused: another turn is under way.
        OmsError: the connection is none of `store.database`.
    """
    connection = step.connection
    if not isinstance(connection, Book):
        raise OmsError("a turn needs a connection made by store.database")
    if connection.turn is not None:
        raise Refused(f"{name} was begun inside of {connection.turn.name}")
    configuration, mappings = settings_of(step)

    def keep() -> None:
        if step.memory.get(_KEPT) != (configuration, mappings):
            for content in (_canonical(step)[0], step.partners.canonical):
                folder.archive_bytes(content, step.places.archive)
            step.memory[_KEPT] = (configuration, mappings)
        for content in kept:
            folder.archive_bytes(content, step.places.archive)

    mine = Turn(
        kind=kind,
        name=name,
        at=step.now.isoformat(timespec="microseconds"),
        body=json_text(body),
        configuration=configuration,
        mappings=mappings,
        keep=keep,
        left=left,
    )
    connection.turn = mine
    try:
        yield mine
    finally:
        connection.turn = None
        if connection.in_transaction and mine.is_begun:
            connection.rollback()
