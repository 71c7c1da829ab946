"""What root sets up: the systemd units, and partners who visit us through a real sshd in a jail."""

import fcntl
import getpass
import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from oms_edi.host import service
from oms_edi.host.partner import JAILS, unit_name
from oms_edi.host.plan import File
from tests.support.command import run
from tests.support.edi import interchange, x850
from tests.support.site import Site
from tests.support.sshd import SSHD, Sshd, sshd

UNITS = ("oms-edi.service", "oms-edi-backup.service", "oms-edi-backup.timer")
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    for name in UNITS:
        (tmp_path / name).write_text(service.unit(name, python="/usr/bin/true"))
    return tmp_path


@needs_systemd
def test_the_units_are_what_systemd_understands(units: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(units / name) for name in UNITS)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", ["oms-edi.service", "oms-edi-backup.service"])
def test_the_services_are_hardened(units: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(units / name)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-200:]


def test_everything_writable_is_one_mount_so_that_files_can_be_renamed() -> None:
    unit = service.unit("oms-edi.service")
    assert "StateDirectory=oms-edi\n" in unit
    assert "ReadWritePaths" not in unit
    (config,) = [
        change.content
        for change in service.plan()
        if isinstance(change, File) and change.path == service.ETC / "config.yaml"
    ]
    for name in ("inbox", "outbox", "var"):
        assert f"{name}: {service.STATE}/{name}" in config


def test_the_plan_of_the_service_is_shown_before_it_is_made(tmp_path: Path) -> None:
    told = run(tmp_path, "install-service", "--dry-run")
    assert "useradd --system" in told
    assert "-I -m oms_edi --config /etc/oms-edi/config.yaml run" in told
    assert subprocess.run(["bash", "-n"], input=told, text=True).returncode == 0


def test_the_name_of_a_mount_unit_is_escaped_as_systemd_does() -> None:
    assert unit_name(Path("/srv/oms-edi/edi-acme/in")) == r"srv-oms\x2dedi-edi\x2dacme-in.mount"


