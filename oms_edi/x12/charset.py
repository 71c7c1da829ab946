"""Characters of what partners send: X12 says ASCII, the world sends UTF-8 and Windows-1252.

Bytes are scanned as latin-1, one character a byte; here text becomes what its writer meant.
Folding what we send is `x12.write` and `x12.adapt`.
"""


def plain_text(value: str) -> str:
    """Return latin-1 text as its writer meant it: UTF-8 where it is that, else Windows-1252."""
    if value.isascii():
        return value
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:  # is decoded already
        return value
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value
