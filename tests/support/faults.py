"""What can be wrong with the machine or with a server, by the name a golden case calls it.

Each is a generator: at its first `yield` it is wrong, at its second it is put right; what it needs
until then (a server, say) ends with it. Parts are real where the world has them: files, sockets,
servers. Where it does not (a bad block, a fault of ours) one call of ours gets what it would get.
"""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from oms_edi.transports import folder
from oms_edi.transports.sftp import Session
from tests.support.mailbox import Calls, free_port, http
from tests.support.odd_server import Manners, OddServer, odd_server
from tests.support.site import CONFIG, MAPPINGS, Site

Fault = Generator[None, None, None]


def file_in_the_way(site: Site, *, at: str) -> Fault:
    """Somebody else's file lies where we want to write, or where a folder should be."""
    path = site.root / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("theirs")
    yield
    path.unlink()
    yield


def disk_nearly_full(site: Site, *, min_free_bytes: int) -> Fault:
    """The disk has less room than `intake.min_free_bytes` asks for."""
    full = yaml.safe_load(CONFIG)
    full["intake"]["min_free_bytes"] = min_free_bytes
    site.configure("config", yaml.safe_dump(full))
    yield
    site.configure("config", CONFIG)
    yield


def bad_block(site: Site, *, name: str) -> Fault:
    """Reading a file that was claimed fails with EIO, as the first page of a process's memory."""

    def opened(path: Path) -> int:
        descriptor = real(path)
        if path.name.endswith(name) and path.parent.name == "work":
            os.close(descriptor)
            return os.open("/proc/self/mem", os.O_RDONLY)
        return descriptor

    real = folder._open_regular
    with patch.object(folder, "_open_regular", opened):
        yield
    yield


def mapping_gone(site: Site, *, partner: str) -> Fault:
    """Somebody moved the mapping of a partner away whose orders wait."""
    path = site.root / f"mappings/{partner}.yaml"
    path.rename(site.root / "moved.yaml")
    yield
    (site.root / "moved.yaml").rename(path)
    yield


def nobody_listens(site: Site, *, server: str) -> Fault:
    """Nothing listens where the buyer's SFTP server, or the portal's web server, was."""
    if server == "sftp":
        with odd_server(site.root / "server") as running:
            port, running.port = running.port, free_port()
            _visit(site, running)
            yield
            running.port = port
            _visit(site, running)
            yield
    else:
        _call(site, free_port())
        yield
        with http(Calls()) as port:
            _call(site, port)
            yield


def web_server_gone(site: Site) -> Fault:
    """The portal's web server says that nobody takes events at this address any more."""
    with http(Calls(status=410)) as old:
        _call(site, old)
        yield
        with http(Calls()) as new:
            _call(site, new)
            yield


def odd_manners(site: Site, **manners: Any) -> Fault:
    """The buyer's SFTP server runs and misbehaves: `Manners` of `odd_server`."""
    with odd_server(site.root / "server") as running:
        _visit(site, running)
        for name, value in manners.items():
            setattr(running.manners, name, frozenset(value) if name == "refuses" else value)
        yield
        for name in manners:
            setattr(running.manners, name, getattr(Manners(), name))
        yield


def odd_names(site: Site, *, names: list[str]) -> Fault:
    """Files with such names lie on the buyer's SFTP server."""
    with odd_server(site.root / "server") as running:
        _visit(site, running)
        paths = [running.root / "toward-us" / name for name in names]
        for path in paths:
            path.write_text("ISA")
        yield
        for path in paths:
            path.unlink()
        yield


def fault_of_ours(site: Site) -> Fault:
    """Looking into the buyer's server hits a fault of this program."""

    def wrong(self: Session, folder: str, *, limit: int) -> None:
        raise ZeroDivisionError("Main Street 5")  # whose text may be anybody's data: it is not told

    with odd_server(site.root / "server") as running:
        _visit(site, running)
        with patch.object(Session, "list_files", wrong):
            yield
        yield


FAULTS: dict[str, Callable[..., Fault]] = {
    fault.__name__: fault
    for fault in (
        *(file_in_the_way, disk_nearly_full, bad_block, mapping_gone),
        *(nobody_listens, web_server_gone, odd_manners, odd_names, fault_of_ours),
    )
}


def _visit(site: Site, server: OddServer) -> None:
    """Have the buyer be visited there."""
    site.configure("buyer", MAPPINGS["buyer"] + server.mapping())
    site.keep_secret("partner-password", "secret\n")


def _call(site: Site, port: int) -> None:
    """Have the portal's server hear of its orders there."""
    site.keep_secret("portal-hook", "a key both have")
    told = MAPPINGS["portal"].replace(
        "orders:\n", "orders:\n  status: {when: change, send: [webhook]}\n"
    )
    hook = f"url: 'http://127.0.0.1:{port}/hook', secret_credential: portal-hook, private: true"
    site.configure("portal", f"{told}webhook: {{{hook}}}\n")
