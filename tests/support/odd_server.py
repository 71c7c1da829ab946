"""An SFTP server that misbehaves on request: it lies, hangs, cuts off, refuses, moves files."""

import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_FAILURE, SFTP_OK, SFTP_OP_UNSUPPORTED, SFTP_PERMISSION_DENIED

from oms_edi.transports.ssh import fingerprint

KEY = paramiko.ECDSAKey.generate()
OTHER_KEY = paramiko.ECDSAKey.generate()


@dataclass
class Manners:
    """How the server behaves; plain if nothing is set."""

    key: paramiko.PKey = KEY
    lets_in: bool = True
    #: Added to the size it tells.
    size_lie: int = 0
    #: Bytes of a file after which it closes the connection, reading and writing.
    cut_after: int | None = None
    #: Steps at which it falls silent: banner, list, read, write, rename.
    hangs_at: str = ""
    #: Steps it answers with a failure: rename, posix_rename, remove, stat, write, list.
    refuses: frozenset[str] = frozenset()
    #: Steps after which it cuts the connection before it answers: rename, close, remove.
    cuts_after_doing: str = ""
    moves_on_close: bool = False
    #: Names that are listed beside the real ones.
    extra_names: tuple[bytes, ...] = ()
    #: Touched after every read, as a writer would.
    grows_while_read: bool = False
    sockets: list[socket.socket] = field(default_factory=list)
    logins: int = 0
    #: How often it fell silent.
    hanging: int = 0
    streams: list[IO[bytes]] = field(default_factory=list)

    def pause(self, step: str) -> None:
        """Fall silent if that is asked for."""
        if self.hangs_at == step:
            self.hanging += 1
            time.sleep(3600)

    def cut(self) -> None:
        """Close every connection without a word."""
        for sock in self.sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Handle(paramiko.SFTPHandle):
    manners: Manners
    path: Path

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]

    def read(self, offset: int, length: int) -> bytes | int:
        self.manners.pause("read")
        if self.manners.grows_while_read:
            with open(self.path, "ab") as writer:
                writer.write(b"more")
        limit = self.manners.cut_after
        if limit is not None:
            if offset >= limit:
                self.manners.cut()
                return SFTP_FAILURE
            length = min(length, limit - offset)
        return super().read(offset, length)

    def write(self, offset: int, data: Any) -> int:
        self.manners.pause("write")
        if "write" in self.manners.refuses:
            return SFTP_FAILURE
        limit = self.manners.cut_after
        if limit is not None and offset + len(data) > limit:
            super().write(offset, data[: max(0, limit - offset)])
            self.manners.cut()
            return SFTP_FAILURE
        return super().write(offset, data)

    def close(self) -> None:
        super().close()
        is_ours = bool(self.flags & (os.O_WRONLY | os.O_RDWR))
        if is_ours and self.manners.moves_on_close and not self.path.name.startswith("."):
            away = self.path.parent.parent / "moved"
            away.mkdir(exist_ok=True)
            os.rename(self.path, away / self.path.name)
        if is_ours and self.manners.cuts_after_doing == "close":
            self.manners.cut()

    def __init__(self, manners: Manners, path: Path, flags: int) -> None:
        super().__init__(flags)
        self.manners, self.path, self.flags = manners, path, flags


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server: Any, root: Path, manners: Manners) -> None:
        super().__init__(server)
        self.root, self.manners = root, manners

    def _at(self, path: str) -> Path:
        return self.root / self.canonicalize(path).lstrip("/")

    def _does(self, step: str) -> int:
        self.manners.pause(step)
        return SFTP_FAILURE if step in self.manners.refuses else SFTP_OK

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        if self._does("list") != SFTP_OK:
            return SFTP_PERMISSION_DENIED
        found = []
        for entry in os.scandir(self._at(path)):
            attributes = paramiko.SFTPAttributes.from_stat(entry.stat(follow_symlinks=False))
            attributes.filename = entry.name
            found.append(attributes)
        for name in self.manners.extra_names:
            attributes = paramiko.SFTPAttributes()
            attributes.st_mode, attributes.st_size, attributes.st_mtime = stat.S_IFREG | 0o644, 9, 1
            attributes.st_atime = 1
            attributes.filename = name  # type: ignore[assignment]
            found.append(attributes)
        for attributes in found:
            attributes.st_size = (attributes.st_size or 0) + self.manners.size_lie
        return found

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        if self._does("stat") != SFTP_OK:
            return SFTP_PERMISSION_DENIED
        try:
            attributes = paramiko.SFTPAttributes.from_stat(os.stat(self._at(path)))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        attributes.st_size = (attributes.st_size or 0) + self.manners.size_lie
        return attributes

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> paramiko.SFTPHandle | int:
        at = self._at(path)
        try:
            descriptor = os.open(at, flags, 0o644)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = _Handle(self.manners, at, flags)
        mode = "wb" if flags & os.O_WRONLY else "r+b" if flags & os.O_RDWR else "rb"
        stream = os.fdopen(descriptor, mode)
        self.manners.streams.append(stream)
        handle.readfile = handle.writefile = stream  # type: ignore[attr-defined]
        return handle

    def remove(self, path: str) -> int:
        if self._does("remove") != SFTP_OK:
            return SFTP_PERMISSION_DENIED
        try:
            os.remove(self._at(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        if self.manners.cuts_after_doing == "remove":
            self.manners.cut()
        return SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._does("rename") != SFTP_OK:
            return SFTP_PERMISSION_DENIED
        if self._at(newpath).exists():
            return SFTP_FAILURE
        return self._renamed(oldpath, newpath)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        if "posix_rename" in self.manners.refuses:
            return SFTP_OP_UNSUPPORTED
        if self._does("rename") != SFTP_OK:
            return SFTP_PERMISSION_DENIED
        return self._renamed(oldpath, newpath)

    def _renamed(self, oldpath: str, newpath: str) -> int:
        try:
            os.rename(self._at(oldpath), self._at(newpath))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        if self.manners.cuts_after_doing == "rename":
            self.manners.cut()
        return SFTP_OK


class _Login(paramiko.ServerInterface):
    def __init__(self, manners: Manners) -> None:
        self.manners = manners

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_auth_password(self, username: str, password: str) -> int:
        self.manners.logins += 1
        is_right = self.manners.lets_in and password == "secret"
        return AUTH_SUCCESSFUL if is_right else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class OddServer:
    """A running server and its manners, which a test may change at any time."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port = root, port
        self.manners = Manners()
        for name in ("toward-us", "from-us", "done"):
            (root / name).mkdir(parents=True)

    def mapping(self, *, fetch: str = "settle_s: 0", put: str = "", more: str = "") -> str:
        """Return the `sftp:` section of a mapping that visits it."""
        return (
            f"sftp:\n  host: 127.0.0.1\n  port: {self.port}\n  user: us\n"
            f"  password_credential: partner-password\n  host_keys: ['{fingerprint(KEY)}']\n"
            f"  fetch: {{folder: /toward-us, {fetch}}}\n  put: {{folder: /from-us, {put}}}\n"
            f"  connect_s: 2\n  reply_s: 2\n  every_s: 60\n{more}"
        )


@contextmanager
def odd_server(root: Path) -> Iterator[OddServer]:
    """Run a server until the end of the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        server = OddServer(root, listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        yield server
        server.manners.cut()
        for stream in server.manners.streams:  # of handles that were cut off
            stream.close()


def _accept(listener: socket.socket, server: OddServer) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        server.manners.sockets.append(sock)
        threading.Thread(target=_serve, args=(sock, server), daemon=True).start()


def _serve(sock: socket.socket, server: OddServer) -> None:
    manners = server.manners
    manners.pause("banner")
    transport = paramiko.Transport(sock)
    transport.daemon = True
    transport.add_server_key(manners.key)
    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, server.root, manners)
    with suppress(Exception):  # the client may go away at any time
        transport.start_server(server=_Login(manners))
