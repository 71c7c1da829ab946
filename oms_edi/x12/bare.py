"""Sets and groups without an envelope, as documentation and mails hold them, for people to look at.

The daemon takes no such thing: nobody says whose it is.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from oms_edi.domain.issue import Severity
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader
from oms_edi.x12.events import Event, GroupEnd, InterchangeEnd, InterchangeStart, SetRead
from oms_edi.x12.isa import BLANK, BOM, interchange_issue
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.write import RenderedGroup, assemble

_HEAD_BYTES = 400
_ST = re.compile(r"ST([^A-Za-z0-9\s])\d{3}\1[A-Za-z0-9]{1,9}(?:\1[A-Za-z0-9]*)?", re.ASCII)
_GS = re.compile(
    r"GS([^A-Za-z0-9\s])(?:[^\r\n]{1,15}?\1){6}[A-Z]{1,2}\1[A-Za-z0-9]{4,12}", re.ASCII
)


def scan_bare(stream: BinaryIO, *, version: str, limits: ScanLimits) -> Iterator[Event]:
    """Yield what `scan` would, had the file an envelope of this version; nothing if it has sets.

    The first event is a made-up `InterchangeStart`, the last says that it was.
    """
    whole = stream.read()
    content = whole.removeprefix(BOM.encode("latin-1"))
    text = content[:_HEAD_BYTES].decode("latin-1").lstrip(BLANK)
    prefix = _envelope(text, version)
    if not prefix:
        return
    shift = len(prefix) + len(content) - len(whole)
    for event in scan(io.BytesIO(prefix + content), limits=limits):
        match event:
            case SetRead():
                one = event.set
                one.offset -= shift
                one.issues = [replace(i, offset=i.offset - shift) for i in one.issues]
                yield event
            case InterchangeEnd():
                made = "ISA was made up"
                if not text.startswith("GS"):
                    made = f"ISA and GS were made up, in {version}"
                message = f"there is no envelope: {made}"
                yield InterchangeEnd(
                    issues=(interchange_issue("", Severity.NOTE, message),),
                    end=event.end - shift,
                )
                return
            case GroupEnd():
                yield replace(event, issues=())
            case InterchangeStart():
                yield replace(event, offset=0)
            case _:
                yield event


def _envelope(text: str, version: str) -> bytes:
    """Return an ISA, and a GS where there is none; b"" if the text begins with neither."""
    has_group = text.startswith("GS")
    match = (_GS if has_group else _ST).match(text)
    terminator = text[match.end() :].lstrip(" \r")[:1] if match else ""
    if match is None or not terminator or terminator.isalnum():
        return b""
    taken = match[1] + terminator
    component = next(sign for sign in ">:<\\|" if sign not in taken)
    delimiters = Delimiters(element=match[1], component=component, segment=terminator)
    header = InterchangeHeader(
        sender_qualifier="ZZ",
        sender_id="SENDER",
        receiver_qualifier="ZZ",
        receiver_id="RECEIVER",
        date="000101",
        time="0000",
        version=version[:5],
        control_number="000000000",
        ack_requested=False,
        usage="T",
        delimiters=delimiters,
    )
    group = GroupHeader(
        functional_id="",
        sender="SENDER",
        receiver="RECEIVER",
        date="20000101",
        time="0000",
        control_number="0",
        version=version,
    )
    made, ((at, _),) = assemble(header=header, groups=[RenderedGroup(header=group, sets=["ST"])])
    return made[: 106 if has_group else at]
