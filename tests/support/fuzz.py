"""Damage files at random and see that nothing fails and no byte is lost.

    python -m tests.support.fuzz COUNT [SEED]

The inputs come in shards of 20,000, one seed each, counted up from SEED: a run that was stopped
goes on with the seed after the last shard it told, and several runs may share the work.

Every input is scanned, checked against its guides, read and acknowledged, and every tenth shown
and turned into JSON and back. Our acknowledgments must pass their guides, bytes outside
interchanges must be named, sets must lie inside theirs and not overlap. `make fuzz` runs a million.
"""

import io
import random
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

from oms_edi.errors import UnreadableFile
from oms_edi.transactions import (
    t846_stock,
    t850_purchase_order,
    t940_shipping_order,
    t945_shipping_advice,
    t997_answer,
)
from oms_edi.x12.acknowledge import Kind, SetVerdict, acknowledge_group, verdict
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader
from oms_edi.x12.events import (
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Junk,
    SetRead,
)
from oms_edi.x12.guide import guide_for
from oms_edi.x12.isa import BLANK
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.plain import from_plain, gather, to_plain
from oms_edi.x12.scan import scan
from oms_edi.x12.show import show
from oms_edi.x12.validate import group_issues, validate
from oms_edi.x12.write import SetOut, render_set, render_ta1
from tests.support.edi import interchange, x850
from tests.support.rendered import check_rendered

READERS = {
    "850": t850_purchase_order.read,
    "945": t945_shipping_advice.read,
    "940": t940_shipping_order.read,
    "846": t846_stock.read,
    "997": t997_answer.read,
    "999": t997_answer.read,
}
LIMITS = ScanLimits(max_segment_bytes=2000, max_set_segments=200)
OURS = Delimiters()
HEADER = InterchangeHeader(
    sender_qualifier="ZZ",
    sender_id="US",
    receiver_qualifier="ZZ",
    receiver_id="BUYER",
    date="260302",
    time="1500",
    version="00401",
    control_number="000000001",
    ack_requested=False,
    usage="P",
    delimiters=OURS,
)
TA1 = re.compile(rb"TA1\*\d{9}\*\d{6}\*\d{4}\*R\*023~IEA\*0\*000000001~")
#: Inputs of one seed.
SHARD = 20_000
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
    answer = interchange(
        "ST*999*0001~AK1*PR*1*005010~AK2*855*0001~IK3*PO1*4*PO1*8~CTX*A:1^B:2~IK4*3:1:2*355*7~IK5*R*5~"
        "AK9*R*1*1*0~SE*9*0001~",
        functional_id="FA",
        version="005010",
        delimiters="*:\x1c",
    ).replace(b"GS*", b"TA1*000000001*260302*1500*A*000\x1cGS*", 1)
    accents = interchange(x850("PO9", ship_to="N1*ST*CAF\xc3\x89*92*S1~N3*L\x92\xe9TAGE"))
    lower = interchange(x850("PO4", "1*10*ea*4.00*pe*vn*A1").replace("PO1*1", "po1*1"))
    picture = interchange(
        "ST*214*0001~B10*1*S1*UPSN~LX*1~EFI*05~BIN*24*~SE*4*0001~GE*ISA*BIN*2*~SE*6*0001~",
        functional_id="QM",
    )
    lines = (one + two).replace(b"~", b"~\r\n").replace(b"S1~", b"S1", 1)
    lacking = one.replace(b"~", b"~\n").replace(b"*P*>~", b"*P*~", 1).replace(b"A1~", b"A1", 1)
    broken = b"\n".join((one + two)[at : at + 80] for at in range(0, len(one + two), 80))
    return [
        *(
            broken,
            lines,
            lacking + advice,
            lower,
            picture + one,
            one,
            one + two,
            b"\xef\xbb\xbf" + advice,
            stock + b"\r\n" + one,
        ),
        *(two + advice + stock, answer, accents + answer),
    ]


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


