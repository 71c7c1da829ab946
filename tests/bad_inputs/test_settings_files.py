"""Bad settings: `check --config` ends with 78 and names file, line, key and what is meant."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from oms_edi.cli.main import cli
from oms_edi.errors import EndpointRefused, OmsError
from oms_edi.transports.credentials import read_credential
from tests.support.site import CONFIG, MAPPINGS, Site

SECRET = "hunter2-Xq9"
SFTP = f"""\
name: THE BUYER
x12: {{isa_id: BUYER, gs_id: BUYER}}
sftp:
  host: example.com
  user: us
  password_credential: buyer
  host_keys: ["ssh-ed25519 SHA256:{"A" * 43}"]
  fetch: {{folder: out}}
"""
PIN = f'"ssh-ed25519 SHA256:{"A" * 43}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault in one file of settings."""

    what: str
    #: config.yaml with this replaced, or
    old: str = ""
    new: str | bytes = ""
    #: a mapping of this name with it replaced.
    mapping: str = ""
    says: tuple[str, ...]


def _aliases() -> str:
    """Ten lines that say a thousand million values."""
    lines = ["a: &a [x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in pairwise("abcdefghij")]
    return "\n".join(lines) + "\n"


CASES = (
    # What the file is.
    Case(what="missing", old=CONFIG, new="", says=("config.yaml",)),
    Case(what="utf-16", old=CONFIG, new=CONFIG.encode("utf-16"), says=("not UTF-8 at byte 0",)),
    Case(what="nul", old="settle_s: 0", new="settle_s: \x00", says=("no YAML",)),
    Case(what="tab", old="settle_s: 0", new="\tsettle_s: 0\n\t", says=("config.yaml:",)),
    Case(what="2 MB", old=CONFIG, new=CONFIG + "#" * 2_000_000, says=("more than 1000000 bytes",)),
    Case(what="deep", old="settle_s: 0", new=f"x: {'[' * 50_000}", says=("nested too deep",)),
    Case(what="a list", old=CONFIG, new="[1, 2]\n", says=("(whole file)",)),
    Case(what="two documents", old="nodes:", new="---\nnodes:", says=("config.yaml:3:",)),
    Case(
        what="python object",
        old="settle_s: 0",
        new="settle_s: !!python/object/apply:os.system [id]",
        says=("config.yaml:2:", "could not determine a constructor"),
    ),
    Case(
        what="alias of nothing",
        old="settle_s: 0",
        new="settle_s: *gone",
        says=("config.yaml:2:", "alias"),
    ),
    Case(
        what="merges of merges",
        old="routing:",
        new="a: &a {k: 1}\nb: &b {<<: [" + "*a, " * 10 + "]}\nrouting:",
        says=("config.yaml:", "<< is not read"),
    ),
    Case(
        what="aliases of aliases",
        old="routing:",
        new=_aliases() + "routing:",
        says=("a: there is no such setting",),
    ),
    Case(what="holds itself", old="zones:", new="zones: &z [*z]\n  x:", says=("routing.zones.0",)),
    Case(
        what="key twice",
        old="settle_s: 0",
        new="settle_s: 0, settle_s: 9",
        says=("config.yaml:2:23", "twice"),
    ),
    # Keys and values.
    Case(
        what="unknown key",
        old="settle_s",
        new="setle_s",
        says=("config.yaml:2: intake.setle_s", "settle_s is meant?"),
    ),
    Case(
        what="unknown section",
        old="routing:",
        new="rooting:",
        says=("rooting", "routing is meant?"),
    ),
    Case(
        what="nothing like it",
        old="settle_s",
        new="xyz",
        says=("intake.xyz", "there are settle_s, stale_after_s"),
    ),
    Case(
        what="key in a list",
        old="rank: 1",
        new="rnak: 1",
        says=("config.yaml:4: nodes.0.rnak", "rank is meant?"),
    ),
    Case(
        what="words for a number",
        old="settle_s: 0",
        new="settle_s: soon",
        says=("config.yaml:2: intake.settle_s", "number"),
    ),
    Case(
        what="minus",
        old="settle_s: 0",
        new="settle_s: -1",
        says=("intake.settle_s", "greater than or equal to 0"),
    ),
    Case(
        what="list for a section",
        old="intake: {settle_s: 0, stale_after_s: 60}",
        new="intake: [1]",
        says=("config.yaml:2: intake",),
    ),
    Case(
        what="zone", old="America/Los_Angeles", new="US/Atlantis", says=("nodes.1.timezone", "IANA")
    ),
    Case(
        what="zone of a path",
        old="America/Los_Angeles",
        new="../../etc/passwd",
        says=("nodes.1.timezone", "IANA"),
    ),
    Case(
        what="day that is none",
        old="routing:",
        new="calendars: {us: [2026-02-31]}\nrouting:",
        says=("no YAML",),
    ),
    Case(
        what="isa id with a star",
        old="isa_id: US",
        new='isa_id: "U*S"',
        says=("company.isa_id", "padding is ours"),
    ),
    Case(
        what="isa id padded",
        old="isa_id: US",
        new='isa_id: "US "',
        says=("company.isa_id", "padding is ours"),
    ),
    Case(
        what="isa id of 16",
        old="isa_id: US",
        new=f"isa_id: {'U' * 16}",
        says=("company.isa_id", "15 characters"),
    ),
    Case(
        what="isa id of a line", old="isa_id: US", new='isa_id: "U\\nS"', says=("company.isa_id",)
    ),
    Case(
        what="qualifier",
        old="isa_id: US",
        new='isa_id: US, isa_qualifier: "z*"',
        says=("company.isa_qualifier", "two letters"),
    ),
    Case(
        what="home folder",
        old="routing:",
        new='folders: {inbox: "~/in"}\nrouting:',
        says=("folders.inbox", "whole path"),
    ),
    Case(
        what="variable",
        old="routing:",
        new="folders: {inbox: $HOME/in}\nrouting:",
        says=("folders.inbox", "whole path"),
    ),
    Case(
        what="folder of a line",
        old="routing:",
        new='folders: {inbox: "a\\nb"}\nrouting:',
        says=("folders.inbox", "control"),
    ),
    Case(
        what="folder in a folder",
        old="routing:",
        new="folders: {var: inbox/x}\nrouting:",
        says=("folders.inbox, folders.var",),
    ),
    Case(what="two nodes", old="id: RNO", new="id: DAL", says=("two nodes",)),
    Case(
        what="secret in a url",
        old="routing:",
        new=f"notify: {{channels: [{{name: x, webhook: {{url: 'https://u:{SECRET}@x.example'}}}}]}}\nrouting:",
        says=("notify.channels.0.webhook", "secret_credential"),
    ),
    # Mappings.
    Case(
        what="mapping of nothing",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new="",
        says=("buyer.yaml", "not a mapping"),
    ),
    Case(
        what="unknown key of a partner",
        mapping="buyer",
        old="tier: 1",
        new="teir: 1",
        says=("buyer.yaml:4: orders.teir", "tier is meant?"),
    ),
    Case(
        what="isa id of another",
        mapping="buyer5",
        old="isa_id: BUYER5",
        new="isa_id: BUYER",
        says=("buyer5.yaml", "buyer's already"),
    ),
    Case(
        what="delimiter a letter",
        mapping="buyer5",
        old='"|"',
        new="E",
        says=("buyer5.yaml:6: x12.delimiters", "letter"),
    ),
    Case(
        what="delimiters alike",
        mapping="buyer5",
        old='"|"',
        new='"~"',
        says=("x12.delimiters", "same character"),
    ),
    Case(
        what="delimiter of two",
        mapping="buyer5",
        old='"|"',
        new='"||"',
        says=("x12.delimiters.element",),
    ),
    Case(
        what="column unknown",
        mapping="shop",
        old="po_number: PO",
        new="po_nummer: PO",
        says=("shop.yaml", "csv.columns.po_nummer"),
    ),
    Case(
        what="postal code",
        mapping="buyer",
        old='"74133"',
        new='"7413"',
        says=("orders.stores.S1.postal_code",),
    ),
    Case(
        what="password",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP + f"  password: {SECRET}\n",
        says=("buyer.yaml:9: sftp.password", "a secret must not stand here", "password_credential"),
    ),
    Case(
        what="private key",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP + f"  private_key: {SECRET}\n",
        says=("sftp.private_key", "key_credential"),
    ),
    Case(
        what="credential that is a path",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP.replace("credential: buyer", "credential: ../x"),
        says=("sftp.password_credential",),
    ),
    Case(
        what="no host key",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP.replace(f"[{PIN}]", "[]"),
        says=("buyer.yaml:7: sftp.host_keys",),
    ),
    Case(
        what="md5 of a host key",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP.replace(PIN, "MD5:aa:bb"),
        says=("sftp", "hostkey scan"),
    ),
    Case(
        what="unverified host",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP + "  verify_host_key: false\n",
        says=("sftp.verify_host_key", "no such setting"),
    ),
    Case(
        what="algorithm we have not",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP + "  legacy: [ssh-rsa]\n",
        says=("buyer.yaml:9: sftp.legacy.0",),
    ),
    Case(
        what="port",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP + "  port: 70000\n",
        says=("sftp.port",),
    ),
    Case(
        what="every second",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP + "  every_s: 0.5\n",
        says=("sftp.every_s",),
    ),
    Case(
        what="folder that climbs",
        mapping="buyer",
        old=MAPPINGS["buyer"],
        new=SFTP.replace("folder: out", 'folder: "a\\nb"'),
        says=("sftp.fetch.folder",),
    ),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose settings are right."""
    return Site(tmp_path_factory.mktemp("settings") / "site")


def check(home: Site) -> tuple[int, str]:
    """What `oms-edi check --config` ends with, and says."""
    result = CliRunner().invoke(
        cli, ["--config", str(home.root / "config.yaml"), "check", "--config"]
    )
    assert result.exception is None or isinstance(result.exception, OmsError | SystemExit)
    error = result.exception
    return (
        (error.exit_code, str(error))
        if isinstance(error, OmsError)
        else (result.exit_code, result.output)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_bad_settings_are_refused_by_file_and_key(home: Site, case: Case) -> None:
    path = home.root / (f"mappings/{case.mapping}.yaml" if case.mapping else "config.yaml")
    right = path.read_bytes()
    assert case.old.encode() in right
    new = case.new if isinstance(case.new, bytes) else case.new.encode()
    try:
        if case.what == "missing":
            path.unlink()
        else:
            path.write_bytes(right.replace(case.old.encode(), new))
        code, text = check(home)
    finally:
        path.write_bytes(right)
    assert (code, [word for word in case.says if word not in text]) == (78, []), text
    assert path.name in text
    assert SECRET not in text
    assert all(line.isprintable() for line in text.split("\n"))
    assert check(home)[0] == 0


@pytest.mark.parametrize("how", [b"\xef\xbb\xbf", b"\r\n"], ids=["bom", "crlf"])
def test_what_a_windows_editor_leaves_is_read(home: Site, how: bytes) -> None:
    path = home.root / "config.yaml"
    right = path.read_bytes()
    path.write_bytes(how + right if how != b"\r\n" else right.replace(b"\n", how))
    try:
        assert check(home)[0] == 0
    finally:
        path.write_bytes(right)


@pytest.mark.parametrize(
    "name", [".#buyer.yaml", "buyer.yaml~", "buyer.yaml.bak", ".buyer.yaml.swp"]
)
def test_what_an_editor_keeps_beside_a_mapping_is_no_mapping(home: Site, name: str) -> None:
    path = home.root / "mappings" / name
    path.symlink_to("nobody@nowhere.1234")
    try:
        assert check(home)[0] == 0
    finally:
        path.unlink()


def test_a_pipe_for_a_configuration_is_not_waited_for(home: Site, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    result = CliRunner().invoke(
        cli, ["--config", str(tmp_path / "config.yaml"), "check", "--config"]
    )
    assert "not a regular file" in str(result.exception)


def world_readable(path: Path) -> None:
    path.write_text(SECRET)
    path.chmod(0o644)


def empty(path: Path) -> None:
    path.touch(mode=0o600)


def large(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_text("x" * 1_000_000)


def binary(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_bytes(b"\xff\x00")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (world_readable, "may be read by everybody; chmod 600"),
        (empty, "is empty"),
        (large, "longer than 65536 bytes"),
        (binary, "cannot be read as text"),
        (Path.mkdir, "there is no credential buyer"),
        (lambda path: None, "there is no credential buyer"),
    ],
)
def test_a_bad_credential_is_refused_with_what_to_do(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    make(tmp_path / "buyer")
    with pytest.raises(EndpointRefused, match=said) as caught:
        read_credential("buyer", tmp_path)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_line_end_of_a_credential_is_no_part_of_it(tmp_path: Path, end: str) -> None:
    path = tmp_path / "buyer"
    path.touch(mode=0o600)
    path.write_text(SECRET + end, newline="")
    assert read_credential("buyer", tmp_path) == SECRET
