"""`oms-edi x12`: look at X12 files without any configuration. Reads only; `split` writes files."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from oms_edi.cli.context import json_option
from oms_edi.cli.output import clean, emit_json
from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.errors import Refused, UnreadableFile
from oms_edi.transports.folder import write_whole
from oms_edi.x12 import compare, plain
from oms_edi.x12.bare import scan_bare
from oms_edi.x12.envelope import Delimiters, GroupHeader, TransactionSet
from oms_edi.x12.events import (
    Event,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Junk,
    SetRead,
)
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.show import show as lines_of
from oms_edi.x12.validate import group_issues, ta1_issues, validate

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLORS = {"envelope": "cyan", "issue": "red"}
_version = click.option(
    "--version",
    default="004010",
    show_default=True,
    help="Release of a file that has no ISA and GS.",
)


@click.group()
def x12() -> None:
    """Show, check, convert, compare and cut X12 files; needs no configuration."""


def _events(path: Path, version: str = "") -> Iterator[Event]:
    """Yield what is in a file; with a version also sets that have no envelope."""
    with open(path, "rb") as stream:
        events = scan(stream, limits=ScanLimits())
        begin = list(islice(events, 2))
        if version and len(begin) == 1 and isinstance(begin[0], Junk):
            stream.seek(0)
            begin = list(scan_bare(stream, version=version, limits=ScanLimits())) or begin
        yield from begin
        yield from events


@x12.command()
@click.argument("file", type=_file)
@click.option("--brief", is_flag=True, help="Segments only, without their elements.")
@_version
def show(file: Path, brief: bool, version: str) -> None:
    """Show FILE with its loops, the names of elements, the meaning of codes, and its faults."""
    shown = False
    for line in lines_of(_events(file, version), elements=not brief):
        shown = shown or line.kind != "issue"
        text = "  " * line.depth + clean(line.text)
        color = _COLORS.get(line.kind)
        click.secho(text, fg=color, dim=line.kind == "element", bold=line.kind == "segment")
    if not shown:
        raise UnreadableFile(f"{file}: there is no interchange in it")


@x12.command()
@click.argument("files", nargs=-1, required=True, type=_file)
@_version
@json_option
def check(files: tuple[Path, ...], version: str, as_json: bool) -> None:
    """Name every fault of FILES by segment, element and code. Exit 1 if there are errors."""
    told: list[dict[str, object]] = []
    is_right, is_clean = True, True
    for path in files:
        for issue in _faults(path, version):
            is_clean = False
            is_right = is_right and issue.severity is Severity.NOTE
            if as_json:
                told.append({"file": str(path), **asdict(issue)})
            else:
                at = f", byte {issue.offset}" if issue.segment and issue.offset >= 0 else ""
                click.echo(f"{clean(path)}{at}: {issue.severity}: {clean(issue)}{_details(issue)}")
    if as_json:
        emit_json(told)
    elif is_clean:
        click.echo("no faults")
    if not is_right:
        raise SystemExit(1)


def _details(issue: Issue) -> str:
    """Say the code of a fault, its loop and what was found, as far as they are known."""
    told = (
        f"code {issue.code}" if issue.code else "",
        f"loop {issue.loop}" if issue.loop else "",
        f"found {issue.found}" if issue.found else "",
    )
    given = ", ".join(filter(None, told))
    return f" ({given})" if given else ""


def _faults(path: Path, version: str) -> Iterator[Issue]:
    """Yield the faults of a file in its order, a set at a time."""
    group, found = None, False
    delimiters = Delimiters()
    for event in _events(path, version):
        match event:
            case InterchangeStart():
                found = True
                delimiters = event.header.delimiters
            case InterchangeAck():
                yield from ta1_issues(event.elements, delimiters)
            case GroupStart():
                group = event.header
            case SetRead():
                yield from _set_faults(event.set, group)
            case GroupEnd() | InterchangeEnd():
                yield from event.issues
            case Junk():
                yield event.issue
    if not found:
        raise UnreadableFile(f"{path}: there is no interchange in it")


def _set_faults(one: TransactionSet, group: GroupHeader | None) -> Iterator[Issue]:
    version = group.version if group else ""
    guide = guide_for(one.set_id, version)
    yield from one.issues
    if guide is not None:
        yield from group_issues(one, guide, group.functional_id if group else "")
        yield from validate(one, guide)
        if guide.exact:
            return
    message = (
        f"{version[:12] or 'no release'} is read as {guide.version}"
        if guide
        else f"there is no guide for {one.set_id[:3]}: only its frame was checked"
    )
    yield Issue(level=Level.SET, severity=Severity.NOTE, message=message, offset=one.offset)


@x12.command("json")
@click.argument("file", type=_file)
@click.option("--back", is_flag=True, help="FILE is such JSON; write the X12.")
def to_json(file: Path, back: bool) -> None:
    """Print FILE as JSON, or with --back the JSON as X12; counts are made right."""
    if not back:
        emit_json([plain.to_plain(one) for one in plain.gather(_events(file))])
        return
    try:
        documents = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableFile(f"{file}: no JSON: {error}") from error
    if not isinstance(documents, list):
        raise UnreadableFile(f"{file}: must be a list of interchanges")
    for document in documents:
        sys.stdout.buffer.write(plain.from_plain(document))


@x12.command()
@click.argument("first", type=_file)
@click.argument("second", type=_file)
@_version
def diff(first: Path, second: Path, version: str) -> None:
    """Say what SECOND says differently from FIRST, by meaning. Exit 1 if anything."""
    before, after = (plain.gather(_events(path, version)) for path in (first, second))
    found = list(compare.differences(before, after))
    for line in found:
        color = {"-": "red", "+": "green"}.get(line[0], "yellow")
        click.secho(clean(line), fg=color)
    if found:
        raise SystemExit(1)
    click.echo("no difference in meaning")


@x12.command()
@click.argument("file", type=_file)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--by", type=click.Choice(["set", "interchange"]), default="set", show_default=True)
@click.option("--dry-run", is_flag=True, help="Only name the files.")
def split(file: Path, folder: Path, by: str, dry_run: bool) -> None:
    """Cut FILE into files of their own in FOLDER, each in a copy of its envelope."""
    planned: dict[Path, bytes] = {}
    for interchange in plain.gather(_events(file)):
        for name, content in plain.split(interchange, by_set=by == "set"):
            stem = f"{file.stem}_{_safe(name)}"
            same = sum(path.stem.partition("#")[0] == stem for path in planned)
            target = folder / (f"{stem}#{same + 1}.edi" if same else f"{stem}.edi")
            if target.exists():
                raise Refused(f"{target} exists already")
            planned[target] = content
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
    for target, content in planned.items():
        if not dry_run:
            write_whole(target, content)
        click.echo(f"{'would write' if dry_run else 'wrote'} {clean(target)}")


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c == "_" else "-" for c in name)
