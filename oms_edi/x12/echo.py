"""What an acknowledgment says again of what it answers, where that can be said at all.

A 997 must be right itself: a number or an id that was damaged on its way here is told so that it
fits its element, holds no delimiter of ours, and names no other group or set of the sender's.
Source: data elements 28, 143, 329, 479, 480, 721 of X12 004010 and 005010.
"""

import re
from collections.abc import Iterable

from oms_edi.x12.guide import guide_for

#: Stands for a character that cannot be said; numbers of groups and sets are digits.
_UNSAID = "X"
_UNSAFE = re.compile(r"[^A-Za-z0-9]")
_KIND = re.compile(r"[A-Z0-9]{2}")
_VERSION = re.compile(r"[A-Za-z0-9]{1,12}")
_GROUP_DIGITS = 9
_SET_CHARS = 9
#: Digits of a count in an AK9 (97, 123, 2).
_MAX_COUNT = 999_999


def kind_of_group(functional_id: str, set_ids: Iterable[str]) -> str:
    """Return AK101: GS01, or what it should have been for the sets of the group."""
    if _KIND.fullmatch(functional_id):
        return functional_id
    guides = (guide_for(set_id, "") for set_id in set_ids)
    return next((guide.functional_id for guide in guides if guide), _UNSAID * 2)


def group_number(control_number: str) -> str:
    """Return AK102: GS06; 0, which no group has, where that is no number of nine digits."""
    digits = control_number.lstrip("0")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _GROUP_DIGITS
    return digits if is_number else "0"


def group_version(version: str) -> tuple[str, ...]:
    """Return AK103, which may be left out."""
    return (version,) if _VERSION.fullmatch(version) else ()


def set_id(st01: str) -> str:
    """Return AK201: ST01 in three characters."""
    return _said(st01).ljust(3, "0")[:3]


def set_number(st02: str) -> str:
    """Return AK202: ST02 in four to nine characters."""
    number = _said(st02).rjust(4, "0")
    return number if len(number) <= _SET_CHARS else number[: _SET_CHARS - 1] + _UNSAID


def segment_id(name: str) -> str:
    """Return AK301: the id of a segment in two or three characters."""
    return _said(name)[:3].ljust(2, _UNSAID)


def count(number: int) -> str:
    """Return a count of an AK9."""
    return str(min(number, _MAX_COUNT))


def _said(text: str) -> str:
    return _UNSAFE.sub(_UNSAID, text)
