"""A real systemd, booted as process 1 of its own namespaces: what units do, not what they say.

The machine's own file system lies under an overlay in memory, so nothing on it changes. It takes
root, and a kernel that lets root make namespaces; elsewhere `Booted.start` says why it cannot.
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from pathlib import Path

import oms_edi

SYSTEMD = Path("/lib/systemd/systemd")
#: Where the package lies inside, visible to a unit with ProtectHome and PrivateTmp.
HOME = Path("/opt/oms-edi-test")
PYTHON = HOME / "bin/python"
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

#: $1 is a cgroup, which becomes the root of those inside; $2 is run there with $3.
_APART = """
echo $$ > "$1/cgroup.procs" &&
exec unshare --fork --pid --mount --uts --ipc --cgroup bash -c "$2" boot "$3"
"""
#: $1 is an empty folder. Nothing that would touch the kernel or devices of the machine is started;
#: mounts reach the namespaces of units.
_BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
root="$1/root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind /dev/pts "$root/dev/pts"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
find "$root/etc/systemd/system" -name '*.wants' -type d -exec rm -rf {} +
for target in sysinit local-fs multi-user timers graphical; do
    rm -rf "$root/lib/systemd/system/$target.target.wants"
done
rm -f "$root/lib/systemd/system/sockets.target.wants/systemd-journald-audit.socket"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nAudit=no\nReadKMsg=no\nStorage=volatile\n' \
    > "$root/etc/systemd/journald.conf.d/test.conf"
rm -rf "$root/var/lib/oms-edi" "$root/etc/oms-edi" "$root/var/backups/oms-edi"
mkdir -p "$root$HOME/bin" "$root$HOME/base" "$root$HOME/site" "$root$HOME/src" "$root$HOME/$SITE"
mount --bind "$BASE" "$root$HOME/base"
mount --bind "$PACKAGES" "$root$HOME/site"
cp -r "$SOURCE" "$root$HOME/src/"
ln -s "$HOME/base/bin/$NAME" "$root$HOME/bin/python"
echo "home = $HOME/base/bin" > "$root$HOME/pyvenv.cfg"
printf '%s\\n' "$HOME/src" "$HOME/site" > "$root$HOME/$SITE/test.pth"
mount --make-rshared "$root"
exec chroot "$root" env -i PATH="$PATH" container=other \\
    "$SYSTEMD" --system --unit=multi-user.target --log-target=null --show-status=0
"""


class CannotBoot(Exception):
    """This machine does not let us; the text says where it ended."""


class Booted:
    """A running systemd."""

    def __init__(self, process: subprocess.Popen[bytes], init: int, cgroup: Path) -> None:
        self._process = process
        self._init = init
        self._cgroup = cgroup

    @staticmethod
    def start(folder: Path) -> "Booted":
        """Boot one; `folder` is empty.

        Raises:
            CannotBoot: there is no systemd, or no leave.
        """
        if os.geteuid() != 0 or not SYSTEMD.exists() or not shutil.which("unshare"):
            raise CannotBoot("it takes root, systemd and unshare")
        cgroup = _own_cgroup()
        log = folder.with_name(f"{folder.name}.log")
        with open(log, "wb") as said:
            process = subprocess.Popen(
                ["sh", "-c", _APART, "sh", str(cgroup), _BOOT, str(folder)],
                env=_ENVIRONMENT | _places(),
                stdout=said,
                stderr=said,
            )
        try:
            booted = Booted(process, _child_of(process), cgroup)
            booted._wait_until_up()
        except CannotBoot as error:
            process.kill()
            raise CannotBoot(f"{error}: {log.read_text()[-300:]}") from error
        return booted

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            done = self.ask("systemctl", "is-system-running")
            if done.stdout.strip() in ("running", "degraded"):
                return
            time.sleep(0.2)
        raise CannotBoot("systemd does not come up in namespaces here")

    def ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside; it may fail."""
        inside = ("nsenter", "-t", str(self._init), "-p", "-m", "-u", "-i", "-C", "-r", "-w")
        return subprocess.run(
            [*inside, *command], env=_ENVIRONMENT, capture_output=True, text=True, timeout=60
        )

    def do(self, *command: str) -> str:
        """Run a command inside that must end well; return what it printed."""
        done = self.ask(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def path(self, path: str) -> Path:
        """A path inside as it is reached from here."""
        return Path(f"/proc/{self._init}/root", path.lstrip("/"))

    def stop(self) -> None:
        """End it and everything in it."""
        os.kill(self._init, signal.SIGKILL)
        self._process.wait(timeout=30)
        with suppress(OSError):  # the kernel may not have buried all of them yet
            for folder in sorted(self._cgroup.rglob("*/"), reverse=True):
                folder.rmdir()
            self._cgroup.rmdir()


def _places() -> dict[str, str]:
    site = Path(sysconfig.get_path("purelib"))
    return {
        "SYSTEMD": str(SYSTEMD),
        "HOME": str(HOME),
        "BASE": sys.base_prefix,
        "NAME": Path(os.path.realpath(sys.executable)).name,
        "PACKAGES": str(site),
        "SITE": str(site.relative_to(sys.prefix)),
        "SOURCE": str(Path(oms_edi.__file__).parent),
    }


def _own_cgroup() -> Path:
    """Make a cgroup of version 2 below ours, where processes may be put."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    root = next((Path(words[1]) for words in mounts if words[2] == "cgroup2"), None)
    ours = [
        line.split("::")[1]
        for line in Path("/proc/self/cgroup").read_text().splitlines()
        if line.startswith("0::")
    ]
    if root is None or not ours:
        raise CannotBoot("no cgroups of version 2 here")
    made = root / ours[0].lstrip("/") / f"oms-edi-test-{os.getpid()}"
    try:
        made.mkdir()
    except OSError as error:
        raise CannotBoot(f"{made}: {error.strerror}") from error
    return made


def _child_of(process: subprocess.Popen[bytes]) -> int:
    """Return the process `unshare` forked: 1 inside."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and process.poll() is None:
        if text := children.read_text().split():
            return int(text[0])
        time.sleep(0.01)
    raise CannotBoot("no namespaces here")
