"""Bad X12: envelopes, delimiters, counts, nesting, encodings, sizes, values."""

from tests.bad_inputs.case import Case, raw, two, x12
from tests.support.edi import interchange


def _cut(share: float, number: int) -> bytes:
    data = x12()(number)
    return data[: int(len(data) * share)]


def _header_change(at: int, new: str, number: int) -> bytes:
    """The interchange with other characters at this place of its ISA."""
    data = bytearray(x12()(number))
    data[at : at + len(new)] = new.encode("latin-1")
    return bytes(data)


#: Its meaning is certain: it is taken, and its 997 or TA1 tells the fault.
SAME = ("BAD-{}",)

X12 = (
    # What the file is.
    Case(what="blanks only", content=raw(b" \r\n\t \n"), says=("nothing but blanks",)),
    Case(what="one byte", content=raw(b"I"), says=("no X12, which begins with ISA",)),
    Case(what="utf-16", content=lambda n: x12()(n).decode().encode("utf-16"), says=("UTF-16",)),
    Case(what="ebcdic", content=lambda n: x12()(n).decode().encode("cp037"), says=("EBCDIC",)),
    Case(what="gzip", content=raw(b"\x1f\x8b\x08\x00rest"), says=("gzip", "unpacked")),
    Case(what="pdf", content=raw(b"%PDF-1.7\n"), says=("PDF",)),
    Case(what="login page", content=raw("<!DOCTYPE html><p>Sign in"), says=("HTML", "login")),
    Case(what="pgp", content=raw("-----BEGIN PGP MESSAGE-----\n"), says=("encrypted",)),
    Case(what="edifact", content=raw("UNB+UNOA:2+A+B'"), says=("EDIFACT", "X12")),
    Case(what="nul bytes", content=raw(bytes(5000)), says=("nothing but blanks",)),
    Case(what="lower case isa", content=x12(("ISA*00", "isa*00")), says=("lower case",)),
    # The envelope.
    Case(what="isa of 80 characters", content=lambda n: x12()(n)[:80], says=("ISA",)),
    Case(what="isa one short", content=x12((b"*U*00401*", b"*U*0401*")), says=("ISA",)),
    Case(
        what="cut in the middle",
        content=lambda n: _cut(0.5, n),
        says=("without its IEA: it was cut off", "byte 152"),
        state="rejected",
    ),
    Case(
        what="cut before iea",
        content=lambda n: x12()(n)[:-18],
        says=("without its IEA",),
        state="rejected",
    ),
    Case(
        what="unknown sender",
        content=x12(sender="NOBODY"),
        says=("ISA06 is no sender we know: ZZ/NOBODY",),
    ),
    Case(
        what="another partner's",
        content=x12(sender="BUYER5"),
        says=("ISA06 is buyer5", "buyer's folder"),
    ),
    Case(
        what="for somebody else", content=x12(receiver="THEM"), says=("ISA08 is not ours: ZZ/THEM",)
    ),
    Case(what="test data", content=x12(usage="T"), says=("ISA15 must be P",)),
    Case(
        what="no such version",
        content=lambda n: _header_change(84, "ABCDE", n),
        says=("ISA12",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="iea02 other", content=x12(("IEA*1*0", "IEA*1*9")), says=("IEA02",), state="rejected"
    ),
    Case(
        what="iea01 other",
        content=x12(("IEA*1*", "IEA*3*")),
        says=("IEA01",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="no iea but isa",
        content=lambda n: x12()(n)[:-17] + x12()(n + 500),
        says=("without its IEA",),
        state="partly",
        taken=("BAD-5{}",),
    ),
    Case(
        what="text after iea",
        content=lambda n: x12()(n) + b"HELLO",
        says=("byte 304: 5 bytes outside",),
        state="partly",
        taken=SAME,
    ),
    Case(
        what="a second iea",
        content=lambda n: x12()(n) + x12()(n)[-17:],
        says=("outside any interchange",),
        state="partly",
        taken=SAME,
    ),
    # Delimiters.
    Case(
        what="element is terminator",
        content=lambda n: _header_change(105, "*", n),
        says=("byte 0", "ISA that cannot be read"),
    ),
    Case(
        what="terminator is a letter",
        content=lambda n: _header_change(105, "A", n),
        says=("ISA that cannot be read",),
    ),
    Case(
        what="component is element",
        content=lambda n: _header_change(104, "*", n),
        says=(),
        state="accepted",
        taken=SAME,
    ),
    # Groups and sets.
    Case(
        what="no gs",
        content=x12(("GS*PO", "XX*PO")),
        says=("byte 106: XX", "(no GS)"),
        state="rejected",
    ),
    Case(
        what="ge before gs",
        content=x12(("~GS*PO", "~GE*1*1~GS*PO")),
        says=("byte 106: GE stands outside",),
        state="rejected",
    ),
    Case(
        what="ge01 other",
        content=x12(("GE*1*", "GE*2*")),
        says=("GE01 must be 1",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="ge02 other",
        content=x12(("GE*1*", "GE*1*9")),
        says=("GE02 differs from GS06",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="group of invoices",
        content=x12(functional_id="IN"),
        says=(),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="gs08 unknown",
        content=x12(version="009999"),
        says=("GS08",),
        state="accepted",
        taken=SAME,
    ),
    Case(what="set unknown", content=x12(("ST*850", "ST*835")), says=("835",), state="rejected"),
    Case(
        what="no st",
        content=x12(("ST*850*0001~", "")),
        says=("byte 147: BEG stands outside any transaction set",),
        state="rejected",
    ),
    Case(
        what="se01 other",
        content=x12(("SE*8*", "SE*9*")),
        says=("SE01 must be 8",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="se02 other",
        content=x12(("SE*8*0001", "SE*8*7")),
        says=("SE02 in segment 8",),
        state="rejected",
    ),
    Case(
        what="st in st",
        content=x12(("~CTT", "~ST*850*0002~CTT")),
        says=("SE is missing",),
        state="rejected",
    ),
    Case(
        what="st02 twice",
        content=two(("ST*850*0002", "ST*850*0001"), ("SE*6*0002", "SE*6*0001")),
        says=("ST02 was used before",),
        state="accepted",
        taken=("BAD-{}", "OK-{}"),
    ),
    Case(
        what="one set of two",
        content=two(("SE*8*0001", "SE*8*0009")),
        says=("SE02 differs from ST02",),
        state="partly",
        taken=("OK-{}",),
    ),
    # Segments and elements.
    Case(
        what="long segment",
        content=x12(("N3*", "N3*" + "X" * 20_000)),
        says=("byte 204", "16384 are allowed"),
        state="rejected",
    ),
    Case(
        what="many elements",
        content=x12(("CTT*1", "CTT" + "*" * 9000)),
        says=("9000 elements", "500 are allowed"),
        state="rejected",
    ),
    Case(
        what="many loops",
        content=x12(("~N3", "~N1*BT*X" * 300 + "~N3")),
        says=("200 times",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="blank segment", content=x12(("~N3", "~   ~N3")), says=(), state="accepted", taken=SAME
    ),
    Case(
        what="segment id of 50",
        content=x12(("N3*", "N" * 50 + "*")),
        says=("NNN is no segment",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="nul in a name",
        content=x12(("JANE", "JA\x00NE")),
        says=("N102 holds a control",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="escape in a name",
        content=x12(("JANE", "\x1b[2JJANE")),
        says=("N102 holds a control",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="star in the po",
        content=x12(("BAD-", "BAD*")),
        says=("BEG05",),
        state="accepted",
        taken=("BAD",),
    ),
    Case(
        what="no po number",
        content=x12(("*SA*BAD-", "*SA**")),
        says=("BEG03 in segment 2",),
        state="rejected",
    ),
    Case(
        what="po of 30",
        content=x12(("BAD-", "B" * 30)),
        says=("BEG03", "22 characters"),
        state="rejected",
    ),
    Case(
        what="bad day",
        content=x12(("**20260302~N1", "**20260230~N1")),
        says=("BEG05 is no day of the calendar",),
        state="accepted",
        taken=SAME,
    ),
    Case(
        what="quantity none",
        content=x12(("1*10*EA", "1*TEN*EA")),
        says=("PO102 in segment 6",),
        state="rejected",
    ),
    Case(
        what="quantity minus",
        content=x12(("1*10*EA", "1*-5*EA")),
        says=("PO102 in segment 6",),
        state="rejected",
    ),
    Case(
        what="quantity huge",
        content=x12(("1*10*EA", "1*" + "9" * 20 + "*EA")),
        says=("PO102 in segment 6",),
        state="rejected",
    ),
    Case(
        what="quantity 1E9",
        content=x12(("1*10*EA", "1*1E9*EA")),
        says=("PO102 in segment 6",),
        state="rejected",
    ),
    Case(
        what="no lines",
        content=x12(("PO1*1*10*EA*4.00**VN*A1~", "")),
        says=("PO1 is missing",),
        state="rejected",
    ),
    Case(
        what="997 of a group never sent",
        content=lambda n: interchange(
            f"ST*997*0001~AK1*PR*{n}~AK9*A*1*1*1~SE*4*0001~", control=n, functional_id="FA"
        ),
        says=(),
        state="accepted",
    ),
    Case(
        what="945 of a customer",
        content=lambda n: interchange(
            "ST*945*0001~W06*F*SO100001*20260302~SE*3*0001~", control=n, functional_id="SW"
        ),
        says=("945",),
        state="rejected",
    ),
)
