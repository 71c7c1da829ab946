"""A file of orders other than X12: each order is taken or refused by itself."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import OperationalError

from oms_edi.channels import order_csv, order_json, order_xlsx
from oms_edi.channels.read_order import WHOLE, ReadOrder
from oms_edi.channels.xlsx_archive import Limits
from oms_edi.domain.issue import Issue, Severity, worst
from oms_edi.domain.message import OrderMessage
from oms_edi.errors import StopDaemon, TransientError
from oms_edi.partners.documents import JsonSettings, XlsxSettings
from oms_edi.partners.profile import CsvSettings, PartnerProfile
from oms_edi.pipeline.frame.outcome import Outcome, state_of
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.take_order import take_order
from oms_edi.store import files
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import savepoint

log = logging.getLogger(__name__)

#: Orders named in the reason of a file.
_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file of orders said."""

    #: As the list of files calls it.
    kind: str
    #: As the list of documents calls it.
    set_id: str
    #: As each order keeps it.
    channel: str
    orders: Sequence[ReadOrder]
    #: Issues of no order; a REJECT among them refuses the file.
    issues: Sequence[Issue]


def ingest_orders_csv(
    step: Step, data: bytes, profile: PartnerProfile, settings: CsvSettings, file_id: int
) -> Outcome:
    """Take every good order of an order CSV, inside the caller's transaction."""
    found, issues = order_csv.read(data, settings, max_rows=step.config.intake.max_csv_rows)
    reading = Reading(kind="order_csv", set_id="CSV", channel="csv", orders=found, issues=issues)
    return take_orders(step, reading, profile, file_id)


def ingest_orders_json(
    step: Step, data: bytes, profile: PartnerProfile, settings: JsonSettings, file_id: int
) -> Outcome:
    """Take every good order of a JSON file, inside the caller's transaction."""
    limits = step.config.intake
    if len(data) > limits.max_json_bytes:
        reason = f"{len(data)} bytes of JSON; intake.max_json_bytes is lower"
        return Outcome(kind="order_json", state="quarantined", reason=reason)
    found, issues = order_json.read(
        data, settings, max_orders=limits.max_csv_rows, max_lines=limits.max_order_lines
    )
    reading = Reading(kind="order_json", set_id="JSON", channel="json", orders=found, issues=issues)
    return take_orders(step, reading, profile, file_id)


def ingest_orders_xlsx(
    step: Step, data: bytes, profile: PartnerProfile, settings: XlsxSettings, file_id: int
) -> Outcome:
    """Take every good order of a workbook of order forms, inside the caller's transaction."""
    intake = step.config.intake
    if len(data) > intake.max_xlsx_bytes:
        reason = f"{len(data)} bytes of XLSX; intake.max_xlsx_bytes is lower"
        return Outcome(kind="order_xlsx", state="quarantined", reason=reason)
    limits = Limits(unpacked_bytes=intake.max_xlsx_unpacked_bytes, sheets=intake.max_xlsx_sheets)
    found, issues = order_xlsx.read(data, settings, limits, max_lines=intake.max_order_lines)
    reading = Reading(kind="order_xlsx", set_id="XLSX", channel="xlsx", orders=found, issues=issues)
    return take_orders(step, reading, profile, file_id)


def take_orders(
    step: Step,
    reading: Reading,
    profile: PartnerProfile,
    file_id: int,
    *,
    copies: Sequence[int] | None = None,
) -> Outcome:
    """Take every good order of a reading, inside the caller's transaction.

    `copies` are files whose orders are not taken again; None: those that brought the same bytes.
    """
    issues = list(reading.issues)
    if worst(issues) is Severity.REJECT:
        reason = str(issues[0])
        return Outcome(kind=reading.kind, state="quarantined", reason=reason, issues=tuple(issues))
    catalog = Catalog(step.connection)
    if copies is None:
        copies = files.earlier_copies(step.connection, file_id)
    taken = 0
    refused: list[str] = []
    for order in reading.orders:
        issues += order.issues
        before = copies and files.order_taken_before(step.connection, order.po_number, copies)
        if order.message is None or worst(order.issues) is Severity.REJECT:
            first = next(i for i in order.issues if i.severity is Severity.REJECT)
            refused.append(f"order {order.po_number or '?'} was not taken: {first}")
            verdict, order_id = "R", None
        elif before:
            verdict, order_id = "D", before
        else:
            is_all = order.place == WHOLE
            origin = reading.set_id if is_all else f"{reading.set_id} {order.place}"
            order_id = _book(
                step, catalog, order.message, profile, file_id, origin, reading.channel
            )
            verdict = "A" if order_id else "R"
            if order_id is None:
                refused.append(f"order {order.po_number} was not taken: an internal fault")
        taken += verdict != "R"
        files.put_document(
            step.connection,
            files.InDocument(
                set_id=reading.set_id,
                partner=profile.id,
                isa_control="",
                gs_control="",
                st_control=order.po_number,
                file_id=file_id,
                start_byte=0,
                size_bytes=0,
                sha256=hashlib.sha256(repr(order.message).encode()).hexdigest(),
                verdict=verdict,
                order_id=order_id,
                issues=order.issues,
            ),
            at=step.at,
        )
    more = f"; and {len(refused) - _TOLD} more orders" if len(refused) > _TOLD else ""
    return Outcome(
        kind=reading.kind,
        state=state_of(taken=taken, refused=len(refused)),
        reason="; ".join(refused[:_TOLD]) + more,
        issues=tuple(issues),
    )


def _book(
    step: Step,
    catalog: Catalog,
    message: OrderMessage,
    profile: PartnerProfile,
    file_id: int,
    origin: str,
    channel: str,
) -> int | None:
    """Take one order; None if that failed, which costs its neighbors nothing."""
    try:
        with savepoint(step.connection, "one_set"):
            told = take_order(
                step, catalog, message, profile, file_id=file_id, origin=origin, channel=channel
            )
        return told.order_id
    except (StopDaemon, TransientError, OperationalError, OSError):
        raise
    except Exception:  # a fault of ours in one order: its neighbors go on, a person sees it
        log.exception("order.failed file=%d %s", file_id, origin)
        catalog.open_values.clear()  # what it is worth is not open
        return None
