"""The systemd service: user, folders, units."""

import sys
from importlib import resources
from pathlib import Path

from oms_edi.host.plan import Change, File, Folder, Run

#: The user the daemon runs as, and its group.
USER = "oms-edi"
#: Members are partners who visit us by SFTP.
PARTNERS_GROUP = "oms-edi-partners"
ETC = Path("/etc/oms-edi")
STATE = Path("/var/lib/oms-edi")
#: Where units go.
UNITS = Path("/etc/systemd/system")
_UNIT_NAMES = ("oms-edi.service", "oms-edi-backup.service", "oms-edi-backup.timer")


def packaged(name: str) -> str:
    """Return a file of `deploy/` as it is shipped."""
    return resources.files("oms_edi.host").joinpath("files", name).read_text()


def unit(name: str, *, python: str = sys.executable) -> str:
    """Return a unit that starts this installation."""
    return packaged(name).replace("@PYTHON@", python)


def plan(*, python: str = sys.executable, is_systemd: bool = True) -> list[Change]:
    """Return what it takes to run the daemon under systemd, and a starter configuration."""
    changes: list[Change] = [
        Run(
            argv=(
                *("useradd", "--system", "--home-dir", str(STATE), "--user-group"),
                *("--shell", "/usr/sbin/nologin", USER),
            ),
            unless=("id", USER),
        ),
        Run(
            argv=("groupadd", "--system", PARTNERS_GROUP),
            unless=("getent", "group", PARTNERS_GROUP),
        ),
        Folder(path=ETC, owner="root", group=USER, mode=0o750),
        Folder(path=ETC / "mappings", owner="root", group=USER, mode=0o750),
        Folder(path=ETC / "credentials", owner="root", group="root", mode=0o700),
        Folder(path=STATE, owner=USER, group=USER, mode=0o750),
        Folder(path=STATE / "inbox", owner=USER, group=USER, mode=0o750),
        Folder(path=STATE / "outbox", owner=USER, group=USER, mode=0o750),
        Folder(path=STATE / "var", owner=USER, group=USER, mode=0o750),
        Folder(path=Path("/var/backups/oms-edi"), owner=USER, group=USER, mode=0o750),
        File(
            path=ETC / "config.yaml",
            content=_config(),
            owner="root",
            group=USER,
            mode=0o640,
            keep=True,
        ),
    ]
    changes += [
        File(
            path=UNITS / name,
            content=unit(name, python=python),
            owner="root",
            group="root",
            mode=0o644,
        )
        for name in _UNIT_NAMES
    ]
    if is_systemd:
        changes.append(Run(argv=("systemctl", "daemon-reload")))
    return changes


def _config() -> str:
    """Return the starter's configuration with the folders of a service."""
    starter = resources.files("oms_edi").joinpath("starter", "config.yaml").read_text()
    folders = (
        "folders:\n"
        f"  inbox: {STATE}/inbox\n  outbox: {STATE}/outbox\n  var: {STATE}/var\n"
        f"  mappings: {ETC}/mappings\n  credentials: {ETC}/credentials\n"
    )
    return f"{starter.rstrip()}\n\n{folders}"
