"""The reader the properties rest on finds what it is there to find."""

from collections.abc import Callable

import pytest

from tests.support import outside
from tests.support.edi import interchange, x850
from tests.support.site import Site


def _again(content: bytes) -> bytes:
    return content.replace(b"000000003", b"000000004").replace(b"*3*X*", b"*4*X*")


DAMAGE: list[tuple[str, str, Callable[[bytes], bytes], str]] = [
    ("855", "", lambda c: c.replace(b"ACK*IA*30", b"ACK*IA*29"), "29 of 30 are answered"),
    ("855", "", lambda c: c.replace(b"CTT*2", b"CTT*3"), "counts 2 lines"),
    ("855", "", lambda c: c.replace(b"~SE*", b"~REF*IA*~SE*"), "ends a set of"),
    ("856", "", lambda c: c.replace(b"SN1*1*12*", b"SN1*1*11*"), "units told, 30 shipped"),
    ("856", "", lambda c: c.replace(b"HL*4*3*I", b"HL*4*1*I"), "a level I lies in S"),
    ("856", "", lambda c: c.replace(b"DTM*011*2026", b"DTM*011*2027"), "arrives before it leaves"),
    ("856", "", lambda c: c.replace(b"MAN*GM*0000", b"MAN*GM*0001"), "is wrong"),
    ("856", "856_again.edi", _again, "was sent 2 times"),
    ("997", "997_again.edi", lambda c: c.replace(b"000000001", b"000000004"), "answered 2 times"),
    ("997", "", lambda c: c.replace(b"AK5*A", b"AK5*R"), "AK9"),
]


@pytest.mark.parametrize(("set_id", "name", "damage", "said"), DAMAGE)
def test_what_is_wrong_with_what_left_is_found(
    site: Site, set_id: str, name: str, damage: Callable[[bytes], bytes], said: str
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1", "2*5*EA*7.50**VN*B2")))
    site.ship("wh", "unlabeled")
    assert outside.faults(site) == []
    (path,) = site.outgoing("buyer", set_id)
    damaged = damage(path.read_bytes())
    assert damaged != path.read_bytes()
    (path.with_name(name) if name else path).write_bytes(damaged)
    assert [fault for fault in outside.faults(site) if said in fault]
