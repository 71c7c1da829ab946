"""`notify:` who hears of exceptions, how, and how often."""

from datetime import time
from string import Template
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from oms_edi.config.http_address import http_address
from oms_edi.config.settings import Settings
from oms_edi.config.time_zone import TimeZone
from oms_edi.domain.exceptions import Queue, Severity

#: What a template may name.
FIELDS = frozenset(
    [
        "exception",
        "kind",
        "queue",
        "severity",
        "subject",
        "text",
        "action",
        "commands",
        "partner",
        "node",
        "order",
        "risk",
        "due",
        "opened",
        "owner",
        "level",
        "company",
    ]
)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def _template(text: str) -> str:
    template = Template(text)
    unknown = set(template.get_identifiers()) - FIELDS
    if not template.is_valid() or unknown:
        named = f"there is no ${sorted(unknown)[0]}" if unknown else "a $ stands alone; write $$"
        raise ValueError(f"{named}; fields are ${', $'.join(sorted(FIELDS))}")
    return text


TemplateText = Annotated[str, AfterValidator(_template)]


class Mail(Settings):
    """An e-mail by SMTP."""

    host: str = Field(min_length=1, description="SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="587 for starttls, 465 for tls.")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="none only to this machine, or without a credential."
    )
    ca_file: str = Field("", description="Certificates to trust; empty: those of the system.")
    sender: str = Field(pattern=r"^[^\s@]+@[^\s@]+$", description="From.")
    to: tuple[str, ...] = Field(min_length=1, description="Who gets it.")
    user: str = Field("", description="Empty: no login.")
    password_credential: str = Field(
        "", description="Name of the credential with the password, as for SFTP servers."
    )
    timeout_s: float = Field(10, gt=0, le=120, description="For each answer of the server.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.tls == "none" and self.user and self.host not in _LOCAL:
            raise ValueError("a login without TLS would show the password to everybody on the way")
        if bool(self.user) != bool(self.password_credential):
            raise ValueError("user and password_credential go together")
        return self


class Webhook(Settings):
    """A POST of JSON, signed where there is a secret."""

    url: str = Field(description="https; http only to this machine. Redirects are not followed.")
    secret_credential: str = Field(
        "", description="Name of the credential with the key of the signature (HMAC-SHA256)."
    )
    ca_file: str = Field("", description="Certificates to trust; empty: those of the system.")
    timeout_s: float = Field(10, gt=0, le=120, description="For each answer of the server.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        parts = http_address(self.url)
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise ValueError("http would show what is sent to everybody on the way; use https")
        if parts.username or parts.password:
            raise ValueError("no login in the url; sign with secret_credential")
        return self


class Channel(Settings):
    """One way to tell some people of some exceptions."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,30}$", description="Short and telling.")
    mail: Mail | None = Field(None, description="Absent: by webhook.")
    webhook: Webhook | None = Field(None, description="Absent: by mail.")
    queues: tuple[Queue, ...] = Field((), description="Only these queues; empty: all.")
    severities: tuple[Severity, ...] = Field(
        (Severity.ERROR, Severity.WARNING), description="Only these severities."
    )
    digest_at: tuple[time, ...] = Field(
        (), description="All together at these times of day; empty: each at once."
    )
    timezone: TimeZone = Field("America/Chicago", description="IANA zone of `digest_at`.")
    per_hour: int = Field(
        10, ge=1, description="Messages in an hour; the last of them sums up all that is left."
    )
    subject: TemplateText = Field(
        "[$severity] $kind: $subject", description="Of a message about one exception."
    )
    text: TemplateText = Field(
        "$text\n\nWhat to do: $action\n$commands\n\n"
        "Queue $queue, at risk $risk, due $due, open since $opened (exception $exception).\n",
        description="Of a message about one exception; `$name` is one of its fields.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.mail is None) == (self.webhook is None):
            raise ValueError("a channel has either mail or webhook")
        return self

    def wants(self, queue: str, severity: str) -> bool:
        """True if this channel tells of such an exception."""
        return severity in self.severities and (not self.queues or queue in self.queues)


class Notify(Settings):
    """Who hears of exceptions."""

    channels: tuple[Channel, ...] = Field((), description="Empty: nobody is told.")
    max_attempts: int = Field(10, ge=1, description="Then a message is given up, and listed.")
    retry_s: float = Field(
        30, gt=0, description="Seconds to the second attempt; doubled with each, up to an hour."
    )
    max_age_h: float = Field(
        24, gt=0, description="What could not be told for so long is not told any more."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [channel.name for channel in self.channels]
        if len(set(names)) != len(names):
            raise ValueError("two channels have the same name")
        return self
