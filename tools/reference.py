"""Write the reference of `config.yaml`, mappings and API, schemas, tables of sets and exceptions.

python tools/reference.py           write them
python tools/reference.py --check   say whether they are what the models say; exit 1 if not
"""

import json
import sys
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from oms_edi.channels.order_document import OrderDocument
from oms_edi.config.config import Config
from oms_edi.domain.exceptions import KINDS, Queue, Severity
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.outgoing import FUNCTIONAL_ID as WRITTEN
from oms_edi.pipeline.intake.read_set import TAKEN
from oms_edi.web.api.app import make_api, openapi
from oms_edi.x12.guide import Guide, guide_for

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "oms_edi/x12/guides"
_SETS = """\
Every set with a guide is checked by `oms-edi x12 check`; what comes in before it is read, what goes
out before it is numbered. Checked are: envelope and counts, order and number of segments and loops,
mandatory segments; of each element presence, type, length, code list, repetition and components;
the relations of a segment's elements (P, R, E, C, L); and the partner's own rules
([companion guides](companion-guides.md)). Another release is read by the nearest one."""
_KINDS = "<!-- kinds: written by tools/reference.py from oms_edi/domain/exceptions -->"
_END_OF_KINDS = "<!-- end of kinds -->"
_STRESS = {Severity.ERROR: " (error)", Severity.WARNING: "", Severity.INFO: " (info)"}
_MADE = "<!-- Written by tools/reference.py from the models; change those. -->"


def main() -> None:
    """Write or check."""
    made = {
        ROOT / "docs/configuration.md": page(
            "Configuration",
            "`config.yaml`, one file. Relative folders are relative to it. An unknown key, a value"
            " out of range or a partner without a mapping stops the start with file and key.",
            Config,
        ),
        ROOT / "docs/mapping.md": page(
            "Mappings",
            "`mappings/<partner>.yaml`, one file a trading partner; the name of the file is the"
            " partner's id and the name of its folders in `inbox/` and `outbox/`. Files that begin"
            " with `_` are bases: `extends: _shared` merges this file over that one, key by key,"
            " one level deep. Editors read `mappings/partner.schema.json`.",
            PartnerProfile,
        ),
        ROOT / "mappings/partner.schema.json": schema(),
        ROOT / "mappings/order.schema.json": order_schema(),
        ROOT / "docs/openapi.json": api_document(),
        ROOT / "docs/x12-sets.md": sets_page(),
        ROOT / "docs/operations.md": with_kinds((ROOT / "docs/operations.md").read_text()),
    }
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the models say; run tools/reference.py")
        sys.exit(1 if stale else 0)
    for path in stale:
        path.write_text(made[path])
        print(f"wrote {path.relative_to(ROOT)}")


def with_kinds(text: str) -> str:
    """Return a page with the table of kinds of exceptions between its marks."""
    before, _, rest = text.partition(_KINDS)
    _, _, after = rest.partition(_END_OF_KINDS)
    lines = ["| queue | kind | cause | cure | closes by itself |", "|---|---|---|---|---|"]
    lines += [
        f"| {kind.queue} | `{kind.name}`{_STRESS[kind.severity]} | {kind.meaning} | {kind.cure} |"
        f" {kind.closes or 'no: `resolve`'} |"
        for kind in sorted(KINDS.values(), key=lambda kind: list(Queue).index(kind.queue))
    ]
    return f"{before}{_KINDS}\n" + "\n".join(lines) + f"\n{_END_OF_KINDS}{after}"


