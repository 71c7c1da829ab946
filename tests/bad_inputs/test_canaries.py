"""Personal data and secrets stand in book, archive and partners' files, and nowhere else."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.command import COMMAND
from tests.support.edi import interchange, x850
from tests.support.site import MAPPINGS, Site

PASSWORD = "canary-password-7731"
KEY = "canaryKeyLineQzA9b8c7d6e5f4"
NAME, STREET = "QUILLON CANARYSON", "771 CANARY LANE"
CANARIES = (PASSWORD, KEY, NAME, STREET)
#: Where they may be: what keeps orders, and what partners sent and are sent.
HOMES = ("var/oms.db", "var/archive/", "var/quarantine/", "inbox/", "outbox/", "credentials/")
PLACE = f"N1*ST*{NAME}~N3*{STREET}~N4*TULSA*OK*74133"
SFTP = f"""\
sftp:
  host: 127.0.0.1
  port: 1
  user: us
  password_credential: buyer
  key_credential: buyer-key
  host_keys: ["ssh-ed25519 SHA256:{"A" * 43}"]
  fetch: {{folder: out}}
  put: {{folder: in}}
"""


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_canary_gets_out(site: Site, style: str, tmp_path: Path) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + SFTP)
    site.configure("config", (site.root / "config.yaml").read_text() + f"log_format: {style}\n")
    site.keep_secret("buyer", PASSWORD)
    site.keep_secret("buyer-key", f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}\n-----END\n")
    good = x850("P-1", "1*5*EA*4.00**VN*A1", ship_to=PLACE)
    bad = x850("P-2", f"1*{NAME}*EA*4.00**VN*A1", ship_to=PLACE, control="0002")
    site.drop("buyer", interchange(good, bad), "order.edi")
    site.drop("buyer", f"{NAME},{STREET}\n", "no.csv")
    site.drop("shop", f"{NAME},{STREET},{PASSWORD}\n", "no.csv")
    site.drop("portal", f'{{"po_number": "{NAME}!", "lines": ["{STREET}"]}}', "no.json")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    said = [
        run(site, scratch, "run", "--once"),
        run(site, scratch, "endpoint", "test", "buyer"),
        run(site, scratch, "exceptions"),
        run(site, scratch, "files", "--json"),
        run(site, scratch, "verify"),
    ]
    assert "no.csv" in said[3]
    for text in said:
        assert not [word for word in CANARIES if word in text]
    for path in (*site.root.rglob("*"), *scratch.rglob("*")):
        name = str(path.relative_to(site.root)) if path.is_relative_to(site.root) else path.name
        if path.is_file() and not name.startswith(HOMES):
            content = path.read_bytes()
            assert not [word for word in CANARIES if word.encode() in content], name
    reasons = [path.read_text() for path in (site.root / "var/quarantine").rglob("re*.*")]
    assert reasons
    assert not [word for word in CANARIES for text in reasons if word in text]
    book = b"".join(path.read_bytes() for path in site.places.var.glob("oms.db*"))
    assert NAME.encode() in b"".join(site.delivered().values())
    assert PASSWORD.encode() not in book
    assert KEY.encode() not in book
    assert site.places.var.stat().st_mode & 0o007 == 0  # whatever lies in it


def run(site: Site, scratch: Path, *arguments: str) -> str:
    """What a command says on both streams; its temporary files go to `scratch`."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=site.root,
        env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr
