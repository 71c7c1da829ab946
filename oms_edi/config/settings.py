"""What every settings value is, and how a YAML file becomes one."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from oms_edi.errors import ConfigurationError


class Settings(BaseModel):
    """What every settings value is: frozen, no unknown keys, no values in its error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Loader(yaml.SafeLoader):
    """Refuses what YAML lets pass: a key that stands twice, of which the last would win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping of keys that differ."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} stands here twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> object:
    """Return the YAML document in `path`.

    Raises:
        ConfigurationError: it cannot be read, with file, line and column.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # a SafeLoader
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # a control character, the 31st of February
        raise ConfigurationError(f"{path}: no YAML we can read: {error}") from error


def explain(path: Path, error: ValidationError) -> str:
    """Turn a validation error into one line a key."""
    lines = [
        f"{path}: {'.'.join(str(part) for part in fault['loc']) or '(whole file)'}: {fault['msg']}"
        for fault in error.errors()
    ]
    return "\n".join(lines)
