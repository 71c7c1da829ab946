"""X12 as a partner would write it, for tests."""

from collections.abc import Sequence


def interchange(
    *sets: str,
    control: int = 1,
    group: int | None = None,
    sender: str = "BUYER",
    receiver: str = "US",
    functional_id: str = "PO",
    version: str = "004010",
    delimiters: str = "*>~",
    ack_requested: bool = False,
    usage: str = "P",
) -> bytes:
    """Wrap sets (segments joined by `~`, elements by `*`) in ISA to IEA."""
    element, component, segment = tuple(delimiters)
    number = f"{control:09d}"
    isa12, isa11 = ("00501", "^") if version >= "005010" else ("00401", "U")
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}*260302*0610*{isa11}*{isa12}"
        f"*{number}*{int(ack_requested)}*{usage}*"
    )
    gs06 = group or control
    inner = "".join(text if text.endswith("~") else text + "~" for text in sets)
    body = (
        f"GS*{functional_id}*{sender}*{receiver}*20260302*0610*{gs06}*X*{version}~{inner}"
        f"GE*{len(sets)}*{gs06}~IEA*1*{number}~"
    )
    text = isa.replace("*", element) + component + segment
    return (text + body.replace("*", element).replace("~", segment)).encode("latin-1")


def counted(set_id: str, control: str, body: Sequence[str]) -> str:
    """Frame segments with ST and a right SE."""
    segments = [f"ST*{set_id}*{control}", *body]
    return "~".join([*segments, f"SE*{len(segments) + 1}*{control}"]) + "~"


def x850(
    po: str = "PO1",
    *lines: str,
    control: str = "0001",
    ship_to: str | None = "N1*ST*STORE ONE*92*S1",
    header: Sequence[str] = (),
    beg: str = "BEG*00*SA*{po}**20260302",
) -> str:
    """Return an 850; a line is what follows `PO1*`."""
    wanted = lines or ("1*10*EA*4.00**VN*A1",)
    body = [beg.format(po=po), *header]
    if ship_to:
        body += ship_to.split("~")
    for line in wanted:
        body += f"PO1*{line}".split("~")
    body.append(f"CTT*{len(wanted)}")
    return counted("850", control, body)


def x860(
    po: str = "PO1",
    *lines: str,
    control: str = "0001",
    header: Sequence[str] = (),
    bch: str = "BCH*04*SA*{po}***20260302*****20260303",
) -> str:
    """Return an 860; a line is what follows `POC*`."""
    body = [bch.format(po=po), *header]
    for line in lines:
        body += f"POC*{line}".split("~")
    if lines:
        body.append(f"CTT*{len(lines)}")
    return counted("860", control, body)


def segments(content: bytes, delimiters: str = "*~") -> list[list[str]]:
    """Split an outgoing interchange into its segments and elements."""
    element, terminator = tuple(delimiters)
    text = content.decode("latin-1")
    return [segment.strip().split(element) for segment in text.split(terminator) if segment.strip()]


def named(content: bytes, name: str, delimiters: str = "*~") -> list[list[str]]:
    """Return the segments with this id."""
    return [segment for segment in segments(content, delimiters) if segment[0] == name]
