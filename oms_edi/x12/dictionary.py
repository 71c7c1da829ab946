"""Names of elements and meanings of codes, for people. Checking does not need them."""

from functools import cache

from oms_edi.x12.guide import lines_of


def element_name(number: str) -> str:
    """Return the name of a data element; "" if we have none."""
    return _names().get(number, "")


def code_meaning(number: str, code: str) -> str:
    """Return what a code of a data element means; "" if we do not know it."""
    return _meanings().get(number, {}).get(code, "")


def known_codes(number: str) -> tuple[str, ...]:
    """Return the codes we have of a data element, the usual ones first, be they all or not."""
    return tuple(_meanings().get(number, ()))


def first_code(number: str) -> str:
    """Return the code of a data element that is listed first: the usual one; "" if none is."""
    return next(iter(_meanings().get(number, {})), "")


@cache
def _names() -> dict[str, str]:
    pairs = (line.split(" ", 1) for line in lines_of("elements.txt"))
    return {number: name for number, name in pairs}


@cache
def _meanings() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for line in lines_of("codes.txt"):
        number, _, rest = line.split(" ", 2)
        codes = (part.partition(":") for part in rest.split("|"))
        found[number] = {code.rstrip("^"): meaning for code, _, meaning in codes}
    return found
