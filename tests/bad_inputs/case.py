"""What a row of the tables of bad files is, and how its bytes are made."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.edi import interchange, x850
from tests.support.form import GOOD, filled

#: Makes a file's bytes from its number, which is its control number, and its PO is `BAD-<number>`.
Build = Callable[[int], bytes]
#: Personal data and secrets that stand in bad files; they may be told to nobody.
CANARIES = ("JANE CANARY", "17 HIDDEN LANE")
SHIP_TO = "N1*ST*JANE CANARY~N3*17 HIDDEN LANE~N4*TULSA*OK*74133"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One bad file."""

    #: What is wrong with it, in words that make an id of a test.
    what: str
    content: Build
    #: In whose folder it lies.
    partner: str = "buyer"
    #: What becomes of the file.
    state: str = "quarantined"
    #: What its reason and issues must say, where a person would look.
    says: tuple[str, ...]
    #: PO numbers taken out of it all the same; `{}` is its number.
    taken: tuple[str, ...] = ()
    #: An interchange of more than one order, or of ours, is answered with these sets.
    name: str = "{}.bad"


def x12(*changes: tuple[bytes | str, bytes | str], **envelope: Any) -> Build:
    """An interchange with one order, after these replacements."""

    def build(number: int) -> bytes:
        order = x850(f"BAD-{number}", ship_to=SHIP_TO)
        return _changed(interchange(order, control=number, **envelope), changes)

    return build


def two(*changes: tuple[bytes | str, bytes | str]) -> Build:
    """A bad order and a good one, `OK-<number>`, in one interchange; then the replacements."""

    def build(number: int) -> bytes:
        bad = x850(f"BAD-{number}", ship_to=SHIP_TO)
        good = x850(f"OK-{number}", "1*1*EA*4.00**VN*A1", control="0002")
        return _changed(interchange(bad, good, control=number), changes)

    return build


def raw(content: bytes | str) -> Build:
    """These bytes, whatever the number."""
    return lambda number: content.encode() if isinstance(content, str) else content


HEAD = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"


def table(*rows: str, head: str = HEAD, encoding: str = "utf-8", tail: str = "\n") -> Build:
    """A CSV of the shop; `{}` in a row is the file's number."""

    def build(number: int) -> bytes:
        text = head + "\n".join(rows).replace("{}", str(number)) + tail
        return text.encode(encoding)

    return build


def document(text: str = "", **fields: Any) -> Build:
    """A JSON order, or this text in its place; `{}` is the file's number."""

    def build(number: int) -> bytes:
        plain = {
            "po_number": f"BAD-{number}",
            "ship_to": {"name": CANARIES[0], "street": CANARIES[1], "postal_code": "74133"},
            "lines": [{"item": "A1", "quantity": 1}],
        }
        return (text.replace("{}", str(number)) or json.dumps({**plain, **fields})).encode()

    return build


def form(cells: Mapping[str, Any] | None = None, **more: Any) -> Build:
    """An order form with these cells."""

    def build(number: int) -> bytes:
        return filled({**GOOD, "B3": f"BAD-{number}", **(cells or {})}, **more)

    return build


def _changed(data: bytes, changes: tuple[tuple[bytes | str, bytes | str], ...]) -> bytes:
    for old, new in changes:
        old = old.encode("latin-1") if isinstance(old, str) else old
        new = new.encode("latin-1") if isinstance(new, str) else new
        assert old in data, f"{old!r} is not in the order: the case changes nothing"
        data = data.replace(old, new)
    return data
