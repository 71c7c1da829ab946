"""Damage files at random and see that nothing fails and no byte is lost.

    python -m tests.support.fuzz COUNT [SEED]

Every input is scanned, checked against its guides, read, and shown; bytes outside interchanges must
be named. `make fuzz` runs a million.
"""

import io
import random
import sys
import time

from oms_edi.transactions import (
    t846_stock,
    t850_purchase_order,
    t940_shipping_order,
    t945_shipping_advice,
)
from oms_edi.x12.events import InterchangeEnd, InterchangeStart, Junk, SetRead
from oms_edi.x12.guide import guide_for
from oms_edi.x12.isa import BLANK
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.validate import validate
from tests.support.edi import interchange, x850

READERS = {
    "850": t850_purchase_order.read,
    "945": t945_shipping_advice.read,
    "940": t940_shipping_order.read,
    "846": t846_stock.read,
}
LIMITS = ScanLimits(max_segment_bytes=2000, max_set_segments=200)
PIECES = (b"ISA*00*", b"IEA*1*000000001~", b"GS*", b"ST*850*0001~", b"SE*", b"~~", b"\n~\n", b"***")


def seeds() -> list[bytes]:
    """Good inputs to damage."""
    one = interchange(x850("PO1", "1*10*EA*4.00**VN*A1~SDQ*EA*92*S1*4*S2*6"), control=1)
    two = interchange(x850("PO2"), x850("PO3", control="0002"), control=2, version="005010")
    advice = interchange(
        "ST*945*0001~W06*F*D-1*20260302*W-1~LX*1~W12*CC*3*3*0*EA**VN*A1~W03*3~SE*6*0001",
        sender="WH",
        functional_id="SW",
        delimiters="|<\n",
    )
    stock = interchange(
        "ST*846*0001~BIA*00*DD*1*20260302*1500~LIN*1*VN*A1~QTY*33*5*EA~CTT*1~SE*6*0001",
        functional_id="IB",
    )
    return [one, one + two, b"\xef\xbb\xbf" + advice, stock + b"\r\n" + one, two + advice + stock]


def damage(data: bytes, chance: random.Random) -> bytes:
    """Return `data` with up to five places damaged."""
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((0, 1, 1, 2, 8, 60)))
        match chance.randrange(5):
            case 0:
                data = data[:at] + data[end:]
            case 1:
                data = data[:at] + data[at:end] * 2 + data[end:]
            case 2:
                data = data[:at] + bytes([chance.randrange(256)]) + data[end:]
            case 3:
                data = data[:at] + chance.choice(PIECES) + data[end:]
            case _:
                data = data[: max(1, at)]
    return data


def check(data: bytes) -> None:
    """Run everything on one input; raise if a byte is unaccounted for."""
    ends: list[tuple[int, int]] = []
    named: list[int] = []
    start = 0
    version = "004010"
    for event in scan(io.BytesIO(data), limits=LIMITS):
        match event:
            case InterchangeStart():
                start = event.offset
            case InterchangeEnd():
                ends.append((start, event.end))
            case Junk():
                named.append(event.offset)
            case SetRead():
                look(event, version)
    at = 0
    for begin, end in [*ends, (len(data), len(data))]:
        gap = data[at:begin].decode("latin-1").removeprefix("\xef\xbb\xbf").strip(BLANK)
        if gap and not any(at <= offset < max(begin, at + 1) for offset in named):
            raise AssertionError(f"bytes {at} to {begin} are not accounted for")
        if begin < at:
            raise AssertionError(f"interchanges overlap at byte {begin}")
        at = end


def look(event: SetRead, version: str) -> None:
    """Check and read one set."""
    read = event.set
    guide = guide_for(read.set_id, version)
    if guide is not None:
        validate(read, guide)
    reader = READERS.get(read.set_id)
    if reader is not None:
        reader(read.segments(), delimiters=read.delimiters, version=version)


def run(count: int, seed: int) -> None:
    """Check so many damaged inputs; the seed and number of a failing one are in its message."""
    chance = random.Random(seed)
    good = seeds()
    for data in good:
        check(data)
    for number in range(count):
        data = damage(chance.choice(good), chance)
        try:
            check(data)
        except Exception as error:
            raise AssertionError(f"seed {seed}, input {number}: {data!r}") from error


def main() -> None:
    """Run from the command line."""
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    began = time.monotonic()
    run(count, seed)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{count} damaged inputs, seed {seed}, {seconds:.0f} s: nothing failed\n")


if __name__ == "__main__":
    main()
