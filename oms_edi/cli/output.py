"""What commands print: tables for people, JSON for programs. Nothing from a partner is trusted."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click


def clean(value: object) -> str:
    """Return text that cannot steer a terminal: control characters are shown escaped."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def emit_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def emit_table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "nothing"
) -> None:
    """Print rows under headers; the last column is not padded, numbers stand to the right."""
    text = [[clean(value) for value in row] for row in rows]
    if not text:
        click.echo(empty)
        return
    raw = list(zip(*text, strict=True))
    widths = [
        max(len(h), *(len(v) for v in column)) for h, column in zip(headers, raw, strict=True)
    ]
    right = [all(_is_number(v) for v in column if v) and any(column) for column in raw]
    click.secho(_line(headers, widths, right), bold=True)
    for row in text:
        click.echo(_line(row, widths, right))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal()


def _line(values: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = [
        value.rjust(width) if aligned else value.ljust(width)
        for value, width, aligned in zip(values, widths, right, strict=True)
    ]
    return "  ".join(cells).rstrip()


def emit_fields(fields: Iterable[tuple[str, Any]]) -> None:
    """Print named values one a line, empty ones left out."""
    for name, value in fields:
        if value not in (None, "", [], ()):
            click.echo(f"{name + ':':<14}{clean(value)}")


def heading(text: str) -> None:
    """Print a heading inside a report."""
    click.echo()
    click.secho(text, bold=True)
