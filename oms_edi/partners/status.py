"""When and how a customer hears how its orders stand, beyond what answers an order."""

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.settings import Settings
from oms_edi.config.time_zone import TimeZone


class StatusSettings(Settings):
    """Reports of orders whose status is not what the customer was told last."""

    when: Literal["never", "change", "daily"] = Field(
        "never",
        description="change: after each pass that changed something; daily: once a day, at `at`. "
        "Nothing is sent when nothing changed. An 869 is answered in any case.",
    )
    at: time = Field(time(18, 0), description="Time of day of the daily report.")
    timezone: TimeZone = Field("America/Chicago", description="IANA zone of `at`.")
    send: tuple[Literal["870", "csv", "json", "html", "webhook"], ...] = Field(
        ("870",),
        min_length=1,
        description="870, the X12 set; csv, json and html, a table, a document and a page for"
        " people in their folder `status/`; webhook, a call of their server (`webhook`) an order.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.send)) < len(self.send):
            raise ValueError("`send` names a format twice")
        return self

    @property
    def tells_moves(self) -> bool:
        """True if a moved promise is told by an 870 and not by another 855."""
        return self.when != "never" and "870" in self.send
