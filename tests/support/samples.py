"""Files written by others: where they are, and a site whose partner is the one who wrote them."""

import io
import os
from dataclasses import replace
from pathlib import Path

from oms_edi.x12.envelope import InterchangeHeader
from oms_edi.x12.events import InterchangeStart, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from tests.support.site import CONFIG, Site

#: Set OMS_EDI_SAMPLES to the folder; without it the one beside the project is looked for.
FOLDER = Path(os.environ.get("OMS_EDI_SAMPLES", Path(__file__).parents[3] / "shared/samples"))
MISSING = f"no sample files at {FOLDER}: set OMS_EDI_SAMPLES to run these tests"

_MAPPING = """\
name: THE SENDER
role: {role}
x12: {{isa_qualifier: "{q}", isa_id: "{i}", gs_id: THEM, accept_test: true, accept_wrong_iea: true}}
orders: {{duplicate_po: none}}
"""


def samples(pattern: str = "*/*.edi") -> list[Path]:
    """Return the sample files, none where the folder is missing."""
    return sorted(FOLDER.glob(pattern))


def set_ids(path: Path) -> list[str]:
    """Return the transaction sets in a file."""
    with open(path, "rb") as stream:
        return [
            event.set.set_id
            for event in scan(stream, limits=ScanLimits())
            if isinstance(event, SetRead)
        ]


def take(site: Site, path: Path, *, partner: str = "buyer", role: str = "customer") -> None:
    """Drop a sample as its sender would, addressed to us as its envelope says, and run."""
    data = path.read_bytes()
    header = _header(data)
    if header:
        if (header.sender_qualifier, header.sender_id) == (
            header.receiver_qualifier,
            header.receiver_id,
        ):  # a made-up envelope from a sender to itself: we must be somebody else
            at = data.index(b"ISA") + 54
            data = data[:at] + b"US             " + data[at + 15 :]
            header = replace(header, receiver_id="US")
        us = f'isa_qualifier: "{header.receiver_qualifier}", isa_id: "{header.receiver_id}"'
        site.configure("config", CONFIG.replace("isa_id: US", us))
        site.configure(
            partner,
            _MAPPING.format(role=role, q=header.sender_qualifier, i=header.sender_id),
        )
    site.drop(partner, data)
    os.utime(site.root / "inbox" / partner / "file.edi", (1, 1))
    site.run()


def _header(data: bytes) -> InterchangeHeader | None:
    for event in scan(io.BytesIO(data), limits=ScanLimits()):
        if isinstance(event, InterchangeStart):
            return event.header
    return None
