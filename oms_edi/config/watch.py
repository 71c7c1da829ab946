"""`watch:` clocks: what is late, how long it is told again, and to whom it climbs."""

from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings
from oms_edi.domain.exceptions import Queue, Severity
from oms_edi.domain.holds import HoldKind

Milestone = Literal["answered", "routed", "released", "shipped"]
Day = Literal["ordered_on", "received", "not_before", "ship_by", "deliver_by", "cancel_after"]
Status = Literal["held", "backordered", "allocated", "released"]


class Escalation(Settings):
    """One step up for what is open too long; steps are taken in the order of `after_h`."""

    after_h: float = Field(gt=0, description="Hours since it opened.")
    queues: tuple[Queue, ...] = Field((), description="Only of these queues; empty: all.")
    severities: tuple[Severity, ...] = Field(
        (Severity.WARNING, Severity.ERROR), description="Only of these severities."
    )
    to_severity: Severity | None = Field(
        Severity.ERROR, description="What it becomes; empty: it stays."
    )
    to_queue: Queue | None = Field(None, description="Whose work it becomes; empty: it stays.")
    to_owner: str = Field("", description="Who sees to it from then on; empty: who did.")


class Rule(Settings):
    """A rule of yours about orders; each order that breaks it is one exception `rule`."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,40}$", description="Short and telling.")
    when: Literal[
        "not_reached",
        "not_reached_after",
        "reached_early",
        "date_before_date",
        "in_status",
        "in_hold",
        "hold_before_date",
    ] = Field(
        description="not_reached: `milestone` not within `hours` before (negative: after) `date`;"
        " not_reached_after: not `hours` after milestone `since`; reached_early: more than `hours`"
        " before `date`; date_before_date: `date` lies before `other`; in_status, in_hold: for"
        " `hours`; hold_before_date: held, and less than `hours` to `date`."
    )
    milestone: Milestone = Field("shipped", description="Of not_reached and reached_early.")
    since: Milestone = Field("released", description="Of not_reached_after.")
    date: Day = Field("ship_by", description="The day of the order it is measured against.")
    other: Day = Field("not_before", description="Of date_before_date.")
    status: Status = Field("backordered", description="Of in_status.")
    holds: tuple[HoldKind, ...] = Field((), description="Only these holds; empty: any.")
    hours: float = Field(0, description="How long, or how long before.")
    partners: tuple[str, ...] = Field((), description="Only these customers; empty: all.")
    severity: Severity = Field(Severity.WARNING, description="Of the exception.")
    queue: Queue = Field(Queue.ORDERS, description="Whose work it is.")


class Silence(Settings):
    """Fewer files than a partner usually sends."""

    history_days: int = Field(56, ge=7, description="How far back the usual is looked for.")
    known_after_days: int = Field(
        14, ge=1, description="Days between first and last file before anything is usual."
    )
    least_files: int = Field(10, ge=2, description="Files before anything is usual.")
    chance_percent: float = Field(
        0.1, gt=0, le=5, description="Told when so few files are less likely than this."
    )
    least_mean: float = Field(
        7.0,
        gt=0,
        description="Files expected before the chance counts; a rarer partner is silent"
        " after twice its longest gap.",
    )


class Watch(Settings):
    """What time makes wrong, and what then happens."""

    warn_h: float = Field(
        24, ge=0, description="Hours before the last moment to release an order it turns amber."
    )
    transfer_lag_min: int = Field(
        15, ge=0, description="Minutes from our outbox to the node's desk."
    )
    delivery_within_h: float = Field(
        4, gt=0, description="Hours after which a file that still lies here is told."
    )
    repeat_h: float = Field(
        24, gt=0, description="Hours after which what is open, awake and no info is told again."
    )
    escalations: tuple[Escalation, ...] = Field(
        (Escalation(after_h=48),), description="Steps up for what stays open."
    )
    rules: tuple[Rule, ...] = Field(
        (Rule(name="held_for_days", when="in_hold", hours=72),), description="Rules about orders."
    )
    silence: Silence = Silence()
