"""What every settings value is, and how a YAML file becomes one.

What is wrong with the values is said by `oms_edi.config.faults`.
"""

import os
import stat
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from oms_edi.errors import ConfigurationError

#: A file of settings is written by hand; a larger one is another file.
_LIMIT_BYTES = 1_000_000


class Settings(BaseModel):
    """What every settings value is: frozen, no unknown keys, no values in its error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Loader(yaml.SafeLoader):
    """Refuses what YAML lets pass: a key that stands twice, and merges.

    Of a key that stands twice the last would win; a few lines of merges of merges fill a memory.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping of keys that differ."""
        seen = set()
        for key, _ in node.value:
            fault = ""
            if key.tag == "tag:yaml.org,2002:merge":
                fault = "<< is not read; a mapping may name a base in `extends`"
            elif key.value in seen and isinstance(key, yaml.ScalarNode):
                fault = f"the key {key.value} stands here twice"
            if fault:
                raise yaml.MarkedYAMLError(problem=fault, problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def read_text(path: Path) -> str:
    """Return the text of a file of settings.

    Raises:
        ConfigurationError: it cannot be read, is too large, or no UTF-8.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ConfigurationError(f"{path}: not a regular file")
        with open(path, "rb") as stream:
            data = stream.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    if len(data) > _LIMIT_BYTES:
        raise ConfigurationError(f"{path}: more than {_LIMIT_BYTES} bytes; is it another file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from error


def read_yaml(path: Path) -> object:
    """Return the YAML document in `path`.

    Raises:
        ConfigurationError: it cannot be read, with file, line and column.
    """
    text = read_text(path)
    try:
        return yaml.load(text, Loader=Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: {error.problem}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deep") from error
    except (yaml.YAMLError, ValueError) as error:  # a control character, the 31st of February
        raise ConfigurationError(f"{path}: no YAML we can read: {error}") from error
