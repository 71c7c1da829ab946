"""Where a customer's server hears how its orders stand: one signed POST an order and change."""

from typing import Self

from pydantic import Field, model_validator

from oms_edi.config.http_address import http_address
from oms_edi.config.settings import Settings


class WebhookSettings(Settings):
    """Their address, and how we prove that it is us; `orders.status` says when it is called."""

    url: str = Field(
        description="https; http only with `private`. Redirects are not followed: they could lead"
        " anywhere."
    )
    secret_credential: str = Field(
        min_length=1,
        description="Name of the credential with the key of the signature (HMAC-SHA256), which"
        " they have, too.",
    )
    ca_file: str = Field("", description="Certificates to trust; empty: those of the system.")
    private: bool = Field(
        False,
        description="True allows an address of this machine or of a private network, and http:"
        " for a server in the same house.",
    )
    timeout_s: float = Field(10, gt=0, le=120, description="For each answer of their server.")

    retry_s: float = Field(
        5, gt=0, description="Seconds to the second attempt; doubled with each, up to an hour."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        parts = http_address(self.url)
        if parts.scheme == "http" and not self.private:
            raise ValueError("http would show orders to everybody on the way; use https")
        if parts.username or parts.password or parts.fragment:
            raise ValueError("no login and no fragment in the url; calls are signed")
        return self
