"""What left: dispatches (945, a supplier's 856) with their cartons."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDispatch:
    """One 945 about to be booked."""

    shipment_id: int
    document_id: int
    warehouse_shipment: str
    shipped_on: str
    carrier_name: str
    scac: str
    transport: str
    bill_of_lading: str
    tracking: str
    weight: str | None
    #: The day it arrives, None if nobody knows.
    expected_on: str | None
    notice_due: bool


def put_dispatch(connection: Connection, dispatch: NewDispatch) -> int:
    """Book a 945, and whether the node was late with it."""
    d = dispatch
    connection.execute(
        "INSERT INTO node_records (node, shipped, late)"
        " SELECT node, 1, ? > coalesce(ship_on, '9999') FROM shipments WHERE shipment_id = ?"
        " ON CONFLICT (node) DO UPDATE"
        " SET shipped = shipped + 1, late = node_records.late + excluded.late",
        (d.shipped_on, d.shipment_id),
    )
    cursor = connection.execute(
        "INSERT INTO dispatches (shipment_id, document_id, warehouse_shipment, shipped_on,"
        " carrier_name, scac, transport, bill_of_lading, tracking, weight, expected_on, notice_due)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            d.shipment_id,
            d.document_id,
            d.warehouse_shipment,
            d.shipped_on,
            d.carrier_name,
            d.scac,
            d.transport,
            d.bill_of_lading,
            d.tracking,
            d.weight,
            d.expected_on,
            int(d.notice_due),
        ),
    )
    return cursor.lastrowid or 0


def put_package(
    connection: Connection,
    *,
    dispatch_id: int,
    sscc: str,
    tracking: str,
    contents: Iterable[tuple[int, int]],
) -> None:
    """Book a carton with its contents (allocation id, units)."""
    cursor = connection.execute(
        "INSERT INTO packages (dispatch_id, sscc, tracking) VALUES (?, ?, ?)",
        (dispatch_id, sscc, tracking),
    )
    connection.executemany(
        "INSERT INTO package_lines (package_id, allocation_id, quantity) VALUES (?, ?, ?)",
        [(cursor.lastrowid, allocation_id, units) for allocation_id, units in contents],
    )


def has_package(connection: Connection, sscc: str) -> bool:
    """True if this SSCC was used before."""
    return (
        connection.execute("SELECT 1 FROM packages WHERE sscc = ?", (sscc,)).fetchone() is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A carton: (line id, units) inside."""

    sscc: str
    tracking: str
    contents: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One booked 945 with its cartons."""

    dispatch_id: int
    shipment_id: int
    warehouse_shipment: str
    shipped_on: str
    carrier_name: str
    scac: str
    transport: str
    bill_of_lading: str
    tracking: str
    weight: str | None
    expected_on: str | None
    packages: tuple[Package, ...]


def notices_due(connection: Connection) -> list[tuple[int, int]]:
    """Return (dispatch id, order id) of dispatches that owe an 856, oldest first."""
    return connection.execute(
        "SELECT d.dispatch_id, s.order_id FROM dispatches d"
        " JOIN shipments s ON s.shipment_id = d.shipment_id"
        " WHERE d.notice_due = 1 ORDER BY d.dispatch_id"
    ).fetchall()


def read_dispatch(connection: Connection, dispatch_id: int) -> Dispatch:
    """Return a dispatch with its cartons."""
    row = connection.execute(
        "SELECT dispatch_id, shipment_id, warehouse_shipment, shipped_on, carrier_name, scac,"
        " transport, bill_of_lading, tracking, weight, expected_on FROM dispatches"
        " WHERE dispatch_id = ?",
        (dispatch_id,),
    ).fetchone()
    packages = []
    for package_id, sscc, tracking in connection.execute(
        "SELECT package_id, sscc, tracking FROM packages WHERE dispatch_id = ? ORDER BY package_id",
        (dispatch_id,),
    ).fetchall():
        contents = connection.execute(
            "SELECT a.line_id, p.quantity FROM package_lines p JOIN allocations a"
            " ON a.allocation_id = p.allocation_id WHERE p.package_id = ? ORDER BY a.number",
            (package_id,),
        ).fetchall()
        packages.append(Package(sscc=sscc, tracking=tracking, contents=tuple(contents)))
    return Dispatch(
        dispatch_id=row[0],
        shipment_id=row[1],
        warehouse_shipment=row[2],
        shipped_on=row[3],
        carrier_name=row[4],
        scac=row[5],
        transport=row[6],
        bill_of_lading=row[7],
        tracking=row[8],
        weight=row[9],
        expected_on=row[10],
        packages=tuple(packages),
    )


def packed_units(connection: Connection, shipment_id: int) -> dict[int, int]:
    """Return units in cartons by allocation, over all dispatches of a shipment."""
    return dict(
        connection.execute(
            "SELECT p.allocation_id, sum(p.quantity) FROM package_lines p JOIN allocations a"
            " ON a.allocation_id = p.allocation_id WHERE a.shipment_id = ?"
            " GROUP BY p.allocation_id",
            (shipment_id,),
        ).fetchall()
    )


def set_noticed(connection: Connection, dispatch_id: int) -> None:
    """Note that the 856 of a dispatch is written, or that none is owed."""
    connection.execute("UPDATE dispatches SET notice_due = 0 WHERE dispatch_id = ?", (dispatch_id,))
