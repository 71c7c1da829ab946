"""Tell what a file is by its first bytes; its name counts for nothing."""

from oms_edi.x12.isa import ISA_WIDTH, looks_like_x12

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"%PDF", "pdf"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"-----BEGIN PGP", "pgp"),
    (b"\x89PNG", "image"),
    (b"<?xml", "xml"),
    (b"<!doctype html", "html"),
    (b"<html", "html"),
    (b"UNA", "edifact"),
    (b"UNB", "edifact"),
    (b"\xc9\xe2\xc1", "ebcdic"),
    (b"{", "json"),
    (b"[", "json"),
)

#: Element separators in an ISA.
_ISA_SEPARATORS = 16

#: Why a kind is not taken, in words a partner can act on.
KINDS_REFUSED = {
    "zip": "a ZIP or XLSX file, which this partner does not send: its mapping has no order_xlsx",
    "ole": "an old XLS workbook, or one with a password; save it as XLSX without a password",
    "gzip": "a gzip file; send it unpacked",
    "pdf": "a PDF; send plain X12 or CSV",
    "utf-16": "text in UTF-16; send UTF-8, or have encoding set in the mapping",
    "ebcdic": "text in EBCDIC; send ASCII",
    "lower-case": "X12 in lower case; ISA, GS and all the ids and codes are capitals",
    "pgp": "an encrypted file; send it in the clear over SFTP",
    "html": "an HTML page, perhaps a login page saved as a file",
    "xml": "XML; send plain X12 or CSV",
    "json": "JSON, which this partner does not send: its mapping has no order_json",
    "edifact": "UN/EDIFACT; send X12",
    "image": "an image",
    "binary": "binary data",
    "empty": "nothing but blanks",
}


def kind_of(head: bytes, *, utf16_is_csv: bool = False) -> str:
    """Return x12, csv, json, zip, or another of `KINDS_REFUSED`, from the first bytes of a file."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x00")
    if not text:
        return "empty"
    if looks_like_x12(head):
        return "x12"
    lowered = text[:32].lower()
    for magic, kind in _MAGIC:
        if lowered.startswith(magic.lower()):
            return "csv" if kind == "utf-16" and utf16_is_csv else kind
    if lowered.startswith(b"isa") and looks_like_x12(b"ISA" + text[3:]):
        return "lower-case" if text.count(text[3:4], 0, ISA_WIDTH) >= _ISA_SEPARATORS else "csv"
    if b"\x00" in head:
        if not _is_utf16(head):
            return "binary"
        return "csv" if utf16_is_csv else "utf-16"
    return "csv"


def _is_utf16(head: bytes) -> bool:
    """True if every other byte is 0, as in UTF-16 without its mark."""
    return any(head[at::2] and not any(head[at::2]) and 0 not in head[1 - at :: 2] for at in (0, 1))
