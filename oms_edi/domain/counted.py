"""How many there are of something, in words."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 file`, `2,000 files`; `many` where no s makes it."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
