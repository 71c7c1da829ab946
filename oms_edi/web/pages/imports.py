"""Imports of master data and stock: a CSV is looked at, then taken, as the command line does."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.errors import Refused
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.master import import_customers, import_inbound, import_supplier_items, imports
from oms_edi.pipeline.master.imports import Imported
from oms_edi.web.asked import Asked
from oms_edi.web.route import act, page

#: Changes that are shown; the others are counted.
_SHOWN = 200
#: A file that is shown can be taken without choosing it again, if it is no larger.
_KEPT_BYTES = 500_000


class Kind(NamedTuple):
    """Something that is imported."""

    title: str
    #: What its columns are, those in brackets optional.
    columns: str
    do: Callable[..., Imported]


KINDS = {
    "items": Kind(
        "Items, units and cross-references",
        "item, description, unit, weight_g, pack [gtin, units, needs, ids]",
        imports.import_items,
    ),
    "prices": Kind("Prices", "partner, item, price [minimum, multiple]", imports.import_prices),
    "stock": Kind("Counts of stock", "node, item, on_hand", imports.import_stock),
    "customers": Kind(
        "Terms of customers",
        "partner [tier, credit_limit, balance, minimum, approval_above, contact]",
        import_customers.import_customers,
    ),
    "places": Kind(
        "Ship-tos of customers",
        "partner, code, name, postal_code [street, city, state, country]",
        import_customers.import_places,
    ),
    "supplier-items": Kind(
        "All that suppliers sell",
        "supplier, item, supplier_item, cost [minimum, multiple]",
        import_supplier_items.import_supplier_items,
    ),
    "inbound": Kind(
        "Goods to come",
        "reference, node, item, units, due_on [delivery]",
        import_inbound.import_inbound,
    ),
}


def show(asked: Asked) -> Response:
    """Show what can be imported."""
    return _page(asked)


def _page(asked: Asked, *, status: int = 200, **more: object) -> Response:
    values = {"done": None, "what": asked.text("what"), "name": "", "content": "", "fault": ""}
    return asked.page("imports.html", status=status, kinds=KINDS, **(values | more))


def take(asked: Asked) -> Response:
    """Look at a file, or take it: whole, or not at all."""
    what = asked.text("what")
    kind = KINDS.get(what)
    if kind is None:
        raise Refused("Say what the file has in it.")
    name, content = _file(asked)
    only_look = asked.text("do") != "take"
    try:
        done = _import(asked.step(), kind, name, content, actor=asked.actor, only_look=only_look)
    except Refused as error:
        return _page(asked, status=422, what=what, fault=str(error))
    if not only_look:
        told = f"{len(done.changes)} changes; {done.cured} waiting orders or lines go on."
        return asked.go("/imports", told=f"{name}: {told}")
    kept = content.decode("utf-8") if len(content) <= _KEPT_BYTES else ""
    return _page(asked, done=done, what=what, name=name, content=kept, shown=_SHOWN)


def _file(asked: Asked) -> tuple[str, bytes]:
    """Return name and bytes of the file that was chosen, or was looked at before.

    Raises:
        Refused: there is none, or it is no text.
    """
    chosen = asked.upload("file")
    before = asked.form.get("content")
    if chosen is None and isinstance(before, str) and before:
        # Browsers send every line end of a field as CR LF.
        chosen = asked.text("name"), before.replace("\r\n", "\n").encode()
    if chosen is None:
        raise Refused("Choose a file.")
    name, content = chosen
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"The file is not UTF-8 at byte {error.start}; save it as CSV UTF-8.") from (
            error
        )
    plain = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[-100:]
    return plain.lstrip(".") or "import.csv", content


def _import(
    step: Step, kind: Kind, name: str, content: bytes, *, actor: str, only_look: bool
) -> Imported:
    with tempfile.TemporaryDirectory(prefix="oms-edi-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return kind.do(step, path, actor=actor, dry_run=only_look)
        except Refused as error:
            raise Refused(str(error).replace(f"{folder}/", "")) from error


ROUTES = (
    page("/imports", show, role=Role.VIEWER),
    act("/imports", take, role=Role.OPERATOR),
)
