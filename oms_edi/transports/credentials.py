"""Secrets by name: from systemd's credentials or a folder only the daemon can read."""

import os
import stat
from pathlib import Path

from oms_edi.errors import EndpointRefused

_LIMIT_BYTES = 65_536


def read_credential(name: str, folder: Path) -> str:
    """Return a secret without its last line end, "" for no name.

    `$CREDENTIALS_DIRECTORY` goes before `folder`: `LoadCredential=NAME:...` gives a file of that
    name there, `LoadCredential=credentials:FOLDER` one that begins with `credentials_`.

    Raises:
        EndpointRefused: it is not there, not ours to read, empty, too long, or others may read it.
    """
    if not name:
        return ""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    places = [Path(given) / prefix for prefix in (name, f"credentials_{name}")] if given else []
    try:
        path = next((p for p in (*places, folder / name) if p.is_file()), None)
    except OSError as error:
        raise EndpointRefused(f"credential {name} cannot be read: {error.strerror}") from error
    if path is None:
        where = " or ".join(str(place.parent) for place in (*places, folder / name))
        raise EndpointRefused(f"there is no credential {name} in {where}")
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise EndpointRefused(f"{path} may be read by everybody; chmod 600 {path}")
    try:
        data = path.read_bytes()
        text = data.decode() if len(data) <= _LIMIT_BYTES else ""
    except (OSError, UnicodeDecodeError) as error:
        raise EndpointRefused(f"{path} cannot be read as text") from error
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise EndpointRefused(f"{path} is empty, or longer than {_LIMIT_BYTES} bytes")
    return text
