"""`web:` the console: where it listens, who may reach it, how long a session lasts."""

from ipaddress import ip_network
from typing import Self

from pydantic import Field, field_validator, model_validator

from oms_edi.config.http_address import http_address
from oms_edi.config.settings import Settings


class Web(Settings):
    """The console, the status pages and the API, served by a process of their own."""

    enabled: bool = Field(
        False, description="The daemon starts the console, and stops it with itself."
    )
    host: str = Field(
        "127.0.0.1",
        description="The address it listens at; another than this machine's own needs a user.",
    )
    port: int = Field(8850, ge=1, le=65535, description="The port it listens at.")
    url: str = Field(
        "",
        description="How people reach it, such as `https://oms.example.com`: its host is accepted,"
        " links in files and mails begin with it, cookies need TLS if it does. Empty: host and"
        " port.",
    )
    hosts: tuple[str, ...] = Field(
        (), description="Other names it answers to in the Host header, without ports."
    )
    proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of reverse proxies: only from them X-Forwarded-For,"
        " X-Forwarded-Proto and `sso_header` are believed.",
    )
    sso_header: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]*$",
        description="Header in which a proxy names the user it has logged in; the user must exist"
        " here, with a role.",
    )
    session_h: float = Field(12, gt=0, le=720, description="Hours after which a session is over.")
    idle_h: float = Field(
        2, gt=0, le=720, description="Hours without a page after which a session is over."
    )
    threads: int = Field(8, ge=1, le=64, description="Pages made at the same time.")
    nice: int = Field(
        5,
        ge=0,
        le=19,
        description="So far it steps back from the processor while the daemon wants it: 0 not at"
        " all, 19 the most.",
    )
    max_form_bytes: int = Field(
        5_000_000, ge=10_000, description="A form or an uploaded file may be so large."
    )
    max_body_bytes: int = Field(
        2_000_000, ge=10_000, description="The body of a call of the API may be so large."
    )

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if not url:
            return url
        parts = http_address(url)
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("scheme, host and port only; the console lies at the root")
        return url.rstrip("/")

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not host or "/" in host or host.count(":") == 1:
                raise ValueError(f"{host!r} is no name: without scheme, port and path")
        return hosts

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sso_header and not self.proxies:
            raise ValueError("sso_header needs proxies: from anybody else it would be a password")
        return self
