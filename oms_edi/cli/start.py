"""`init` and shell completion."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from oms_edi.errors import Refused


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write a starter configuration that runs into FOLDER; nothing there is overwritten."""
    starter = resources.files("oms_edi").joinpath("starter")
    plan = dict(_files(starter, folder))
    there = sorted(str(target.relative_to(folder)) for target in plan if target.exists())
    if there:
        raise Refused(f"{folder} has {', '.join(there)} already; name a folder without them")
    try:
        for target, content in plan.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for name in ("inbox", "outbox"):
            for mapping in sorted((folder / "mappings").glob("[!_]*.yaml")):
                (folder / name / mapping.stem).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {folder}; now read {folder / 'README.md'}")


def _files(source: Traversable, target: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield what the starter holds, under the names it will have."""
    for entry in source.iterdir():
        if entry.is_dir():
            yield from _files(entry, target / entry.name)
        elif not entry.name.endswith(".py"):
            yield target / entry.name, entry.read_bytes()


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL: eval "$(oms-edi completion bash)"."""
    found = get_completion_class(shell)
    root = context.find_root().command
    if found is None:
        raise Refused(f"no completion for {shell}")
    click.echo(found(root, {}, "oms-edi", "_OMS_EDI_COMPLETE").source())
