"""How control numbers are written. Drawing them is `store.outbox`."""


def interchange_control(number: int) -> str:
    """Write ISA13: nine digits."""
    return f"{number:09d}"


def set_control(number: int) -> str:
    """Write ST02: at least four digits, counted in its group from 1."""
    return f"{number:04d}"
