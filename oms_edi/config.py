"""The operator's configuration: `config.yaml` as a frozen value.

Partners are not here: one mapping file each, see `oms_edi.partners`.
"""

from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from oms_edi.errors import ConfigurationError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Goal = Literal["complete", "on_time", "shipments", "cost"]


class Settings(BaseModel):
    """What every settings value is: frozen, no unknown keys, no values in its error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Company(Settings):
    """Who we are in every envelope and on every label."""

    name: str = Field(description="Our name as partners know it (N1*SE, N1*DE).")
    isa_qualifier: str = Field(
        "ZZ", min_length=2, max_length=2, description="ISA05 of what we send."
    )
    isa_id: str = Field(min_length=1, max_length=15, description="ISA06 of what we send.")
    gs_id: str = Field(min_length=2, max_length=15, description="GS02 of what we send.")
    gs1_prefix: str = Field(
        pattern=r"^[0-9]{6,12}$",
        description="GS1 company prefix: SSCC-18s of packs a warehouse did not label start so.",
    )
    usage: Literal["P", "T"] = Field("P", description="ISA15: P production, T test.")


class Folders(Settings):
    """Where files live; relative paths are relative to the configuration file."""

    inbox: Path = Field(Path("inbox"), description="One folder a partner: what they drop.")
    outbox: Path = Field(Path("outbox"), description="One folder a partner: what we send them.")
    mappings: Path = Field(Path("mappings"), description="One YAML a trading partner.")
    var: Path = Field(
        Path("var"), description="Everything the daemon keeps: database, archive, work, quarantine."
    )


class Intake(Settings):
    """When a file is taken, and how large it may be."""

    settle_s: float = Field(
        2.0, ge=0, description="Seconds without a change of size or time before a file is taken."
    )
    stale_after_s: float = Field(
        3600, gt=0, description="Seconds after which an incomplete file is quarantined."
    )
    rescan_s: float = Field(30.0, gt=0, description="Seconds between full scans of the inbox.")
    max_file_bytes: int = Field(500_000_000, gt=0, description="Larger files are quarantined.")
    max_segment_bytes: int = Field(16_384, gt=0, description="Longer X12 segments are refused.")
    max_segment_elements: int = Field(
        500, gt=0, description="Segments with more elements are refused."
    )
    max_sets: int = Field(
        200_000, gt=0, description="Interchanges with more transaction sets are refused."
    )
    max_set_segments: int = Field(100_000, gt=0, description="Longer transaction sets are refused.")
    max_csv_rows: int = Field(200_000, gt=0, description="Longer CSV files are refused.")
    max_issues: int = Field(
        100, gt=0, description="Issues reported for one file; more are counted."
    )
    max_crashes: int = Field(
        3, gt=0, description="A file that ended the process so often is quarantined."
    )


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no IANA time zone such as America/Chicago") from error
    return name


class NodeSettings(Settings):
    """A place that ships: an own warehouse or a 3PL."""

    id: str = Field(pattern=r"^[A-Z0-9_-]{1,12}$", description="Short id, such as DAL.")
    name: str = Field(description="As it stands in a 940 (N1*WH) and an 856 (N1*SF).")
    kind: Literal["own", "third_party"] = Field("own", description="Whose house it is.")
    partner: str = Field(description="Mapping that gets its 940s and sends its 945s.")
    street: str = Field("", description="N301.")
    city: str = Field("", description="N401.")
    state: str = Field("", description="N402, two letters.")
    postal_code: str = Field(
        pattern=r"^[0-9]{5}$", description="Decides distance and freight zone."
    )
    country: str = Field("US", description="N404.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "America/Chicago", description="IANA zone of its cutoff."
    )
    cutoff: time = Field(time(14, 0), description="Orders released later ship the next open day.")
    open_days: tuple[Weekday, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri"), description="Days on which it ships."
    )
    closed_on: tuple[date, ...] = Field((), description="Holidays of this node.")
    closed: bool = Field(False, description="True takes the node out of routing.")
    rank: int = Field(100, description="Lower wins where everything else is equal.")
    shipment_cost_cents: int = Field(0, ge=0, description="Handling of one shipment.")
    unit_cost_cents: int = Field(0, ge=0, description="Handling of one base unit.")
    capabilities: tuple[str, ...] = Field((), description="What it may ship, such as hazmat.")
    states: tuple[str, ...] = Field((), description="Ships only to these states; empty = all.")
    reports_within_h: int = Field(
        24,
        ge=0,
        description="Hours after the planned ship day within which its 945s are in; later an "
        "exception opens. 0: they may come whenever.",
    )
    safety_stock: int = Field(0, ge=0, description="Units of each item never promised.")


class FreightZone(Settings):
    """Freight for a distance: a base for a shipment and a rate by weight."""

    up_to_miles: int = Field(gt=0, description="Great-circle miles; zones must ascend.")
    transit_days: int = Field(ge=1, description="Business days on the road.")
    base_cents: int = Field(ge=0, description="For each shipment.")
    cents_per_lb: int = Field(ge=0, description="For each pound, rounded to the cent.")


class Routing(Settings):
    """Who ships what: goals in order, limits, prices."""

    goals: tuple[Goal, ...] = Field(
        ("complete", "on_time", "shipments", "cost"),
        description="Lexicographic: the first decides, the next breaks its ties.",
    )
    max_shipments: int = Field(2, ge=1, le=5, description="At most so many nodes for one order.")
    split_penalty_cents: int = Field(0, ge=0, description="Price of each shipment after the first.")
    zones: tuple[FreightZone, ...] = Field(min_length=1)


class TierSettings(Settings):
    """What a tier of customers gets of a scarce item, percent of what is free."""

    floor_percent: int = Field(0, ge=0, le=100, description="At least, before higher tiers.")
    cap_percent: int = Field(100, ge=0, le=100, description="At most, while lower tiers still ask.")


class PoolSettings(Settings):
    """Stock that is kept for some customers."""

    name: str = Field(description="For people.")
    customers: tuple[str, ...] = Field((), description="Partners it is kept for.")
    channels: tuple[str, ...] = Field((), description="Channels it is kept for, such as portal.")
    items: tuple[str, ...] = Field((), description="Items it holds for; empty = all.")
    units: int = Field(0, ge=0, description="Base units of each item.")
    percent: int = Field(0, ge=0, le=100, description="Of what is on hand of each item, added.")
    priority: int = Field(1, ge=1, description="1 is the highest; see `allocation.protect`.")


class Allocation(Settings):
    """Who gets how much where not all can have what they ask for."""

    method: Literal["max_min", "proportional", "historical", "first_come"] = Field(
        "max_min",
        description="max_min levels customers by `orders.weight`; proportional by what they ask; "
        "historical by what they got shipped; first_come fills in order of arrival.",
    )
    history_days: int = Field(90, gt=0, description="How far `historical` looks back.")
    tiers: dict[int, TierSettings] = Field({}, description="By tier number: floors and caps.")
    pools: tuple[PoolSettings, ...] = Field((), description="Stock kept for some customers.")
    protect: Literal["core", "prioritized"] = Field(
        "core",
        description="core: a pool is out of reach for all others; prioritized: only for "
        "those in no pool or in one of lower priority.",
    )


class Limits(Settings):
    """How much one step or file may hold."""

    orders_per_transaction: int = Field(
        500, gt=0, description="Orders decided, and released, in one database transaction."
    )


class Config(Settings):
    """The whole `config.yaml`."""

    company: Company
    folders: Folders = Folders()
    intake: Intake = Intake()
    nodes: tuple[NodeSettings, ...] = Field(min_length=1)
    routing: Routing
    allocation: Allocation = Allocation()
    limits: Limits = Limits()
    log_format: Literal["text", "json"] = Field(
        "text", description="Log lines on stderr: for people, or one JSON object each."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [node.id for node in self.nodes]
        if len(set(ids)) != len(ids):
            raise ValueError("two nodes have the same id")
        miles = [zone.up_to_miles for zone in self.routing.zones]
        if miles != sorted(set(miles)):
            raise ValueError("routing.zones must ascend in up_to_miles")
        return self

    def node(self, node_id: str) -> NodeSettings | None:
        """Return the node with this id, None if there is none."""
        return next((node for node in self.nodes if node.id == node_id), None)


def load_config(path: Path) -> Config:
    """Read `path` and return it with absolute folders.

    Raises:
        ConfigurationError: the file is missing, no YAML, or says something we do not know;
            the message names file and key.
    """
    document = read_yaml(path)
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(explain(path, error)) from error
    base = path.resolve().parent
    folders = {name: base / folder for name, folder in config.folders}
    return config.model_copy(update={"folders": Folders(**folders)})


def read_yaml(path: Path) -> object:
    """Return the YAML document in `path`.

    Raises:
        ConfigurationError: it cannot be read, with file, line and column.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: {error.problem}") from error


def explain(path: Path, error: ValidationError) -> str:
    """Turn a validation error into one line a key."""
    lines = [
        f"{path}: {'.'.join(str(part) for part in fault['loc']) or '(whole file)'}: {fault['msg']}"
        for fault in error.errors()
    ]
    return "\n".join(lines)