def check(data: bytes, *, closely: bool = True) -> None:
    """Run everything on one input; raise if a byte is unaccounted for."""
    ends: list[tuple[int, int]] = []
    named: list[int] = []
    terminators = [""]
    start = free = 0
    group: GroupHeader | None = None
    verdicts: list[SetVerdict] = []
    for event in scan(io.BytesIO(data), limits=LIMITS):
        match event:
            case InterchangeStart():
                told = render_ta1(header=HEADER, acknowledged=event.header, code="R", note="023")
                if not TA1.fullmatch(told[106:]):
                    raise AssertionError(f"a TA1 of ours is wrong: {told!r}")
                start = free = event.offset
                terminators.append(event.header.delimiters.segment)
            case InterchangeEnd():
                ends.append((start, event.end))
                if free > event.end:
                    raise AssertionError(f"a set ends behind its interchange, at byte {free}")
            case InterchangeAck():
                t997_answer.read_ta1(event.elements)
            case Junk():
                named.append(event.offset)
            case GroupStart():
                group, verdicts = event.header, []
            case GroupEnd() if group is not None:
                answer(group, verdicts, event)
            case SetRead() if group is not None:
                if event.set.offset < free:
                    raise AssertionError(f"sets overlap at byte {event.set.offset}")
                free = event.set.offset + sum(event.set.lengths)
                verdicts.append(look(event, group))
    if closely and ends:
        for _ in show(scan(io.BytesIO(data), limits=LIMITS), elements=True):
            pass
        for one in gather(scan(io.BytesIO(data), limits=LIMITS)):
            with suppress(UnreadableFile):
                from_plain(to_plain(one))
    at = 0
    places = [*ends, (len(data), len(data))]
    for (begin, end), terminator in zip(places, terminators, strict=True):
        gap = data[at:begin].decode("latin-1").removeprefix("\xef\xbb\xbf")
        gap = gap.strip(BLANK + terminator)
        if gap and not any(at <= offset < max(begin, at + 1) for offset in named):
            raise AssertionError(f"bytes {at} to {begin} are not accounted for")
        if begin < at:
            raise AssertionError(f"interchanges overlap at byte {begin}")
        at = end


def look(event: SetRead, group: GroupHeader) -> SetVerdict:
    """Check and read one set."""
    read = event.set
    issues = list(read.issues)
    guide = guide_for(read.set_id, group.version)
    if guide is not None:
        issues += group_issues(read, guide, group.functional_id)
        issues += validate(read, guide)
    reader = READERS.get(read.set_id)
    if reader is not None:
        issues += reader(read.segments(), delimiters=read.delimiters, version=group.version)[1]
    size = sum(read.lengths)
    for issue in read.located(issues):
        if not read.offset <= issue.offset <= read.offset + size and issue.position:
            raise AssertionError(f"an issue stands outside its set, at byte {issue.offset}")
    return SetVerdict(
        set_id=read.set_id,
        control_number=read.control_number,
        code=verdict(issues, strict=False),
        issues=tuple(issues),
    )


def answer(group: GroupHeader, verdicts: list[SetVerdict], end: GroupEnd) -> None:
    """Acknowledge a group; what we would send must pass its own guide."""
    kinds: tuple[tuple[Kind, str], ...] = (
        *(("997", "004010"), ("997", "005010"), ("999", "005010")),
    )
    for kind, version in kinds:
        body = acknowledge_group(
            group,
            verdicts,
            group_issues=end.issues,
            declared_sets=end.declared_sets,
            received_sets=end.received_sets,
            version=version,
            kind=kind,
        )
        text = render_set(SetOut(set_id=kind, control_number="0001", body=body), OURS)
        faults = check_rendered(text, kind, version, OURS)
        if faults:
            raise AssertionError(f"an answer of ours is wrong: {faults[0]} in {text}")


def run(count: int, seed: int) -> None:
    """Check so many damaged inputs; the seed and number of a failing one are in its message."""
    chance = random.Random(seed)
    good = seeds()
    for data in good:
        check(data)
    for number in range(count):
        data = damage(chance.choice(good), chance)
        try:
            check(data, closely=number % 10 == 0)
        except Exception as error:
            raise AssertionError(f"seed {seed}, input {number}: {data!r}") from error


def shards(count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yield (seed, inputs) of each shard."""
    for number in range((count + SHARD - 1) // SHARD):
        yield seed + number, min(SHARD, count - number * SHARD)


def main() -> None:
    """Run from the command line."""
    count = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    for seed, size in shards(count, first):
        began = time.monotonic()
        run(size, seed)
        seconds = time.monotonic() - began
        sys.stdout.write(f"{size} damaged inputs, seed {seed}, {seconds:.0f} s: nothing failed\n")
        sys.stdout.flush()
    sys.stdout.write(f"{count} damaged inputs: nothing failed\n")


if __name__ == "__main__":
    main()
