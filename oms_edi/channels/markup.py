"""HTML without a template: every text is escaped, and only what was made here is markup."""

from html import escape


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


#: Elements without an end.
_VOID = frozenset({"meta", "link", "input", "br"})


def element(name: str, /, *inner: str, **attributes: str) -> Html:
    """Return an element; `class_` is its class, `http_equiv` an attribute with a hyphen.

    An attribute that is "" is left out.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value
    )
    if name in _VOID:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{joined(*inner)}</{name}>")


def joined(*parts: str) -> Html:
    """Return parts one after the other; those that are no markup are escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))
