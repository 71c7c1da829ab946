"""What is wrong with settings, in one line each: file, line, key, what to write instead."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from oms_edi.config.settings import Loader, read_text

Place = Sequence[str | int]
_SECRET = re.compile(r"passw|passphrase|secret|token|(private|api|ssh)_?key", re.IGNORECASE)
#: So many keys are listed where none is like the unknown one.
_LISTED = 12


def explain(path: Path, error: ValidationError, model: type[BaseModel]) -> str:
    """Turn a validation error of the settings in `path` into one line a key."""
    root = _compose(path)
    return "\n".join(
        f"{path}{_line_of(root, fault['loc'])}:{_key(fault)} {_said(fault, model)}"
        for fault in error.errors()
    )


def _key(fault: Any) -> str:
    if fault["loc"]:
        return f" {'.'.join(_printable(part) for part in fault['loc'])}:"
    return "" if fault["type"] == "value_error" else " (whole file):"


def _said(fault: Any, model: type[BaseModel]) -> str:
    if fault["type"] == "value_error":  # ours, whole as it is: it names what it is about
        return str(fault["ctx"]["error"])
    if fault["type"] != "extra_forbidden":
        return str(fault["msg"])
    *parents, key = fault["loc"]
    known = _known_keys(model, parents)
    if _SECRET.search(str(key)):
        names = [name for name in known if name.endswith("_credential")]
        where = f"its name as {' or '.join(names)}" if names else "only its name here"
        return f"a secret must not stand here: write a file of folders.credentials, and {where}"
    like = get_close_matches(str(key), known, n=1, cutoff=0.6)
    if like:
        return f"there is no such setting; {like[0]} is meant?"
    listed = ", ".join(known[:_LISTED]) + (", ..." if len(known) > _LISTED else "")
    return f"there is no such setting; there are {listed}" if known else "there is no such setting"


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys settings may have at this place of a document, none if it is no mapping."""
    found: Any = model
    for part in place:
        found = _within(found, part)
    models = [
        one for one in _choices(found) if isinstance(one, type) and issubclass(one, BaseModel)
    ]
    return [name for one in models for name in one.model_fields]


def _within(annotation: Any, part: str | int) -> Any:
    """Return what stands under this key, or at this index, of what is annotated so."""
    for one in _choices(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            if part in one.model_fields:
                return one.model_fields[str(part)].annotation
        elif get_origin(one) in (tuple, list) and isinstance(part, int):
            return get_args(one)[0]
        elif get_origin(one) is dict:
            return get_args(one)[1]
    return None


def _choices(annotation: Any) -> list[Any]:
    """Return the parts of a union, without what annotates them."""
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [part for one in get_args(annotation) for part in _choices(one)]
    return [annotation]


def _compose(path: Path) -> yaml.Node | None:
    loader = Loader(read_text(path))
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _line_of(root: yaml.Node | None, place: Place) -> str:
    """Return `:LINE` of the deepest part of this place the file has; "" if it has none of it."""
    node, line = root, ""
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == part), None)
            key, node = pair or (None, None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            key = node = node.value[part] if part < len(node.value) else None
        else:
            break
        if key is None:
            break
        line = f":{key.start_mark.line + 1}"
    return line


def _printable(part: str | int) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(part)[:60])
