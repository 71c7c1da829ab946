"""One e-mail by SMTP, with TLS unless told otherwise."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from oms_edi.config.notify import Mail
from oms_edi.domain.message_out import Message
from oms_edi.errors import TransientError


def send(settings: Mail, message: Message, *, password: str) -> None:
    """Send one message; it is with their server when this returns.

    Raises:
        TransientError: it is not, with what the server or the network said.
    """
    letter = EmailMessage()
    letter["From"] = settings.sender
    letter["To"] = ", ".join(settings.to)
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(message.at)
    letter["Message-ID"] = f"<{message.key}@{settings.sender.split('@')[1]}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes back
    letter.set_content(message.text)
    try:
        with _connect(settings) as server:
            if settings.user:
                server.login(settings.user, password)
            server.send_message(letter)
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"{settings.host}:{settings.port}: {error}") from error


def _connect(settings: Mail) -> smtplib.SMTP:
    if settings.tls == "none":
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout_s, context=context
        )
    server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server
