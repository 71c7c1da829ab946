"""One SFTP session with a partner's server: trusted, bounded in time, thrown away after any error.

paramiko checks neither a host key nor the size of what it fetched, and waits for ever; all three
are done here. Names of theirs are never joined to a path of ours. What to fetch and to leave is
`oms_edi.transports.visit`.
"""

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

from oms_edi.errors import EndpointRefused, OmsError, TransientError
from oms_edi.partners.sftp import SftpSettings
from oms_edi.transports import folder
from oms_edi.transports.errand import Secrets
from oms_edi.transports.ssh import connection, printable

_BLOCK = 32_768
#: Larger files are read ahead, with so many requests under way.
_READ_AHEAD_BYTES = 1 << 20
_READ_AHEAD = 64
#: Answers to a listing that hold nothing; a server that gives only those never ends.
_EMPTY_REPLIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file as their listing shows it."""

    #: Verbatim; bytes that are no UTF-8 are surrogates.
    name: str
    size_bytes: int
    #: Seconds, of their clock.
    mtime: int
    is_regular: bool


class Unclear(TransientError):
    """The session ended while the last step of a delivery was under way."""


class _Client(paramiko.SFTPClient):
    """paramiko's client with a listing that has a limit and bears names that are no UTF-8."""

    def entries(self, folder: str, limit: int) -> Iterator[RemoteFile]:
        """Yield up to `limit` entries of a folder as the server gives them."""
        # The calls below are paramiko's own, untyped; listdir_attr is written with them.
        request: Callable[..., tuple[int, paramiko.Message]] = self._request  # type: ignore[attr-defined]
        attributes = paramiko.SFTPAttributes._from_msg  # type: ignore[attr-defined]
        kind, message = request(CMD_OPENDIR, folder)
        if kind != CMD_HANDLE:
            raise TransientError("the server answered a listing with something else")
        handle = message.get_binary()
        left, empty = limit, 0
        while left > 0:
            try:
                kind, message = request(CMD_READDIR, handle)
            except EOFError:
                break
            count = message.get_int() if kind == CMD_NAME else 0
            empty = 0 if count else empty + 1
            if empty > _EMPTY_REPLIES:
                raise TransientError("the server's listing never ends")
            for _ in range(min(count, left)):
                name = message.get_binary().decode("utf-8", "surrogateescape")
                message.get_binary()
                yield _remote_file(name, attributes(message, name))
            left -= count
        request(CMD_CLOSE, handle)


class Session:
    """An open session. Every method raises TransientError or EndpointRefused, nothing else, but for
    StopDaemon where our own disk fails."""

    def __init__(self, client: _Client, is_over: Callable[[], bool]) -> None:
        self._client = client
        self._is_over = is_over

    def list_files(self, folder: str, *, limit: int) -> list[RemoteFile]:
        """Return up to `limit` entries of a folder, in order of time and name, each name once."""
        with self._told(f"listing {folder}"):
            found = {file.name: file for file in self._client.entries(folder, limit)}
        return sorted(found.values(), key=lambda file: (file.mtime, file.name))

    def fetch(self, path: str, target: Path, *, expected: RemoteFile, limit_bytes: int) -> str:
        """Copy a file to `target`, durable; return its SHA-256.

        Raises:
            TransientError: it changed meanwhile, or more or less came than was announced.
        """
        with self._told(f"fetching {printable(expected.name)}"), open(target, "wb") as writer:
            before = self._client.stat(path)
            with self._client.open(path, "rb") as reader:
                size = before.st_size or 0
                if size > limit_bytes:
                    raise TransientError(f"it grew to {size} bytes, beyond the limit")
                if size > _READ_AHEAD_BYTES:
                    reader.prefetch(size, _READ_AHEAD)
                got, digest = self._copy(reader, writer, size)
            after = self._client.stat(path)
            writer.flush()
            folder.sync_file(writer.fileno(), target)
        if got != size or size != expected.size_bytes:
            raise TransientError(
                f"{printable(expected.name)}: {expected.size_bytes} bytes were listed,"
                f" {size} announced, {got} came; it is left where it is"
            )
        if (after.st_size, after.st_mtime) != (before.st_size, before.st_mtime):
            raise TransientError(f"{printable(expected.name)} changed while it was fetched")
        return digest

    @staticmethod
    def _copy(reader: paramiko.SFTPFile, writer: IO[bytes], size: int) -> tuple[int, str]:
        digest = hashlib.sha256()
        got = 0
        while got <= size and (block := reader.read(_BLOCK)):
            got += len(block)
            digest.update(block)
            writer.write(block)
        return got, digest.hexdigest()

    def remove(self, path: str) -> None:
        """Remove a file; gone already is as good."""
        with self._told("removing a file"), suppress(FileNotFoundError):
            self._client.remove(path)

    def move(self, path: str, target: str) -> None:
        """Rename a file, over another one if the server can."""
        with self._told("moving a file"):
            self._rename(path, target)

    def _rename(self, path: str, target: str) -> None:
        try:
            self._client.posix_rename(path, target)
        except OSError as error:
            if error.errno is not None:
                raise
            self._client.rename(path, target)  # no such extension there

    def stat(self, path: str) -> RemoteFile | None:
        """Return a file's size and time; None if it is not there."""
        with self._told("looking for a file"):
            try:
                return _remote_file(path, self._client.stat(path))
            except FileNotFoundError:
                return None

    def holds(self, path: str, content: bytes) -> bool | None:
        """Say whether a file holds these bytes; None if there is none.

        Where it may be written and not read, its size has to do.
        """
        found = self.stat(path)
        if found is None:
            return None
        if found.size_bytes != len(content):
            return False
        with self._told("reading a file back"):
            try:
                with self._client.open(path, "rb") as reader, open(os.devnull, "wb") as nowhere:
                    _, digest = self._copy(reader, nowhere, len(content))
            except PermissionError:
                return True
        return digest == hashlib.sha256(content).hexdigest()

    def put(self, path: str, content: bytes, *, closing: Callable[[], None] = lambda: None) -> None:
        """Write a whole file and see that all of it arrived; then call `closing`, then close it.

        Raises:
            Unclear: the session ended while the file was being closed.
        """
        with self._told("writing a file"):
            writer = self._client.open(path, "wb")
            for start in range(0, len(content), _BLOCK):
                writer.write(content[start : start + _BLOCK])
            writer.flush()
            size = writer.stat().st_size
            if size is not None and size != len(content):
                raise TransientError(
                    f"{size} of {len(content)} bytes arrived; the server may be full"
                )
        closing()
        with self._told("closing a file", unclear=True):
            writer.close()

    def publish(self, temporary: str, path: str) -> None:
        """Give a written file its name.

        Raises:
            Unclear: the session ended before the server said it was done.
        """
        with self._told("renaming a file", unclear=True):
            self._rename(temporary, path)

    @contextmanager
    def _told(self, doing: str, *, unclear: bool = False) -> Iterator[None]:
        """Turn whatever paramiko raises into one of our errors that says what was being done."""
        lost = Unclear if unclear else TransientError
        try:
            yield
        except OmsError:
            raise
        except TimeoutError as error:
            raise lost(f"{doing}: no reply in time") from error
        except (EOFError, paramiko.SSHException, ConnectionError) as error:
            why = "the visit took too long" if self._is_over() else "the connection was lost"
            raise lost(f"{doing}: {why}") from error
        except OSError as error:
            if error.errno in (errno.EACCES, errno.ENOENT):
                raise EndpointRefused(f"{doing}: {printable(error.strerror or '')}") from error
            if self._is_over() or "closed" in str(error).lower():
                raise lost(f"{doing}: the connection was lost") from error
            raise TransientError(f"{doing}: {printable(str(error))}") from error
        except Exception as error:  # a reply that is no SFTP breaks paramiko in many ways
            raise lost(f"{doing}: the server's reply cannot be read") from error


@contextmanager
def session(settings: SftpSettings, secrets: Secrets) -> Iterator[Session]:
    """Open a session; it is over after `visit_s` whatever happens.

    Raises:
        EndpointRefused: host key, login or algorithms; trying again will not help.
        TransientError: it cannot be reached now.
    """
    over = threading.Event()
    with connection(settings, secrets, over) as link:
        try:
            channel = link.open_session(timeout=settings.connect_s)
            channel.settimeout(settings.reply_s)
            channel.invoke_subsystem("sftp")
            client = _Client(channel)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TransientError("the server opens no SFTP session") from error
        with client:
            yield Session(client, over.is_set)


def _remote_file(name: str, attributes: paramiko.SFTPAttributes) -> RemoteFile:
    return RemoteFile(
        name=name,
        size_bytes=attributes.st_size or 0,
        mtime=attributes.st_mtime or 0,
        is_regular=stat.S_ISREG(attributes.st_mode or 0),
    )
