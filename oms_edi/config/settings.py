"""What every settings value is, and how a YAML file becomes one."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from oms_edi.errors import ConfigurationError


class Settings(BaseModel):
    """What every settings value is: frozen, no unknown keys, no values in its error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def read_yaml(path: Path) -> object:
    """Return the YAML document in `path`.

    Raises:
        ConfigurationError: it cannot be read, with file, line and column.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: {error.problem}") from error


def explain(path: Path, error: ValidationError) -> str:
    """Turn a validation error into one line a key."""
    lines = [
        f"{path}: {'.'.join(str(part) for part in fault['loc']) or '(whole file)'}: {fault['msg']}"
        for fault in error.errors()
    ]
    return "\n".join(lines)
