"""A partner's SFTP server: where it is, how it is trusted, which folders are ours and theirs."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.settings import Settings

#: An SSH key type and the SHA-256 fingerprint of its public key, as OpenSSH prints them.
_PIN = (
    r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256|ecdsa-sha2-nistp384|ecdsa-sha2-nistp521)"
    r" SHA256:[A-Za-z0-9+/]{43}$"
)
#: A folder on their server: nothing that could climb out or confuse a terminal.
_FOLDER = r"^[A-Za-z0-9._ /@()+,=-]{1,200}$"
_CREDENTIAL = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$|^$"


class FetchSettings(Settings):
    """What we take from their server."""

    folder: str = Field(pattern=_FOLDER, description="Where their files for us lie.")
    pattern: str = Field("*", description="Names we take, with * and ?.")
    settle_s: float = Field(
        10, ge=0, description="Seconds a file must keep its size and time before it is taken."
    )
    marker: str = Field(
        "",
        pattern=r"^(\.[A-Za-z0-9]{1,12})?$",
        description="Take only files that have this beside"
        " them, such as `.done`; the marker is removed after the file.",
    )
    after: Literal["delete", "move"] = Field("delete", description="What becomes of a taken file.")
    move_to: str = Field("", pattern=rf"{_FOLDER}|^$", description="Folder for `after: move`.")
    max_files: int = Field(500, ge=1, le=10_000, description="At most so many in one visit.")
    max_listed: int = Field(
        50_000, ge=1, description="Names read of a listing; more wait until these are gone."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.after == "move") != bool(self.move_to):
            raise ValueError("move_to belongs to after: move, and that needs it")
        return self


class PutSettings(Settings):
    """How we leave files on their server."""

    folder: str = Field(pattern=_FOLDER, description="Where they look for files from us.")
    mode: Literal["rename", "direct", "marker"] = Field(
        "rename",
        description="rename: under a temporary name, then renamed; direct: under its name at once, "
        "where they forbid renames; marker: direct, then an empty file with `marker` added.",
    )
    marker: str = Field(
        ".done", pattern=r"^\.[A-Za-z0-9]{1,12}$", description="For `mode: marker`."
    )
    takes_at_once: bool = Field(
        False,
        description="Their server moves a file away as soon as it is complete: one that is gone "
        "after an unclear end counts as delivered.",
    )


class SftpSettings(Settings):
    """A visit to their server: who we are there, what is fetched and left."""

    host: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$", description="Name or address.")
    port: int = Field(22, ge=1, le=65535, description="Of the server.")
    user: str = Field(min_length=1, max_length=64, description="Our login there.")
    password_credential: str = Field(
        "", pattern=_CREDENTIAL, description="Name of the credential that holds the password."
    )
    key_credential: str = Field(
        "", pattern=_CREDENTIAL, description="Name of the credential that holds our private key."
    )
    passphrase_credential: str = Field(
        "", pattern=_CREDENTIAL, description="Name of the credential that unlocks the key."
    )
    agent: bool = Field(False, description="Use the keys of a running ssh-agent.")
    host_keys: tuple[str, ...] = Field(
        min_length=1,
        description="Keys this server may show, as `oms-edi hostkey scan` prints them; several "
        "while they change theirs. Any other key ends the visit.",
    )
    legacy: tuple[
        Literal[
            "hmac-sha1",
            "hmac-md5",
            "hmac-sha1-96",
            "aes128-cbc",
            "aes192-cbc",
            "aes256-cbc",
            "3des-cbc",
        ],
        ...,
    ] = Field((), description="Weak algorithms this server may still use.")
    fetch: FetchSettings | None = Field(None, description="Absent: nothing is fetched.")
    put: PutSettings | None = Field(
        None, description="Absent: what we send lies in their folder in `outbox/`."
    )
    every_s: int = Field(60, ge=5, le=86_400, description="Seconds between visits.")
    connect_s: float = Field(15, gt=0, le=120, description="For TCP, banner, keys and login, each.")
    reply_s: float = Field(60, gt=0, le=600, description="For any reply after that.")
    visit_s: float = Field(600, gt=0, le=7200, description="For a whole visit.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.password_credential or self.key_credential or self.agent):
            raise ValueError("one of password_credential, key_credential or agent is needed")
        if self.passphrase_credential and not self.key_credential:
            raise ValueError("passphrase_credential is for a key_credential")
        for pin in self.host_keys:
            if not re.fullmatch(_PIN, pin):
                raise ValueError(
                    "host_keys: a key type and SHA256:... as `oms-edi hostkey scan` prints them"
                )
        if self.fetch is None and self.put is None:
            raise ValueError("neither fetch nor put: nothing to visit them for")
        return self
