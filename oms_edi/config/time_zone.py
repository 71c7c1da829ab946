"""Names of time zones in settings."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no IANA time zone such as America/Chicago") from error
    return name


#: An IANA name, such as America/Chicago.
TimeZone = Annotated[str, AfterValidator(_known)]
