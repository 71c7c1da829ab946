"""The reference pages are written from the models and never behind them."""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from pkgutil import iter_modules

from oms_edi import pipeline
from oms_edi.cli.main import COMMANDS
from oms_edi.x12.adapt import BASIC
from oms_edi.x12.write import TRANSLITERATION

ROOT = Path(__file__).parents[2]


def test_the_reference_is_what_the_models_say() -> None:
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_has_a_meaning() -> None:
    for page in ("configuration", "mapping"):
        for line in (ROOT / f"docs/{page}.md").read_text().splitlines():
            assert not line.endswith("|  |"), f"{page}: {line}"
            assert "<enum" not in line, f"{page}: {line}"


def test_every_sign_that_is_folded_stands_in_the_documentation() -> None:
    page = (ROOT / "docs/x12.md").read_text()
    for sign in (*map(chr, TRANSLITERATION), *BASIC):
        if unicodedata.category(sign)[0] in "LNS" and sign != "`":  # marks are named in words
            assert sign.upper() in page or sign in page


def test_every_command_and_every_page_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`([a-z0-9-]+)[^`]*`", readme))
    assert sorted(set(COMMANDS) - named) == []
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert sorted(page for page in pages if f"({page})" not in readme) == []


def test_the_map_of_the_steps_names_each_module_once() -> None:
    parts = (pipeline.__doc__ or "").split("\n\n")[2:]
    named = {part.partition(":")[0]: part.partition("\n")[2].split() for part in parts}
    (here,) = pipeline.__path__
    folders = [module.name for module in iter_modules([here]) if module.ispkg]
    there = {name: [one.name for one in iter_modules([f"{here}/{name}"])] for name in folders}
    there["(here)"] = [module.name for module in iter_modules([here]) if not module.ispkg]
    assert {name: sorted(modules) for name, modules in named.items()} == {
        name: sorted(modules) for name, modules in there.items()
    }