def sets_page() -> str:
    """Return the table of transaction sets: what each guide holds, and which way the set goes."""
    lines = [
        "<!-- Written by tools/reference.py from the guides; change those. -->",
        "",
        "# Transaction sets",
        "",
        _SETS,
        "",
        "| set | is | GS01 | release | places | loops | segments | elements with codes | relations"
        " | the daemon |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    names = sorted({path.name[:3] for path in GUIDES.glob("[0-9]*-*.txt")})
    for set_id in names:
        for version in ("004010", "005010"):
            guide = guide_for(set_id, version)
            if guide is not None:
                lines.append(f"| {' | '.join(map(str, set_row(guide)))} |")
    return "\n".join(lines) + "\n"


def set_row(guide: Guide) -> tuple[object, ...]:
    """Return one row of the table of sets."""
    definitions = [found for name in guide.segment_ids if (found := guide.segment(name))]
    coded = sum(element.codes is not None for one in definitions for element in one.elements)
    takes = sorted(role for role, sets in TAKEN.items() if guide.set_id in sets)
    does = [f"reads it of a {role}" for role in takes]
    if guide.set_id in WRITTEN:
        does.append("writes it")
    return (
        guide.set_id,
        guide.name,
        guide.functional_id,
        guide.version,
        len(guide.nodes),
        sum(node.is_leader for node in guide.nodes),
        len(definitions),
        coded,
        sum(len(one.conditions) for one in definitions),
        ", ".join(does),
    )


def page(title: str, text: str, model: type[BaseModel]) -> str:
    """Return the reference page of a model."""
    return "\n".join([_MADE, "", f"# {title}", "", text, "", *sections(model, "")]) + "\n"


def sections(model: type[BaseModel], path: str) -> list[str]:
    """Return a table of the model's keys, then the sections of the models in it."""
    lines = []
    if path:
        lines += [f"## {path}", "", (model.__doc__ or "").strip().split("\n")[0], ""]
    rows = []
    inner: list[str] = []
    for name, field in model.model_fields.items():
        below = f"{path}.{name}" if path else name
        nested, suffix = nested_model(field.annotation)
        rows.append((name, kind(field, nested), default(field), meaning(field, nested, below)))
        if nested:
            inner += sections(nested, below + suffix)
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {value} | {given} | {text} |" for name, value, given, text in rows]
    return [*lines, "", *inner]


def nested_model(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the settings model inside an annotation, and how its path goes on."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin = get_origin(annotation)
    suffix = "[]" if origin is tuple else ".<code>" if origin is dict else ""
    for part in get_args(annotation):
        found, _ = nested_model(part)
        if found:
            return found, suffix
    return None, ""


def kind(field: FieldInfo, nested: type[BaseModel] | None) -> str:
    """Say what a value looks like."""
    text = described(field.annotation, nested)
    for limit in field.metadata:
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤")):
            if hasattr(limit, name):
                text += f", {sign} {getattr(limit, name)}"
        pattern = getattr(limit, "pattern", None)
        if pattern:
            whole, _, may_be_empty = pattern.partition("$|")
            shown = whole.strip("^$").replace("|", "\\|")
            text += f", `{shown}`" + (" or empty" if may_be_empty else "")
    return text


_PLAIN = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "Decimal": "number",
    "bool": "true or false",
    "Path": "folder",
    "time": "time `HH:MM`",
    "date": "day `YYYY-MM-DD`",
}


_NAMED = {"": "empty", " ": "a blank", "\t": "a tab", "|": "`\\|`"}


def _literal(value: str) -> str:
    return _NAMED.get(value, f"`{value}`")


def described(annotation: Any, nested: type[BaseModel] | None) -> str:
    """Describe a type in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(_literal(part) for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(described(p, nested) for p in parts if p is not type(None))
    if origin is tuple:
        return f"list of {described(parts[0], nested)}"
    if origin is dict:
        return f"{described(parts[0], nested)}: {described(parts[1], nested)}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(_literal(str(one.value)) for one in annotation)
    if nested is not None and annotation is nested:
        return "settings, below"
    return _PLAIN.get(getattr(annotation, "__name__", ""), str(annotation))


def default(field: FieldInfo) -> str:
    """Return the default as it would stand in YAML."""
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if value is None or isinstance(value, BaseModel) or value in ("", (), {}):
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(map(given_of, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def given_of(value: object) -> str:
    """Return one of several as it would stand in YAML; of settings, what is not their default."""
    if not isinstance(value, BaseModel):
        return str(value)
    said = value.model_dump(mode="json", exclude_unset=True)
    return f"{{{', '.join(f'{name}: {given}' for name, given in said.items())}}}"


def meaning(field: FieldInfo, nested: type[BaseModel] | None, path: str) -> str:
    """Return the description, or where the settings below are."""
    text = (field.description or "").replace("|", "\\|")
    if nested and not text:
        text = (nested.__doc__ or "").strip().split("\n")[0]
    return text


def schema() -> str:
    """Return the JSON schema of a mapping file."""
    document = PartnerProfile.model_json_schema()
    document["properties"]["extends"] = {
        "type": "string",
        "description": "Name of a base mapping, such as _shared.",
    }
    document["required"] = [key for key in document["required"] if key != "id"]
    return json.dumps(document, indent=2) + "\n"


def order_schema() -> str:
    """Return the JSON schema of a JSON order, to be given to those who send them."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **OrderDocument.model_json_schema(),
    }
    return json.dumps(document, indent=2) + "\n"


def api_document() -> str:
    """Return the OpenAPI document of the API, as it is served."""
    return json.dumps(openapi(make_api(None)), indent=1) + "\n"


if __name__ == "__main__":
    main()
