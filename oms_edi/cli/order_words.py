"""Print an order in the words of its customer, or of its warehouses."""

import click

from oms_edi.cli.output import clean, emit_fields, emit_table, heading
from oms_edi.store.queries import Row


def emit_customer(found: Row) -> None:
    """Print what the customer may know."""
    emit_fields(
        [
            ("PO", " ".join((found["po_number"], found["release"])).rstrip()),
            ("our order", found["order"]),
            ("ordered on", found["ordered_on"]),
            ("status", found["status"]),
            *(("note", note) for note in found["notes"]),
        ]
    )
    heading("Lines")
    emit_table(
        ("line", "item", "description", "quantity", "status", "ships", "arrives", "carrier"),
        [_part(line, part) for line in found["lines"] for part in line["parts"]],
        empty="no lines",
    )
    links = {
        one["number"]: one["link"]
        for line in found["lines"]
        for part in line["parts"]
        for one in part["tracking"]
    }
    if links:
        heading("Tracking")
        for number, link in links.items():
            click.echo(clean(f"{number}  {link}".rstrip()))


def _part(line: Row, part: Row) -> tuple[object, ...]:
    item = line["items"][0]["code"] if line["items"] else ""
    return (
        line["line"],
        item,
        line["description"][:28],
        f"{part['quantity']} {line['unit']}",
        part["status"],
        part["shipped_on"] or part["ships_on"],
        part["arrives_on"],
        part["carrier"],
    )


def emit_warehouse(found: list[Row]) -> None:
    """Print what warehouses are to ship, a paragraph a depositor order."""
    if not found:
        click.echo("no warehouse was told of it")
    for place, one in enumerate(found):
        if place:
            click.echo()
        town = f"{one['city']} {one['ship_to_state']} {one['postal_code']}".strip()
        emit_fields(
            [
                ("order", one["depositor_order"]),
                ("warehouse", f"{one['warehouse']} ({one['node']})"),
                ("status", one["status"]),
                ("ship to", f"{one['ship_to']}, {town}"),
                ("ship on", one["ship_on"]),
                ("owes", one["owes"]),
                *(("sent", _sent(document)) for document in one["documents"]),
                *(("told", _load(load)) for load in one["loads"]),
            ]
        )
        emit_table(
            ("number", "item", "description", "units", "shipped", "short"),
            [
                (
                    line["number"],
                    line["item"],
                    line["description"][:28],
                    line["units"],
                    line["shipped"] or "",
                    line["short"] or "",
                )
                for line in one["lines"]
            ],
        )


def _sent(document: Row) -> str:
    return f"{document['set_id']} {document['isa_control']}, {document['verdict']}"


def _load(load: Row) -> str:
    carrier = load["carrier_name"] or load["scac"]
    parts = (
        f"{load['set_id']} {load['isa_control']}: {load['warehouse_shipment']}",
        f"left on {load['shipped_on']}" + (f" with {carrier}" if carrier else ""),
        load["tracking"] and f"tracking {load['tracking']}",
    )
    return ", ".join(filter(None, parts))