class Visitor:
    """A partner set up by `partner add --sftp`, and its way in."""

    def __init__(self, site: Site, server: Sshd, user: str) -> None:
        self.site, self.server, self.user = site, server, user

    def sftp(self, *lines: str) -> subprocess.CompletedProcess[str]:
        """Log in and run a batch."""
        return self._ssh("sftp", "-P", ["-b", "-"], "\n".join(lines))

    def shell(self) -> subprocess.CompletedProcess[str]:
        return self._ssh("ssh", "-p", [], "", "id")

    def _ssh(
        self, program: str, port: str, more: list[str], text: str, *command: str
    ) -> subprocess.CompletedProcess[str]:
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        options += ["-o", "BatchMode=yes", "-i", str(self.server.root / "user")]
        return subprocess.run(
            [
                program,
                *options,
                port,
                str(self.server.port),
                *more,
                f"{self.user}@127.0.0.1",
                *command,
            ],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def visitor(site: Site, tmp_path: Path) -> Iterator[Visitor]:
    if os.geteuid() != 0 or not SSHD:
        pytest.skip("needs root and an OpenSSH server: it makes a user and a jail")
    with open(Path(tempfile.gettempdir(), "oms-edi-host-test.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side, the machine is one
        yield from _set_up(site, tmp_path)


def _set_up(site: Site, tmp_path: Path) -> Iterator[Visitor]:
    kept = {path: path.exists() for path in (JAILS, Path("/etc/ssh/oms-edi"))}
    drop_in = Path("/etc/ssh/sshd_config.d/oms-edi.conf")
    had = drop_in.read_text() if drop_in.exists() else None
    user, jail = "edi-buyer", JAILS / "edi-buyer"
    if any(entry.pw_name == user for entry in pwd.getpwall()):
        pytest.skip(f"a user {user} lives here")
    more = service.packaged("sshd-oms-edi.conf")
    with sshd(tmp_path / "partner", more=more) as server:
        try:
            key = str(server.root / "user.pub")
            owner = getpass.getuser()
            command = ("partner", "add", "buyer", "--sftp", "--key", key, "--owner", owner)
            before = site.root / "outbox/buyer/before.edi"
            before.parent.mkdir(parents=True)
            before.write_text("ISA")
            before.chmod(0o640)
            run(site.root, *command)
            run(site.root, *command)  # again: nothing is in its way
            yield Visitor(site, server, user)
        finally:
            for name in ("in", "out"):
                subprocess.run(["umount", str(jail / name)], capture_output=True)
            shutil.rmtree(jail, ignore_errors=True)
            subprocess.run(["userdel", user], capture_output=True)
            Path("/etc/ssh/oms-edi", user).unlink(missing_ok=True)
            drop_in.write_text(had) if had is not None else drop_in.unlink(missing_ok=True)
            for path, was_there in kept.items():
                if not was_there:
                    path.rmdir()
            if not any(entry.gr_mem for entry in grp.getgrall() if "oms-edi-part" in entry.gr_name):
                subprocess.run(["groupdel", "oms-edi-partners"], capture_output=True)


def test_a_partner_drops_an_order_and_fetches_its_answers(visitor: Visitor) -> None:
    site = visitor.site
    order = site.root / "order.edi"
    order.write_bytes(interchange(x850()))
    done = visitor.sftp(f"put {order} order.tmp", "rename order.tmp order.edi")
    assert done.returncode == 0, done.stderr
    dropped = site.root / "inbox/buyer/order.edi"
    assert dropped.stat().st_mode & 0o777 == 0o640
    assert dropped.group() == getpass.getuser()
    site.run()
    assert [file["state"] for file in site.files()] == ["accepted"]
    target = site.root / "fetched"
    target.mkdir()
    done = visitor.sftp(f"get /out/997* {target}/", "rm /out/997*")
    assert done.returncode == 0, done.stderr
    assert len(list(target.iterdir())) == 1
    assert site.outgoing("buyer", "997") == []


def test_what_lay_there_before_a_partner_came_is_for_it_too(
    visitor: Visitor, tmp_path: Path
) -> None:
    done = visitor.sftp(f"get /out/before.edi {tmp_path}/got")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got").read_text() == "ISA"


def test_a_partner_sees_its_own_folders_and_nothing_else(visitor: Visitor) -> None:
    (visitor.site.root / "inbox/buyer5/secret.edi").write_text("x")
    listed = visitor.sftp("ls -1 /").stdout
    assert [line for line in listed.splitlines() if not line.startswith("sftp>")] == [
        "/in",
        "/out",
    ]
    for line in ("get /etc/passwd", "put /etc/hostname /new", "mkdir /jail", "ls ../../inbox"):
        assert visitor.sftp(line).returncode != 0, line


def test_a_partner_gets_no_shell(visitor: Visitor) -> None:
    done = visitor.shell()
    assert "uid=" not in done.stdout
    assert done.returncode != 0


def test_what_is_no_public_key_is_refused(site: Site) -> None:
    private = site.root / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(private)], check=True)
    command = ("partner", "add", "buyer", "--sftp", "--dry-run", "--key")
    assert "private key" in run(site.root, *command, str(private), expect=1)
    assert "edi-buyer" in run(site.root, *command, f"{private}.pub")
    (site.root / "none").write_text("hello\n")
    assert "no public key" in run(site.root, *command, str(site.root / "none"), expect=1)
    assert "no mapping nobody.yaml" in run(site.root, "partner", "add", "nobody", expect=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders away")
def test_an_owner_this_machine_does_not_know_is_named(site: Site) -> None:
    said = run(site.root, "partner", "add", "buyer", "--owner", "nobody-here", expect=1)
    assert "nobody-here" in said
    assert "no such user" in said
