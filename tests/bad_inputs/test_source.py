"""What no line of the code may hold, because a stranger's data would run, get lost, or get out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in sorted((ROOT / "oms_edi").rglob("*.py"))
}

#: Pattern, why, and the files that may hold it all the same, with their reason.
FORBIDDEN: tuple[tuple[str, str, dict[str, str]], ...] = (
    (r"shell\s*=\s*True|os\.system\(|os\.popen\(", "a name would be a command", {}),
    (r"(?<![\w.])(?:eval|exec)\(", "data would be code", {}),
    (r"\b(?:pickle|marshal|shelve|dill)\b", "data would be code", {}),
    (
        r"yaml\.(?:load|unsafe_load|full_load|Loader|UnsafeLoader|FullLoader)\b",
        "data would be code",
        {"oms_edi/config/settings.py": "with a SafeLoader of its own"},
    ),
    (r"AutoAddPolicy|WarningPolicy", "any server would be trusted", {}),
    (
        r"set_missing_host_key_policy\(",
        "keys are pinned, no policy trusts one",
        {},
    ),
    (
        r"os\.(?:rename|replace|renames)\(|shutil\.move\(|\.rename\(",
        "a rename without fsync of its folders is lost with the power",
        {
            "oms_edi/transports/folder.py": "the one that syncs",
            "oms_edi/transports/sftp.py": "a rename on a partner's server",
            "oms_edi/host/plan.py": "an administrator's act on the host, shown before",
            "oms_edi/store/migrations.py": "of a copy of the order book; it syncs",
            "oms_edi/upkeep/backup.py": "of a whole backup; it syncs",
            "oms_edi/upkeep/restore.py": "of a whole var; it syncs",
            "oms_edi/upkeep/metrics.py": "of figures, which the next pass writes again",
        },
    ),
    (r"except(?:\s+Exception)?(?:\s+as\s+\w+)?:\s*\n\s*pass\b", "a fault would be silent", {}),
    (r"datetime\.now\(\)|utcnow\(|utcfromtimestamp\(", "an instant without a zone", {}),
    (r"(?<![\w.])print\(", "settings and values would be shown", {}),
    (r"tempfile\.mktemp\(", "somebody else could make it first", {}),
    (
        r"ElementTree\.(?:parse|fromstring)|xml\.(?:dom|sax)|\blxml",
        "XML of strangers is openpyxl's, by its checks",
        {},
    ),
    (
        r"\.bind\(\(|\.listen\(|HTTPServer|socketserver",
        "a port would be open",
        {"oms_edi/daemon/metrics_port.py": "figures, on the loopback, on demand"},
    ),
    (r"verify\s*=\s*False|CERT_NONE|_create_unverified_context", "anybody could answer", {}),
)
#: Where `splitlines` reads a text of our own; a stranger's values may hold what it cuts at.
SPLITLINES = {
    "oms_edi/routing/postal.py",
    "oms_edi/daemon/serve.py",
    "oms_edi/x12/guide.py",
    "oms_edi/pipeline/history/replay.py",
    "oms_edi/store/access.py",
    "oms_edi/store/journal.py",
    "oms_edi/store/migrations.py",
    "oms_edi/upkeep/premises.py",
}


@pytest.mark.parametrize(("pattern", "why", "allowed"), FORBIDDEN, ids=[p for p, *_ in FORBIDDEN])
def test_no_source_holds(pattern: str, why: str, allowed: dict[str, str]) -> None:
    found = {name for name, text in SOURCES.items() if re.search(pattern, text)}
    assert found - allowed.keys() == set(), why
    assert allowed.keys() <= found, "an exception nobody needs any more"


def test_texts_of_strangers_are_not_cut_where_unicode_ends_lines() -> None:
    found = {name for name, text in SOURCES.items() if ".splitlines(" in text}
    assert found == SPLITLINES


def _formats(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and (node.func.attr in ("format", "format_map"))
        ):
            yield node


#: Where a template of ours is a variable, and where `format` is that of a log formatter.
OWN = ("oms_edi/domain/tracking.py", "oms_edi/log.py")


def test_only_texts_of_our_own_are_formatted() -> None:
    """`"{0.__class__}".format` of a stranger's text shows what it likes."""
    found = []
    for name, text in SOURCES.items():
        for call in _formats(ast.parse(text)):
            assert isinstance(call.func, ast.Attribute)
            of = call.func.value
            written = isinstance(of, ast.Constant)
            constant = isinstance(of, ast.Name) and of.id.isupper()
            table = isinstance(of, ast.Subscript) and ast.unparse(of.value).strip("_").isupper()
            markup = re.fullmatch(r"Markup\('[^']*'\)", ast.unparse(of))  # escapes what it is given
            if not (written or constant or table or markup):
                found.append(f"{name}:{call.lineno}: {ast.unparse(of)}")
    assert [one for one in found if not one.startswith(OWN)] == []


def test_every_statement_is_bound_not_pasted_together() -> None:
    """SQL is text of ours; values go in as parameters."""
    pasted = [
        f"{name}:{node.lineno}"
        for name, text in SOURCES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mod)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str)
        and re.match(r"\s*(?:SELECT|INSERT|UPDATE|DELETE)\b", node.left.value)
    ]
    assert pasted == []
