"""A CSV file: orders grouped by PO number, or a stock count. Good orders go on beside bad ones."""

import hashlib

from oms_edi.channels import order_csv, stock_csv
from oms_edi.domain.issue import Severity, worst
from oms_edi.partners.profile import CsvSettings, PartnerProfile, StockCsvSettings
from oms_edi.pipeline.count_stock import book_stock
from oms_edi.pipeline.outcome import Outcome, state_of
from oms_edi.pipeline.step import Step
from oms_edi.pipeline.take_order import take_order
from oms_edi.store import files
from oms_edi.store.catalog import Catalog

#: Orders named in the reason of a file.
_TOLD = 3


def ingest_orders_csv(
    step: Step, data: bytes, profile: PartnerProfile, settings: CsvSettings, file_id: int
) -> Outcome:
    """Take every good order of an order CSV, inside the caller's transaction."""
    found, issues = order_csv.read(data, settings, max_rows=step.config.intake.max_csv_rows)
    if worst(issues) is Severity.REJECT:
        reason = str(issues[0])
        return Outcome(kind="order_csv", state="quarantined", reason=reason, issues=tuple(issues))
    catalog = Catalog(step.connection)
    copies = files.earlier_copies(step.connection, file_id)
    taken = 0
    refused: list[str] = []
    for order in found:
        verdict = "A"
        order_id = None
        issues += order.issues
        if order.message is None or worst(order.issues) is Severity.REJECT:
            verdict = "R"
            first = next(i for i in order.issues if i.severity is Severity.REJECT)
            refused.append(f"order {order.po_number} was not taken: {first}")
        elif copies and (
            before := files.order_taken_before(step.connection, order.po_number, copies)
        ):
            verdict, order_id = "D", before
            taken += 1
        else:
            told = take_order(
                step,
                catalog,
                order.message,
                profile,
                file_id=file_id,
                origin=f"CSV row {order.rows[0]}",
            )
            order_id = told.order_id
            taken += 1
        files.put_document(
            step.connection,
            files.InDocument(
                set_id="CSV",
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
        kind="order_csv",
        state=state_of(taken=taken, refused=len(refused)),
        reason="; ".join(refused[:_TOLD]) + more,
        issues=tuple(issues),
    )


def ingest_stock_csv(
    step: Step, data: bytes, profile: PartnerProfile, settings: StockCsvSettings, file_id: int
) -> Outcome:
    """Take a stock count, inside the caller's transaction."""
    report, issues = stock_csv.read(data, settings, max_rows=step.config.intake.max_csv_rows)
    if report is None or not report.counts:
        reason = str(issues[0]) if issues else "no rows"
        return Outcome(kind="stock_csv", state="quarantined", reason=reason, issues=tuple(issues))
    book_stock(step, Catalog(step.connection), report, profile, file_id=file_id)
    refused = sum(issue.severity is not Severity.NOTE for issue in issues)
    outcome = Outcome(
        kind="stock_csv",
        state=state_of(taken=len(report.counts), refused=refused),
        issues=tuple(issues),
    )
    return Outcome(
        kind=outcome.kind, state=outcome.state, reason=outcome.summary, issues=outcome.issues
    )
