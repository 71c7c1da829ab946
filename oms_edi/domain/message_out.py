"""A message to a person about exceptions, before it is known how it travels."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one e-mail or call says."""

    #: The same for the same news: who gets it twice can know it again.
    key: str
    #: One line.
    subject: str
    text: str
    #: The exceptions it is about, for programs: JSON values only.
    exceptions: tuple[dict[str, object], ...]
    at: datetime
