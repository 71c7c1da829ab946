"""Figures for Prometheus, as a text file in `var/`: no port is opened.

A node exporter's textfile collector reads it from there, or from where a link points.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from oms_edi.pipeline.frame.step import Places
from oms_edi.store.figures import Figures
from oms_edi.upkeep.last_backup import last_backup

NAME = "metrics.prom"
#: Seconds between two writings.
EVERY_S = 60.0


class Metric:
    """One metric: its name, what it means, what it is."""

    def __init__(self, name: str, meaning: str, kind: str = "gauge") -> None:
        self.name = f"oms_edi_{name}"
        self.meaning = meaning
        self.kind = kind


#: Every metric there is; `docs/operations.md` lists them.
METRICS = (
    Metric("files_total", "Files that came in, by state.", "counter"),
    Metric("orders_total", "Orders taken.", "counter"),
    Metric("order_units", "Base units of open orders, by where they are."),
    Metric("exceptions_open", "Open exceptions, by queue and severity."),
    Metric("outbox_files", "Files that wait to be delivered, by partner."),
    Metric("outbox_oldest_seconds", "Age of the oldest of them, 0 for none."),
    Metric("acknowledgments_waiting", "Files sent whose partner owes us a 997."),
    Metric("inbox_waiting_files", "Files seen in inboxes that are not complete yet."),
    Metric("endpoint_failures", "Visits to a partner's server that failed in a row."),
    Metric("notifications_failed", "News of exceptions that could not be told."),
    Metric("database_bytes", "Size of the order book and its log."),
    Metric("disk_free_bytes", "Room on the disk of `folders.var`."),
    Metric("backup_age_seconds", "Age of the last backup; missing if none was made."),
    Metric("clock_jumps_total", "Jumps of the clock since the start.", "counter"),
    Metric("reloads_refused_total", "Reloads refused since the start.", "counter"),
    Metric("start_time_seconds", "When the daemon started."),
    Metric("written_time_seconds", "When this was written: its sign of life."),
)


def render(values: Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]) -> str:
    """Write values by metric and labels in Prometheus' text format."""
    lines: list[str] = []
    for metric in METRICS:
        found = values.get(metric.name.removeprefix("oms_edi_"), {})
        if not found:
            continue
        lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} {metric.kind}"]
        for labels, value in sorted(found.items()):
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
            lines.append(f"{metric.name}{f'{{{told}}}' if told else ''} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def values_of(
    figures: Figures, places: Places, *, process: Mapping[str, float], now: datetime
) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Collect every value; `process` are those only the process knows, by name."""
    since = datetime.fromisoformat(figures.outbox_since) if figures.outbox_since else now
    values: dict[str, dict[tuple[tuple[str, str], ...], float]] = {
        "files_total": _by("state", figures.files),
        "orders_total": {(): figures.orders},
        "order_units": _by("where", figures.units),
        "exceptions_open": {
            (("queue", queue), ("severity", severity)): count
            for (queue, severity), count in figures.exceptions.items()
        },
        "outbox_files": _by("partner", figures.outbox),
        "outbox_oldest_seconds": {(): max(0.0, (now - since).total_seconds())},
        "acknowledgments_waiting": {(): figures.unanswered},
        "endpoint_failures": _by("partner", figures.endpoints),
        "notifications_failed": {(): figures.untold},
        "database_bytes": {(): sum(_sizes(places))},
        "disk_free_bytes": {(): shutil.disk_usage(places.var).free},
        "written_time_seconds": {(): now.timestamp()},
    }
    last = last_backup(places)
    if last:
        values["backup_age_seconds"] = {(): (now - last[0]).total_seconds()}
    return values | {name: {(): value} for name, value in process.items()}


def _by(label: str, counts: Mapping[str, int]) -> dict[tuple[tuple[str, str], ...], float]:
    return {((label, key),): count for key, count in counts.items()}


def _sizes(places: Places) -> Iterator[int]:
    for suffix in ("", "-wal"):
        path = places.database.with_name(places.database.name + suffix)
        if path.exists():
            yield path.stat().st_size


def write_metrics(places: Places, text: str) -> None:
    """Put the file in place as a whole. It need not survive a power cut, so nothing is synced."""
    temporary = places.var / f".oms-edi-{NAME}"
    temporary.write_text(text)
    os.replace(temporary, places.var / NAME)


def written_at(places: Places) -> datetime | None:
    """Return when the metrics were written last, None if they never were."""
    try:
        return datetime.fromtimestamp((places.var / NAME).stat().st_mtime, UTC)
    except OSError:
        return None
