"""What left, read as a partner's own program would: by none of the code that wrote it.

Returns what is wrong as sentences, so that a failed property says which file.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.support.site import Site

Segment = list[str]


class Sent(NamedTuple):
    """One set in a delivered file."""

    file: str
    partner: str
    set_id: str
    segments: list[Segment]

    def named(self, name: str) -> list[Segment]:
        return [segment for segment in self.segments if segment[0] == name]

    def first(self, name: str) -> Segment:
        return self.named(name)[0]


def faults(site: Site) -> list[str]:
    """Return everything that is wrong with what a site delivered; it has nothing more to do."""
    found: list[str] = []
    sets: list[Sent] = []
    numbers: dict[str, list[int]] = {}
    for file, content in site.delivered().items():
        if not file.endswith(".edi"):
            continue
        segments = split(content)
        found += [f"{file}: {fault}" for fault in _envelope(segments)]
        partner = file.split("/")[0]
        numbers.setdefault(partner, []).append(int(segments[0][13]))
        sets += _sets(file, partner, segments)
    for partner, used in numbers.items():
        if sorted(used) != list(range(1, len(used) + 1)):
            found.append(f"{partner}: interchanges are numbered {sorted(used)}")
    found += _answers(sets)
    for one in sets:
        check = _CHECKS.get(one.set_id)
        found += [f"{one.file}: {fault}" for fault in check(one)] if check else []
    return [*found, *_labels(sets), *_once(sets), *_shipped(site, sets)]


def split(content: bytes) -> list[Segment]:
    """Split an interchange by what its own ISA says."""
    text = content.decode("latin-1")
    element, terminator = text[3], text[105]
    return [part.strip().split(element) for part in text.split(terminator) if part.strip()]


def _envelope(segments: Sequence[Segment]) -> Iterator[str]:
    opened: dict[str, Segment] = {}
    counts: Counter[str] = Counter()
    for segment in segments:
        name = segment[0]
        counts["set"] += 1
        if name in ("ISA", "GS", "ST"):
            opened[name] = segment
            counts[name] = 1 if name == "ISA" else counts[name] + 1
            counts["set"] = 1
            counts["ST"] = 0 if name == "GS" else counts["ST"]
        elif name == "SE" and segment[1:] != [str(counts["set"]), opened["ST"][2]]:
            yield f"{segment} ends a set of {counts['set']} segments, {opened['ST']}"
        elif name == "GE" and segment[1:] != [str(counts["ST"]), opened["GS"][6]]:
            yield f"{segment} ends a group of {counts['ST']} sets, {opened['GS']}"
        elif name == "IEA" and segment[1:] != [str(counts["GS"]), opened["ISA"][13]]:
            yield f"{segment} ends an interchange of {counts['GS']} groups, {opened['ISA']}"
        if name != "ISA" and not segment[-1]:
            yield f"{segment} ends with an empty element"


def _sets(file: str, partner: str, segments: Sequence[Segment]) -> Iterator[Sent]:
    body: list[Segment] = []
    for segment in segments:
        body = [segment] if segment[0] == "ST" else [*body, segment]
        if segment[0] == "SE":
            yield Sent(file, partner, body[0][1], body)


def _answers(sets: Sequence[Sent]) -> Iterator[str]:
    """No group is answered twice, and each answer counts the sets it names."""
    answered = Counter((one.partner, *one.first("AK1")[1:3]) for one in sets if one.set_id == "997")
    yield from (
        f"{group} is answered {count} times" for group, count in answered.items() if count > 1
    )
    for one in sets:
        if one.set_id == "997":
            verdicts = [segment[1] for segment in one.named("AK5")]
            taken = sum(verdict in "AE" for verdict in verdicts)
            if one.first("AK9")[3:5] != [str(len(verdicts)), str(taken)]:
                yield f"{one.file}: {one.first('AK9')} after {verdicts}"


def _acknowledgment(one: Sent) -> Iterator[str]:
    line = "", 0
    told: Counter[tuple[str, int]] = Counter()
    for segment in one.segments:
        if segment[0] == "PO1":
            line = segment[1], int(segment[2])
            if line in told:
                yield f"line {line[0]} stands there twice"
            told[line] = 0
        elif segment[0] == "ACK":
            told[line] += int(segment[2])
    yield from (f"line {n}: {told[n, q]} of {q} are answered" for n, q in told if told[n, q] != q)
    if one.first("CTT")[1] != str(len(told)):
        yield f"{one.first('CTT')} counts {len(told)} lines"


def _notice(one: Sent) -> Iterator[str]:
    levels = {segment[1]: segment[3] for segment in one.named("HL")}
    if list(levels) != [str(n) for n in range(1, len(levels) + 1)]:
        yield f"levels are numbered {list(levels)}"
    if one.first("CTT")[1] != str(len(one.named("HL"))):
        yield f"{one.first('CTT')} counts {len(levels)} levels"
    for _, _, parent, code, *_ in one.named("HL"):
        if levels.get(parent, "") not in {"S": "", "O": "S", "P": "OI", "I": "OP"}[code]:
            yield f"a level {code} lies in {levels.get(parent)}"
    days = {segment[1]: segment[2] for segment in one.named("DTM")}
    if days.get("017", days["011"]) < days["011"]:
        yield f"it arrives before it leaves: {days}"


def _shipping_order(one: Sent) -> Iterator[str]:
    units = sum(int(segment[1]) for segment in one.named("W01"))
    if one.named("W76") and int(one.first("W76")[1]) != units:
        yield f"{one.first('W76')} after {units} units"


_CHECKS = {"855": _acknowledgment, "856": _notice, "940": _shipping_order}


def _labels(sets: Sequence[Sent]) -> Iterator[str]:
    """Every label has its check digit and is used once."""
    labels = Counter(
        segment[2][-18:] for one in sets if one.set_id == "856" for segment in one.named("MAN")
    )
    for label, count in labels.items():
        weighed = (int(c) * (3 if n % 2 == 0 else 1) for n, c in enumerate(reversed(label[:-1])))
        if count > 1 or -sum(weighed) % 10 != int(label[-1]):
            yield f"SSCC {label} is wrong, or stands on {count} cartons"


def _once(sets: Sequence[Sent]) -> Iterator[str]:
    """No shipment is ordered, and no load told, twice."""
    keys = [("940", *one.first("W05")[1:3]) for one in sets if one.set_id == "940"]
    keys += [("856", one.partner, one.first("BSN")[2]) for one in sets if one.set_id == "856"]
    new = Counter(key for key in keys if key[1] == "N" or key[0] == "856")
    yield from (f"{key} was sent {count} times" for key, count in new.items() if count > 1)


def _shipped(site: Site, sets: Sequence[Sent]) -> Iterator[str]:
    """What notices tell is what the book says has shipped, line by line."""
    told: Counter[tuple[str, str, str]] = Counter()
    for one in sets:
        if one.set_id == "856":
            lines = zip(one.named("LIN"), one.named("SN1"), strict=True)
            for lin, sn1 in lines:
                told[one.partner, one.first("PRF")[1], lin[1]] += int(sn1[2])
    booked = site.query(
        "SELECT o.partner, o.po_number, l.buyer_line, sum(l.shipped) FROM orders o"
        " JOIN order_lines l ON l.order_id = o.order_id WHERE o.channel = 'edi' GROUP BY 1, 2, 3"
    )
    for *line, units in booked:
        if told[line[0], line[1], line[2]] != units:
            yield f"{line}: {told[line[0], line[1], line[2]]} units told, {units} shipped"
