"""SSH to a partner's server: which keys are trusted, who we are, which algorithms are offered.

A server shows a key that is pinned, or the visit ends; nothing is trusted at first sight. What is
done over the connection is `oms_edi.transports.sftp`.
"""

import base64
import hashlib
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO

import paramiko

from oms_edi.errors import EndpointRefused, TransientError
from oms_edi.partners.sftp import SftpSettings
from oms_edi.transports.errand import Secrets
from oms_edi.transports.reach import addresses_of, reach

#: Host key algorithms, best first (paramiko 5; it knows no SHA-1 and no DSA any more).
_HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
#: Still offered by paramiko, and broken or nearly so; `sftp.legacy` allows them one by one.
_WEAK = {
    "ciphers": ("3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"),
    "macs": ("hmac-md5", "hmac-sha1", "hmac-sha1-96", "hmac-md5-96"),
}
#: Host key algorithms by the key type of a pin.
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
#: What a text of theirs may add to a message.
_TOLD = 200

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it logs what we report ourselves


@contextmanager
def connection(
    settings: SftpSettings, secrets: Secrets, over: threading.Event
) -> Iterator[paramiko.Transport]:
    """Connect, trust and log in; the socket is closed after `visit_s`, and `over` set.

    Raises:
        EndpointRefused: host key, login or algorithms; trying again will not help.
        TransientError: it cannot be reached now.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        sock = reach(
            addresses_of(settings.host, settings.port),
            settings.port,
            timeout_s=settings.connect_s,
        )
    except OSError as error:
        raise TransientError(f"{where} cannot be reached: {error}") from error
    with sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        user_timeout_ms = int(settings.reply_s * 1000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, user_timeout_ms)

        def end() -> None:
            over.set()
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(settings.visit_s, end)
        timer.daemon = True
        timer.start()
        link = paramiko.Transport(sock, disabled_algorithms=_disabled(settings))
        link.banner_timeout = settings.connect_s
        link.auth_timeout = settings.connect_s
        link.daemon = True
        try:
            _start(link, settings, where)
            _check_host_key(link, settings)
            _log_in(link, settings, secrets)
            link.set_keepalive(15)
            yield link
        finally:
            timer.cancel()
            link.close()


def _start(transport: paramiko.Transport, settings: SftpSettings, where: str) -> None:
    try:
        transport.start_client(timeout=settings.connect_s)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise EndpointRefused(
            f"{where} and we have no algorithm in common ({printable(str(error))}); `sftp.legacy`"
            " and the types in `sftp.host_keys` decide what we offer; ssh-rsa with SHA-1 and DSA"
            " are not possible"
        ) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise TransientError(f"{where} does not speak SSH now: {printable(str(error))}") from error


def _disabled(settings: SftpSettings) -> dict[str, list[str]]:
    """Return the algorithms we do not offer: weak ones, and host keys of types that are not known.

    A server with several keys so shows the one that is pinned.
    """
    types = {pin.split(" ")[0] for pin in settings.host_keys}
    wanted = {name for kind in types for name in _ALGORITHMS.get(kind, (kind,))}
    disabled = {
        kind: [name for name in names if name not in settings.legacy]
        for kind, names in _WEAK.items()
    }
    disabled["keys"] = [n for n in _HOST_KEYS if n not in wanted]
    return disabled


def fingerprint(key: paramiko.PKey) -> str:
    """Write a host key as a pin: its type and SHA-256, as OpenSSH does."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def _check_host_key(transport: paramiko.Transport, settings: SftpSettings) -> None:
    try:
        shown = fingerprint(transport.get_remote_server_key())
    except paramiko.SSHException as error:
        raise TransientError(f"{settings.host} ended the connection before its key") from error
    if shown not in settings.host_keys:
        raise EndpointRefused(
            f"{settings.host} shows the host key {shown}, which is not in `sftp.host_keys`; ask"
            " the partner by another way whether it is theirs before you add it"
        )


def _log_in(transport: paramiko.Transport, settings: SftpSettings, secrets: Secrets) -> None:
    """Try our key, the agent's keys, the password, as far as they are configured; each once."""
    keys = [private_key(secrets)] if secrets.key else []
    if settings.agent:
        keys += list(paramiko.Agent().get_keys())
    try:
        for key in keys:
            with suppress(paramiko.AuthenticationException):
                transport.auth_publickey(settings.user, key)
            if transport.is_authenticated():
                return
        if secrets.password:
            transport.auth_password(settings.user, secrets.password)
    except paramiko.AuthenticationException as error:
        raise EndpointRefused(f"{settings.host} refuses our login {settings.user}") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise TransientError(f"the login at {settings.host} did not end") from error
    if not transport.is_authenticated():
        raise EndpointRefused(f"{settings.host} refuses our login {settings.user}")


def private_key(secrets: Secrets) -> paramiko.PKey:
    """Read our key.

    Raises:
        EndpointRefused: it is none, is locked, or of another program; it says what helps.
    """
    kinds = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
    text = secrets.key
    if "PuTTY-User-Key-File" in text:
        raise EndpointRefused("our key is a PuTTY key; `puttygen KEY -O private-openssh` turns it")
    if text.startswith(("ssh-", "ecdsa-")):
        raise EndpointRefused("our key is a public key; the credential must hold the private one")
    for kind in kinds:
        try:
            return kind.from_private_key(StringIO(text), secrets.passphrase or None)
        except paramiko.PasswordRequiredException as error:
            raise EndpointRefused("our key is locked; name a passphrase_credential") from error
        except (paramiko.SSHException, ValueError):
            continue
    raise EndpointRefused("our key cannot be read: no OpenSSH or PEM key, or a wrong passphrase")


def scan_host_keys(host: str, port: int, *, timeout_s: float = 15) -> list[str]:
    """Return every host key a server shows, as pins, without logging in.

    Raises:
        TransientError: it cannot be reached.
    """
    found = []
    for algorithm in _HOST_KEYS:
        others = [name for name in _HOST_KEYS if name != algorithm]
        try:
            sock = reach(addresses_of(host, port), port, timeout_s=timeout_s)
        except OSError as error:
            raise TransientError(f"{host}:{port} cannot be reached: {error}") from error
        transport = paramiko.Transport(sock, disabled_algorithms={"keys": others})
        transport.banner_timeout = timeout_s
        try:
            transport.start_client(timeout=timeout_s)
            found.append(fingerprint(transport.get_remote_server_key()))
        except paramiko.ssh_exception.IncompatiblePeer:
            continue
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TransientError(f"{host}:{port} does not speak SSH: {error}") from error
        finally:
            transport.close()
    return list(dict.fromkeys(found))


def printable(text: str) -> str:
    """Return a text of theirs so that a terminal and a log can bear it."""
    safe = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in safe)[:_TOLD]
