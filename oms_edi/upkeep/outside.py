"""Checks of what lies outside: partners' servers, and the secrets that open them."""

from collections.abc import Iterator

from oms_edi.errors import EndpointRefused
from oms_edi.partners.profile import PartnerProfile
from oms_edi.partners.sftp import SftpSettings
from oms_edi.store import remote
from oms_edi.transports.credentials import read_credential
from oms_edi.transports.errand import Secrets
from oms_edi.upkeep.finding import Checkup, Finding, fail, ok, warn


def check_endpoints(checkup: Checkup) -> Iterator[Finding]:
    """How the last visits to partners' servers went."""
    wanted = {profile.id for profile in checkup.partners if profile.sftp}
    rows = remote.endpoints(checkup.book) if checkup.book else []
    failing = [row for row in rows if row.partner in wanted and row.failures]
    for row in failing:
        text = f"{row.partner}: {row.failures} visits failed, the last: {row.problem}"
        yield warn("servers", text, f"oms-edi endpoint test {row.partner}")
    if not failing:
        yield ok("servers", f"{len(wanted)} are visited, none fails")


def check_credentials(checkup: Checkup) -> Iterator[Finding]:
    """Every secret that is named can be read, and is what it should be."""
    faults = 0
    named = 0
    for who, name in _named(checkup):
        named += 1
        try:
            read_credential(name, checkup.config.folders.credentials)
        except EndpointRefused as error:
            faults += 1
            if isinstance(error.__cause__, PermissionError):
                text = f"{who}: {name} may not be read by this user"
                yield warn("credentials", text, "check as root; systemd hands them to the daemon")
            else:
                yield fail(
                    "credentials", f"{who}: {error}", f"put the secret into {name}, mode 600"
                )
    for profile in checkup.partners:
        if profile.sftp and profile.sftp.key_credential and not faults:
            yield from _key(checkup, profile, profile.sftp)
    if not faults:
        yield ok("credentials", f"{named} are named, all can be read")


def _named(checkup: Checkup) -> Iterator[tuple[str, str]]:
    """Yield (whose, name) of every credential that is configured."""
    for profile in checkup.partners:
        if profile.webhook:
            yield profile.id, profile.webhook.secret_credential
        if profile.sftp:
            settings = profile.sftp
            for name in (
                settings.password_credential,
                settings.key_credential,
                settings.passphrase_credential,
            ):
                if name:
                    yield profile.id, name
    for channel in checkup.config.notify.channels:
        for part in (channel.mail, channel.webhook):
            for key in ("password_credential", "secret_credential"):
                if name := getattr(part, key, ""):
                    yield channel.name, name


def _key(checkup: Checkup, profile: PartnerProfile, settings: SftpSettings) -> Iterator[Finding]:
    from oms_edi.transports.ssh import private_key  # paramiko: only where keys are used

    folder = checkup.config.folders.credentials
    known = Secrets(
        password="",
        key=read_credential(settings.key_credential, folder),
        passphrase=read_credential(settings.passphrase_credential, folder),
    )
    try:
        private_key(known)
    except EndpointRefused as error:
        remedy = "ssh-keygen -t ed25519 makes one; the partner needs its public half"
        yield fail("credentials", f"{profile.id}: {error}", remedy)
