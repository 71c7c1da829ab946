"""A real SMTP server and a real HTTP server on this machine, and what they got."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Letters:
    """Keeps every letter; `answer` refuses them all where it is not 250."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.got: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a letter."""
        if self.answer.startswith("250"):
            content = envelope.original_content or b""
            letter = message_from_bytes(content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.got.append(letter)
        return self.answer


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    is_right = (data.login, data.password) == (b"oms", b"right")
    return AuthResult(success=is_right, handled=is_right)


def free_port() -> int:
    """Return a port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def smtp(letters: Letters, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run an SMTP server; yield its port."""
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": bool(tls)}
    if tls:
        options |= {"authenticator": _login, "auth_required": True}
    port = free_port()
    controller = Controller(letters, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


class Calls:
    """Keeps every call and answers with `first`, then with `status`, after `wait_s`.

    `headers` are of its first answers.
    """

    def __init__(
        self,
        status: int = 204,
        wait_s: float = 0,
        first: tuple[int, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status, self.wait_s, self.first = status, wait_s, list(first)
        self.headers = headers or {}
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []

    @property
    def bodies(self) -> list[Any]:
        """What they said."""
        return [json.loads(body) for _, body in self.got]


@contextmanager
def http(calls: Calls, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run an HTTP server; yield its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(calls.wait_s)
            calls.got.append((dict(self.headers), body))
            calls.paths.append(self.path)
            headers = calls.headers if calls.first else {}
            status = calls.first.pop(0) if calls.first else calls.status
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for localhost; return a server's context and the file to trust."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem
