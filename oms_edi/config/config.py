"""The whole `config.yaml`: a section a module, who we are, where files lie."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from oms_edi.config.allocation import Allocation
from oms_edi.config.faults import explain
from oms_edi.config.intake import Intake
from oms_edi.config.isa import GsId, IsaId, IsaQualifier
from oms_edi.config.node import NodeSettings
from oms_edi.config.notify import Notify
from oms_edi.config.routing import Routing
from oms_edi.config.settings import Settings, read_yaml
from oms_edi.config.watch import Watch
from oms_edi.config.web import Web
from oms_edi.errors import ConfigurationError


class Company(Settings):
    """Who we are in every envelope and on every label."""

    name: str = Field(description="Our name as partners know it (N1*SE, N1*DE).")
    isa_qualifier: IsaQualifier = Field("ZZ", description="ISA05 of what we send.")
    isa_id: IsaId = Field(description="ISA06 of what we send.")
    gs_id: GsId = Field(description="GS02 of what we send.")
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
    credentials: Path = Field(
        Path("credentials"),
        description="One file a secret, readable by the daemon alone; `$CREDENTIALS_DIRECTORY` of"
        " systemd goes before it.",
    )

    @field_validator("*")
    @classmethod
    def _is_plain(cls, path: Path) -> Path:
        text = str(path)
        if text.startswith("~") or "$" in text:
            raise ValueError("~ and $ are not replaced; write the whole path")
        if not text.isprintable() or text != text.strip():
            raise ValueError("blanks around a path, and control characters, are a mistake")
        return path


class Limits(Settings):
    """How much one step or file may hold."""

    orders_per_transaction: int = Field(
        500, gt=0, description="Orders decided, and released, in one database transaction."
    )
    orders_reconsidered: int = Field(
        2000, gt=0, description="Allocated orders looked at again in one pass, as stock comes."
    )
    files_per_pass: int = Field(
        1000, gt=0, description="Files taken before what they ask for is decided and answered."
    )
    visits_at_once: int = Field(
        16, gt=0, le=200, description="Partners' SFTP servers visited at the same time."
    )
    drain_s: float = Field(
        30, gt=0, description="Seconds a stopping daemon waits for visits under way."
    )


class Config(Settings):
    """The whole `config.yaml`."""

    company: Company
    folders: Folders = Folders()
    intake: Intake = Intake()
    nodes: tuple[NodeSettings, ...] = Field(min_length=1)
    routing: Routing
    calendars: dict[str, tuple[date, ...]] = Field(
        {}, description="Holidays by name, for the nodes and carriers that keep them."
    )
    allocation: Allocation = Allocation()
    watch: Watch = Watch()
    notify: Notify = Notify()
    web: Web = Web()
    limits: Limits = Limits()
    metrics_file: bool = Field(
        True,
        description="The daemon writes `metrics.prom` into `folders.var` each minute, for"
        " Prometheus.",
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="The daemon shows the same at `/metrics` on this port of 127.0.0.1; 0: no port"
        " is open.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Log lines on stderr: for people, or one JSON object each."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [node.id for node in self.nodes]
        if len(set(ids)) != len(ids):
            raise ValueError("two nodes have the same id")
        for where, names in (
            *((f"node {node.id}: calendars", node.calendars) for node in self.nodes),
            ("routing.carrier_calendars", self.routing.carrier_calendars),
        ):
            for name in names:
                if name not in self.calendars:
                    raise ValueError(f"{where}: there is no calendar {name}")
        return self

    def with_calendars(self) -> Self:
        """Return it with the days of every calendar among the closed days of those who name it."""
        nodes = tuple(
            node.model_copy(update={"closed_on": self._days(node.closed_on, node.calendars)})
            for node in self.nodes
        )
        routing = self.routing
        days = self._days(routing.carrier_closed_on, routing.carrier_calendars)
        routing = routing.model_copy(update={"carrier_closed_on": days})
        return self.model_copy(update={"nodes": nodes, "routing": routing})

    def _days(self, own: Iterable[date], calendars: Iterable[str]) -> tuple[date, ...]:
        return tuple(sorted({*own, *(day for name in calendars for day in self.calendars[name])}))

    @property
    def suppliers(self) -> tuple[NodeSettings, ...]:
        """Return the nodes goods are bought at."""
        return tuple(node for node in self.nodes if node.is_supplier)

    def node(self, node_id: str) -> NodeSettings | None:
        """Return the node with this id, None if there is none."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def canonical(self) -> bytes:
        """Return everything the order book depends on as JSON: neither folders nor logs."""
        return self.model_dump_json(
            exclude={"folders", "log_format", "metrics_file", "metrics_port"}
        ).encode()


def load_config(path: Path) -> Config:
    """Read `path` and return it with absolute folders.

    Raises:
        ConfigurationError: the file is missing, no YAML, or says something we do not know;
            the message names file and key; two of its folders are not apart.
    """
    document = read_yaml(path)
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(explain(path, error, Config)) from error
    base = path.resolve().parent
    folders = {name: base / folder for name, folder in config.folders}
    fault = _nested(folders)
    if fault:
        raise ConfigurationError(f"{path}: {fault}")
    return config.with_calendars().model_copy(update={"folders": Folders(**folders)})


def _nested(folders: Mapping[str, Path]) -> str:
    """Return which folders are not apart: one would take the files of the other for its own."""
    for (one, first), (other, second) in combinations(folders.items(), 2):
        outer, inner = sorted((first.resolve(), second.resolve()), key=lambda path: path.parts)
        if inner.is_relative_to(outer):
            return f"folders.{one}, folders.{other}: neither may be, or lie in, the other"
    return ""
