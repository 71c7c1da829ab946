"""How long a server asks to be left alone: `Retry-After` (RFC 9110, 10.2.3), seconds or a date.

Whether it is heeded is decided where the answer is read (`oms_edi.transports.call`).
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Nobody is left alone for longer, whatever they ask for.
LONGEST_S = 86_400.0
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)


def retry_after_s(text: str, *, date: str) -> float:
    """Return the seconds `text` asks for, a day at most; 0 for what is past, or no such value.

    A date is by the server's own clock, which is what its `date` (the header) says.
    """
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_S)
    try:
        wait_s = (_instant(text) - _instant(date)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(wait_s, 0.0), LONGEST_S)


def _instant(text: str) -> datetime:
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
