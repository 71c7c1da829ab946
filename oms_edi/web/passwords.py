"""Passwords: what is kept of them, and how one is compared; argon2id with its usual cost."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from oms_edi.errors import Refused

_LEAST, _MOST = 10, 500
#: Hashes made at a time: each takes 64 MiB.
_AT_ONCE = threading.Semaphore(2)
_HASHER = PasswordHasher()


def hashed(password: str, *, name: str) -> str:
    """Return what is kept of a new password.

    Raises:
        Refused: anybody would guess it.
    """
    if not _LEAST <= len(password) <= _MOST:
        raise Refused(f"a password has {_LEAST} to {_MOST} characters")
    if name.casefold() in password.casefold() or len(set(password)) < _LEAST // 2:
        raise Refused("a password is not the name, nor a few characters again and again")
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(password: str, kept: str) -> bool:
    """True if it is the password; takes as long where there is none, so nobody learns of names."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), password[: _MOST + 1]) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    """Return a hash that nobody has."""
    return _HASHER.hash("of nobody at all")
