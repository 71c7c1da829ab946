"""A real OpenSSH server on a loopback port, serving a folder of the test as a partner would."""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


class Sshd:
    """A running server; `root` is what the partner sees."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port
        self.user = getpass.getuser()
        (root / "toward-us").mkdir()
        (root / "from-us").mkdir()

    def pin(self, kind: str = "ed25519") -> str:
        """Return its host key as a pin."""
        text = _run("ssh-keygen", "-lf", str(self.root / f"host_{kind}.pub"))
        names = {"ed25519": "ssh-ed25519", "rsa": "ssh-rsa"}
        return f"{names[kind]} {text.split()[1]}"

    def key(self) -> str:
        """Return the private key of the user it lets in."""
        return (self.root / "user").read_text()

    def mapping(self, more: str = "") -> str:
        """Return the `sftp:` section of a mapping that visits it."""
        return (
            "sftp:\n"
            f"  host: 127.0.0.1\n  port: {self.port}\n  user: {self.user}\n"
            "  key_credential: partner-key\n"
            f"  host_keys: ['{self.pin()}']\n"
            f"  fetch: {{folder: {self.root}/toward-us, settle_s: 0}}\n"
            f"  put: {{folder: {self.root}/from-us}}\n{more}"
        )


@contextmanager
def sshd(root: Path, *, more: str = "") -> Iterator[Sshd]:
    """Run a server until the end of the block; `more` ends its configuration."""
    assert SSHD
    root.mkdir(parents=True)
    server = Sshd(root, _free_port())
    for kind in ("ed25519", "rsa"):
        _run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(root / f"host_{kind}"))
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / "user"))
    shutil.copy(root / "user.pub", root / "authorized")
    config = root / "sshd_config"
    config.write_text(
        f"Port {server.port}\nListenAddress 127.0.0.1\n"
        f"HostKey {root}/host_ed25519\nHostKey {root}/host_rsa\n"
        f"AuthorizedKeysFile {root}/authorized\nPidFile none\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxStartups 100\n"
        f"Subsystem sftp internal-sftp\n{more}"
    )
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(exist_ok=True)
    with open(root / "sshd.log", "wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log)
    try:
        _wait_for(server.port, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "sshd ended"
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("sshd does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
