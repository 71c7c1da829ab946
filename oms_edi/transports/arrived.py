"""Names of files that may have been whole at a partner: every byte was there, the end was not.

Where a server takes whole files away at once (`sftp.put.takes_at_once`), what is gone was taken
only if it ever was whole. A killed process, or a connection that was lost in the middle, cannot say
so afterwards: the visit writes it down, durable, before it closes a file.
"""

from collections.abc import Iterable
from pathlib import Path

from oms_edi.transports import folder


def read_arrived(note: Path) -> frozenset[str]:
    """Return the names noted; none if there is no note."""
    text = note.read_bytes().decode() if note.exists() else ""
    return frozenset(filter(None, text.split("\n")))


def write_arrived(note: Path, names: Iterable[str]) -> None:
    """Replace the note; it is durable then."""
    folder.write_whole(note, "".join(f"{name}\n" for name in sorted(names)).encode())
