"""What ends when a shipment has nothing more to come."""

from oms_edi.pipeline.frame.step import Step
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.shipments import Shipment


def end_late(step: Step, shipment: Shipment) -> None:
    """Close what is open about the days of a shipment: it has left, or will not."""
    node = step.config.node(shipment.node)
    if node is None or not node.is_supplier:
        return
    for subject in sorted(open_subjects(step.connection, "supplier_late")):
        if subject.split(" ")[0] == shipment.depositor_order:
            close_exception(step.connection, "supplier_late", subject, at=step.at)
