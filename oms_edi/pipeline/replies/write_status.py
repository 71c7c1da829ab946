"""Owe a customer the 870 of one order."""

from oms_edi.domain.order_status import StatusReport
from oms_edi.errors import Unsendable
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.outgoing import Outgoing
from oms_edi.pipeline.frame.step import Step
from oms_edi.store.exceptions import close_exception
from oms_edi.transactions import t870_order_status


def owe_status(
    step: Step,
    outgoing: Outgoing,
    profile: PartnerProfile,
    report: StatusReport,
    *,
    order_id: int | None = None,
) -> bool:
    """Owe the 870s of a report; False, and a person is told, if it cannot be written."""
    assert profile.x12 is not None, "whoever asks by X12, or wants an 870, has X12 settings"
    subject = f"870 {profile.id} {report.status.po_number}"
    mark = outgoing.mark()
    try:
        for part in t870_order_status.split(report):
            body = t870_order_status.write(part, version=profile.x12.version)
            outgoing.add(profile, "870", body, order_id=order_id)
    except Unsendable as error:
        outgoing.rollback(mark)
        attention(
            step,
            "document_refused",
            subject,
            f"how PO {report.status.po_number} stands was not told: {error}",
            "tell the partner by hand",
            order_id=order_id,
        )
        return False
    close_exception(step.connection, "document_refused", subject, at=step.at)
    return True
