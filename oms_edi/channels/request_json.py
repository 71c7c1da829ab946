"""What a portal asks for in the body of a call: an order, a change of one, a cancel.

One JSON object each. The order is the one of `order_json`'s files, with the same limits and faults;
a place is a JSON pointer, "" the whole body.
"""

from collections.abc import Sequence
from itertools import islice

from oms_edi.channels.change_document import CancelDocument, ChangeDocument, faults_of
from oms_edi.channels.json_value import decode, key_faults, pointer
from oms_edi.channels.order_document import MAX_FAULTS, read_document, refusal, validated
from oms_edi.domain.issue import Issue
from oms_edi.domain.message import OrderMessage
from oms_edi.partners.documents import JsonSettings


def locate(path: Sequence[str | int]) -> str:
    """Return where a field stands in the body."""
    return pointer(path)


def read_order(
    data: bytes, settings: JsonSettings, *, max_lines: int
) -> tuple[OrderMessage | None, list[Issue]]:
    """Return the order, or every fault of it."""
    value, issues = read_object(data)
    if issues:
        return None, issues
    return read_document(value, settings, locate=locate, max_lines=max_lines)


def read_change(data: bytes, *, max_lines: int) -> tuple[ChangeDocument | None, list[Issue]]:
    """Return what is to be changed, or every fault of it."""
    value, issues = read_object(data)
    if issues:
        return None, issues
    document, issues = validated(ChangeDocument, value, locate=locate)
    if document is not None:
        issues += islice(faults_of(document, locate, max_lines), MAX_FAULTS)
    return (None if issues else document), issues


def read_cancel(data: bytes) -> tuple[CancelDocument | None, list[Issue]]:
    """Return what is to be cancelled, or every fault of it; an empty body is the whole order."""
    value, issues = read_object(data or b"{}")
    return (None, issues) if issues else validated(CancelDocument, value, locate=locate)


def read_object(data: bytes) -> tuple[object, list[Issue]]:
    """Return the one JSON object of a body, or its faults; what its fields are is not looked at."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [refusal(f"not UTF-8 at byte {error.start}", place="")]
    value, fault = decode(text)
    if fault:
        return None, [refusal(fault, place="")]
    if not isinstance(value, dict):
        return None, [refusal("must be one JSON object", place="")]
    return value, list(islice(key_faults(value, locate), MAX_FAULTS))


def no_such_line(number: int) -> Issue:
    """Return the fault of a line, at this place of `lines`, that the order has not."""
    return refusal("the order has no such line", place=locate(("lines", number)))
