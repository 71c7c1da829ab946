"""A partner who visits us by SFTP: user, key, folders, jail."""

from pathlib import Path

from oms_edi.errors import Refused
from oms_edi.host.plan import Change, File, Folder, Run
from oms_edi.host.service import PARTNERS_GROUP, UNITS, USER, packaged

#: Partners' jails; sshd demands that root owns them, up to /.
JAILS = Path("/srv/oms-edi")
_KEYS = Path("/etc/ssh/oms-edi")
_SSHD = Path("/etc/ssh/sshd_config.d/oms-edi.conf")
#: sshd checks its settings only where this is, and makes it when it starts.
_SSHD_RUN = Path("/run/sshd")
_KEY_TYPES = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
)


def user_of(partner: str) -> str:
    """Return the login of a partner; never the name of a user of the system."""
    return f"edi-{partner}"


def folders_of(partner: str, *, inbox: Path, outbox: Path, owner: str = USER) -> list[Change]:
    """Return the folders of a partner who gets files by folder only."""
    return [
        Folder(path=inbox / partner, owner=owner, group=owner, mode=0o2770),
        Folder(path=outbox / partner, owner=owner, group=owner, mode=0o2770),
    ]


def sftp_of(
    partner: str,
    *,
    inbox: Path,
    outbox: Path,
    public_key: str,
    is_systemd: bool,
    daemon: str = USER,
) -> list[Change]:
    """Return what it takes to let a partner in.

    The daemon's group owns what the partner drops, the partner's group what the daemon leaves.

    Raises:
        Refused: the key is none.
    """
    _check_key(public_key)
    user = user_of(partner)
    jail = JAILS / user
    changes: list[Change] = [
        Run(
            argv=("groupadd", "--system", PARTNERS_GROUP),
            unless=("getent", "group", PARTNERS_GROUP),
        ),
        Run(
            # No password fits, and yet the account is not locked: sshd lets keys in.
            argv=(
                *("useradd", "--system", "--no-create-home", "--home-dir", "/in", "--user-group"),
                *("--groups", PARTNERS_GROUP, "--shell", "/usr/sbin/nologin", "--password", "*"),
                user,
            ),
            unless=("id", user),
        ),
        Folder(path=inbox / partner, owner=user, group=daemon, mode=0o2770),
        Folder(path=outbox / partner, owner=daemon, group=user, mode=0o2770),
        Run(argv=("chgrp", "-R", user, str(outbox / partner))),  # what lies there already
        Folder(path=JAILS, owner="root", group="root", mode=0o755),
        Folder(path=jail, owner="root", group="root", mode=0o755),
    ]
    for name, source in (("in", inbox / partner), ("out", outbox / partner)):
        changes += _mounted(source, jail / name, is_systemd=is_systemd)
    return [
        *changes,
        Folder(path=_KEYS, owner="root", group="root", mode=0o755),
        File(
            path=_KEYS / user,
            content=f"{public_key.strip()}\n",
            owner="root",
            group="root",
            mode=0o644,
        ),
        File(
            path=_SSHD,
            content=packaged("sshd-oms-edi.conf"),
            owner="root",
            group="root",
            mode=0o644,
        ),
        Folder(path=_SSHD_RUN, owner="root", group="root", mode=0o755),
        Run(argv=("sshd", "-t")),
        # Where sshd is not running, or is started for each login, there is nothing to reload.
        *([Run(argv=("systemctl", "try-reload-or-restart", "ssh"))] if is_systemd else []),
    ]


def _mounted(source: Path, target: Path, *, is_systemd: bool) -> list[Change]:
    """Show a folder at another place, now and after every boot."""
    made = Run(argv=("mkdir", "-p", str(target)), unless=("mountpoint", "-q", str(target)))
    if not is_systemd:
        mount = Run(
            argv=("mount", "--bind", str(source), str(target)),
            unless=("mountpoint", "-q", str(target)),
        )
        return [made, mount]
    name = unit_name(target)
    text = (
        f"[Unit]\nDescription={source} for a partner (oms-edi)\n"
        f"RequiresMountsFor={source}\n\n"
        f"[Mount]\nWhat={source}\nWhere={target}\nType=none\nOptions=bind,nosuid,nodev,noexec\n\n"
        "[Install]\nWantedBy=local-fs.target\n"
    )
    return [
        made,
        File(path=UNITS / name, content=text, owner="root", group="root", mode=0o644),
        Run(argv=("systemctl", "daemon-reload")),
        Run(argv=("systemctl", "enable", "--now", name)),
    ]


def unit_name(target: Path) -> str:
    r"""Return the name systemd wants for the mount unit of a path: `/a-b/c` is `a\x2db-c.mount`."""
    parts = [part.replace("-", r"\x2d") for part in target.parts[1:]]
    return "-".join(parts) + ".mount"


def _check_key(public_key: str) -> None:
    text = public_key.strip()
    if "PRIVATE KEY" in text:
        raise Refused("this is a private key; the partner must keep it and send the public one")
    parts = text.split()
    if len(parts) < 2 or parts[0] not in _KEY_TYPES or "\n" in text:
        raise Refused("no public key: one line such as `ssh-ed25519 AAAA... name`")
