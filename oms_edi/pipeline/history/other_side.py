"""What partners and warehouses would have said of what a simulation sent them.

Their reports in the archive are about what was sent. Where the simulation sent the same, they are
taken as they came, under the simulation's numbers. Where it did not:

- a 945, or a supplier's 855 or 856, of a shipment it does not have is set aside; at the 945 or 856
  what it has of that order instead is reported in full;
- a shipment the history does not have is reported in full when its day is over;
- a count of stock is corrected by what left that node more or less than it did;
- a 997 for a group of other sets is set aside, its verdicts go to the same documents; documents the
  history does not have are accepted as they are delivered.
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from sqlite3 import Connection
from typing import Any

from oms_edi.domain.documents import GroupAnswer, ShippingAdvice, StockReport, SupplierAnswer
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import outbox, outcome, shipments
from oms_edi.store.catalog import Catalog
from oms_edi.store.outcome import ShipmentKey, Told
from oms_edi.store.shipments import Shipment


class OtherSide:
    """Hears the reports of a history as those of a simulation; keeps count of what it changed."""

    def __init__(self, history: Connection) -> None:
        self._history = history
        #: Shipments of the history that no shipment of the simulation stands for yet.
        self._left: Counter[ShipmentKey] = Counter(
            outcome.shipment_key(history, told) for told in outcome.all_shipments(history)
        )
        #: Depositor order of the history to that of the simulation.
        self._same: dict[str, str] = {}
        #: Depositor orders of the simulation that a report of the history is about.
        self._told: set[str] = set()
        #: Shipments of the simulation by id: True if the history has them, too.
        self._known: dict[int, bool] = {}
        #: Orders of the simulation of which a report was set aside.
        self._due: set[int] = set()
        self._day = ""
        #: The first document of the file that is read now, in the history.
        self._document: int | None = None
        #: 945s and 997s that fit nothing in the simulation.
        self.set_aside = 0
        #: Counts of items that were corrected.
        self.corrected = 0

    def read_file(self, claim_id: str) -> None:
        """Note which file of the history is read: what came after it is not known yet."""
        self._document = outcome.first_document(self._history, claim_id)

    def hear(self, step: Step, value: Any, partner: PartnerProfile) -> Any:
        """Return what a report says in the simulation, None if it says nothing there."""
        if isinstance(value, ShippingAdvice):
            return self._advice(step.connection, value)
        if isinstance(value, SupplierAnswer):
            return self._supplier(step.connection, value)
        if isinstance(value, StockReport):
            return self._report(step, value, partner)
        if isinstance(value, GroupAnswer):
            return self._answer(step, value, partner)
        return value

    def _advice(self, book: Connection, advice: ShippingAdvice) -> ShippingAdvice | None:
        found = None
        for number in (advice.depositor_order, advice.warehouse_shipment):
            found = found or (shipments.find_shipment(self._history, number) if number else None)
        if found is None:
            return advice  # it fitted nothing in the history, too, or only by its PO
        ours = self._number(book, found)
        if ours is None:
            self._set_aside(book, found)
            return None
        return advice if advice.depositor_order == ours else replace(advice, depositor_order=ours)

    def _supplier(self, book: Connection, answer: SupplierAnswer) -> SupplierAnswer | None:
        found = shipments.find_shipment(self._history, answer.po_number)
        if found is None:
            return answer
        ours = self._number(book, found)  # if there is none, its 856 is set aside, too
        return None if ours is None else replace(answer, po_number=ours)

    def _number(self, book: Connection, found: Shipment) -> str | None:
        """Return the depositor order of what stands here for a shipment of the history."""
        number = found.depositor_order
        if number not in self._same:
            key = self._key(found)
            order_id = outcome.find_order(book, key.order)
            fits = [
                one.depositor_order
                for one in (outcome.shipments_of(book, order_id) if order_id else ())
                if one.depositor_order not in self._told and outcome.shipment_key(book, one) == key
            ]
            if not fits:
                return None
            self._same[number] = number if number in fits else fits[0]
            self._told.add(self._same[number])
        return self._same[number]

    def _key(self, found: Shipment) -> ShipmentKey:
        number = found.depositor_order
        told = Told(number, found.shipment_id, found.order_id, found.state, found.node)
        return outcome.shipment_key(self._history, told)

    def _set_aside(self, book: Connection, found: Shipment) -> None:
        """Note that a report of the history says nothing here."""
        key = self._key(found)
        order_id = outcome.find_order(book, key.order)
        self.set_aside += 1
        self._left[key] -= 1  # whatever becomes like it later has no report of its own
        if order_id:
            self._due.add(order_id)

    def _report(self, step: Step, report: StockReport, partner: PartnerProfile) -> StockReport:
        nodes = [node.id for node in step.config.nodes if node.partner == partner.id]
        node = report.node if report.node in nodes else (nodes[0] if len(nodes) == 1 else "")
        catalog = Catalog(step.connection)
        counts = []
        told: set[str] = set()
        for count in report.counts:
            found = (catalog.item(catalog.find(partner.id, *pair) or "") for pair in count.items)
            item = next((one for one in found if one), None)
            units = 0
            if item and node and item.item not in told:  # lots of an item: correct the first
                told.add(item.item)
                units = self._more(step, item.item, node, available=count.basis == "available")
            factor = item.factor(count.unit or item.unit) if item else None
            if item is None or factor is None or not units:
                counts.append(count)
                continue
            self.corrected += 1
            corrected = max(Decimal(0), count.quantity * factor + units)
            counts.append(replace(count, quantity=corrected, unit=item.unit))
        return replace(report, counts=tuple(counts))

    def _more(self, step: Step, item: str, node: str, *, available: bool) -> int:
        """Return units that lie at a node in the simulation more than they did."""
        sides = []
        for book, document in ((self._history, self._document), (step.connection, None)):
            units = outcome.shipped_units(book, item, node, until=step.at, before_document=document)
            if available:
                units += shipments.ordered_units(book, item, node, by=step.at, acknowledged=False)
            sides.append(units)
        return sides[0] - sides[1]

    def _answer(
        self, step: Step, answer: GroupAnswer, partner: PartnerProfile
    ) -> GroupAnswer | None:
        group = {"partner": partner.id, "gs_control": answer.group_control}
        theirs = outbox.sent_group(self._history, **group)
        ours = outbox.sent_group(step.connection, **group)
        if not theirs or self._named(self._history, theirs) == self._named(step.connection, ours):
            return answer
        self.set_aside += 1
        for one in theirs:
            if one.order_id is None or not one.answer:
                continue
            key = outcome.order_key(self._history, one.order_id)
            order_id = outcome.find_order(step.connection, key)
            args = (partner.id, one.set_id)
            nth = outcome.sent_ids(self._history, *args, one.order_id).index(one.document_id)
            sent = outcome.sent_ids(step.connection, *args, order_id) if order_id else []
            if len(sent) > nth:
                outcome.set_verdict(step.connection, sent[nth], one.answer)
        return None

    def _named(self, book: Connection, sets: list[outbox.SentSet]) -> list[tuple[object, ...]]:
        return [
            (one.set_id, one.st_control, one.order_id and outcome.order_key(book, one.order_id))
            for one in sets
        ]

    def accept_new(self, step: Step, outbox_ids: list[int]) -> None:
        """Have partners accept documents the history does not have; in the caller's transaction."""
        for outbox_id in outbox_ids:
            partner = outcome.partner_of(step.connection, outbox_id)
            for one in outbox.sets_of(step.connection, outbox_id):
                if one.order_id is None:
                    continue
                ids = outcome.sent_ids(step.connection, partner, one.set_id, one.order_id)
                key = outcome.order_key(step.connection, one.order_id)
                order_id = outcome.find_order(self._history, key)
                args = (partner, one.set_id, order_id or 0)
                if ids.index(one.document_id) >= len(outcome.sent_ids(self._history, *args)):
                    outcome.set_verdict(step.connection, one.document_id, "accepted")

    def unreported(self, step: Step) -> list[Told]:
        """Return the shipments that a warehouse reports now because the history has no report."""
        day = step.now.date().isoformat()
        found: list[Told] = []
        for order_id in sorted(self._due):
            found += outcome.shipments_of(step.connection, order_id)
        self._due.clear()
        if day != self._day:
            self._day = day
            found += outcome.released_before(step.connection, day)
        unique = {one.shipment_id: one for one in found if one.state == "released"}
        return [one for one in unique.values() if not self._is_known(step.connection, one)]

    def _is_known(self, book: Connection, told: Told) -> bool:
        if told.depositor_order in self._told:
            return True
        if told.shipment_id not in self._known:
            key = outcome.shipment_key(book, told)
            self._known[told.shipment_id] = self._left[key] > 0
            self._left[key] -= self._known[told.shipment_id]
        return self._known[told.shipment_id]
