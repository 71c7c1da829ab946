"""A stock count as CSV: good rows count beside bad ones."""

from oms_edi.channels import stock_csv
from oms_edi.domain.issue import Severity
from oms_edi.partners.profile import PartnerProfile, StockCsvSettings
from oms_edi.pipeline.frame.outcome import Outcome, state_of
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.stock.count_stock import book_stock
from oms_edi.store.catalog import Catalog


def ingest_stock_csv(
    step: Step, data: bytes, profile: PartnerProfile, settings: StockCsvSettings, file_id: int
) -> Outcome:
    """Take a stock count, inside the caller's transaction."""
    report, issues = stock_csv.read(data, settings, max_rows=step.config.intake.max_csv_rows)
    if report is None or not report.counts:
        reason = str(issues[0]) if issues else "no rows"
        return Outcome(kind="stock_csv", state="quarantined", reason=reason, issues=tuple(issues))
    report = step.hear(report, profile)
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
