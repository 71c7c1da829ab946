"""`init` and shell completion."""

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
    if (folder / "config.yaml").exists():
        raise Refused(f"{folder} has a config.yaml already")
    _copy(starter, folder)
    for name in ("inbox", "outbox"):
        for mapping in sorted((folder / "mappings").glob("[!_]*.yaml")):
            (folder / name / mapping.stem).mkdir(parents=True, exist_ok=True)
    click.echo(f"wrote {folder}; now read {folder / 'README.md'}")


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        elif not entry.name.endswith(".py"):
            (target / entry.name).write_bytes(entry.read_bytes())


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
