"""Live a history through again under other settings, on a copy, by the code that lived it.

Archived files, acts of people and the instants of the daemon's steps come from the journal, what
the other side would have said from `other_side`. Where the history has a step, the whole pass up to
it is done: what changed nothing then may change something now. Nothing is delivered to anybody.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

from oms_edi.config.config import Config
from oms_edi.domain.documents import ShippingOrder
from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.errors import OmsError
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.delivery.deliver import book_delivery
from oms_edi.pipeline.frame.step import Step, as_told
from oms_edi.pipeline.frame.turns import turn
from oms_edi.pipeline.history.other_side import OtherSide
from oms_edi.pipeline.history.replay import Archive, do_act, do_turn, step_of
from oms_edi.pipeline.intake.ingest import judge
from oms_edi.pipeline.steps import PASS, do_step
from oms_edi.store import journal, outbox, outcome
from oms_edi.store.database import write_tx
from oms_edi.store.files import NewFile
from oms_edi.store.journal import Entry
from oms_edi.store.outbox import PendingFile
from oms_edi.testing import Scenario, answer_940
from oms_edi.testing_supplier import ship_850
from oms_edi.transports import folder

#: Acts that say what the network did, of which only finished visits and calls matter here.
_NETWORK = ("begin_visit", "book_fetched")
#: What comes later than this after a step is not of the same pass.
_SAME_PASS = timedelta(seconds=60)
#: Control numbers of reports nobody sent begin here.
_STAND_INS = 900_000_000


@dataclass(slots=True)
class Simulated:
    """What a simulation did."""

    turns: int = 0
    #: Reports of warehouses that nobody sent, made for shipments the history does not have.
    stand_ins: int = 0
    #: Acts of people that do not apply, with the reason.
    refused: list[str] = field(default_factory=list)
    set_aside: int = 0
    corrected: int = 0

    @property
    def is_as_told(self) -> bool:
        """True if the other side said what it said."""
        return not (self.stand_ins or self.refused or self.set_aside or self.corrected)


class Simulation:
    """One history, lived again in another book."""

    def __init__(
        self,
        history: Connection,
        archive: Archive,
        book: Connection,
        *,
        config: Config,
        partners: PartnerBook,
    ) -> None:
        self._history = history
        self._archive = archive
        self._book = book
        self._config = config
        self._partners = partners
        self._other = OtherSide(history)
        self._done = Simulated()
        #: Partners whose server the history called.
        self._called = outcome.called_partners(history)
        #: Why nothing could be left in a partner's folder when the history tried last.
        self._failed: dict[str, str] = {}
        #: The same of one file, by partner and name.
        self._stuck: dict[tuple[str, str], str] = {}
        #: The next step of the pass at hand; past the end if there is none.
        self._next = len(PASS)
        #: When the last step or file was.
        self._last: datetime | None = None

    def run(
        self, *, since: datetime | None = None, tell: Callable[[int], None] = lambda done: None
    ) -> Simulated:
        """Live it through; up to `since` as it was, then under the new settings."""
        is_begun = since is None
        for entry in journal.entries(self._history):
            at = datetime.fromisoformat(entry.at)
            if not is_begun and since is not None and at >= since:
                is_begun = True
                do_step(self._step(since), "settings")
            if is_begun:
                self._live(entry, at)
            else:
                step = step_of(self._book, self._archive, entry)
                do_turn(step, self._archive, entry, left=entry.count)
            self._done.turns += 1
            tell(self._done.turns)
        if self._last is not None:
            self._end_pass(look=True)
            while self._report(self._last):
                self._end_pass()
        self._done.set_aside = self._other.set_aside
        self._done.corrected = self._other.corrected
        return self._done

    def _step(self, now: datetime) -> Step:
        step = Step(connection=self._book, config=self._config, partners=self._partners, now=now)
        return Step(
            connection=self._book,
            config=self._config,
            partners=self._partners,
            now=now,
            hear=functools.partial(self._other.hear, step),
        )

    def _live(self, entry: Entry, at: datetime) -> None:
        """Do what an entry says, and what is due before it."""
        step = self._step(at)
        is_late = self._last is not None and at - self._last > _SAME_PASS
        is_next = self._next > 0 and entry.kind == "file"  # files come first in a pass
        if is_next or is_late or entry.name == "settings":
            self._end_pass(look=is_late)
        if self._report(at):
            self._end_pass()
        if entry.kind == "file":
            self._other.read_file(str(entry.body["claim_id"]))
            do_turn(step, self._archive, entry, left=None)
            self._next, self._last = 0, at
        elif entry.name == "settings":
            do_step(step, "settings")
        elif entry.name in PASS:
            self._go_on(entry, at)
        elif entry.name == "book_visit":
            self._visit(step, entry)
        elif entry.name == "book_calls":
            self._call(step, entry)
        elif entry.name not in _NETWORK:
            self._act(step, entry)

    def _go_on(self, entry: Entry, at: datetime) -> None:
        """Do the pass up to the step of an entry; a step that was begun again is done again."""
        wanted = PASS.index(entry.name)
        if wanted < self._next - 1:
            self._end_pass()
            self._next = 0
        for number in range(min(self._next, wanted), wanted + 1):
            self._do(PASS[number], at, entry.body if number == wanted else {})
        self._next, self._last = wanted + 1, at

    def _end_pass(self, *, look: bool = False) -> None:
        """Do the rest of the pass at hand; at the clocks only if the history stood still after it.

        Else a file that was on its way then may bring what is late.
        """
        if self._last is None:
            return
        for name in PASS[self._next :]:
            if name != "watch" or look:
                self._do(name, self._last, {})
        self._next = len(PASS)

    def _do(self, name: str, at: datetime, body: dict[str, Any]) -> None:
        step = self._step(at)
        if name == "book_delivery":
            self._deliver(step, body)
        else:
            do_step(step, name)

    def _deliver(self, step: Step, body: dict[str, Any]) -> None:
        """Book that everything lies at its partner, but what could not be delivered then.

        Without `body`, in a pass of which the history has none, nothing of that has changed.
        """
        if body:
            self._failed = body["failed"]
            stuck = {int(outbox_id): reason for outbox_id, reason in body["stuck"].items()}
            names = outcome.file_names(self._history, stuck)
            self._stuck = {names[outbox_id]: stuck[outbox_id] for outbox_id in names}
        pending = [
            file
            for file in outbox.pending(self._book)
            if file.partner not in self._failed and not self._waits_for_server(file)
        ]
        held = {file.outbox_id: self._stuck.get((file.partner, file.file_name)) for file in pending}
        sent = [outbox_id for outbox_id, reason in held.items() if reason is None]
        if not (sent or body):
            return
        kept = {outbox_id: reason for outbox_id, reason in held.items() if reason is not None}
        book_delivery(step, sent=sent, stuck=kept, failed=self._failed)
        with turn(step, kind="act", name="simulated", body={}), write_tx(self._book):
            self._other.accept_new(step, sent)

    def _waits_for_server(self, file: PendingFile) -> bool:
        """True if a visit or a call of the history is to leave it."""
        profile = self._partners.find(file.partner)
        if file.is_call and profile and profile.webhook:
            return file.partner in self._called
        return bool(profile and profile.sftp and profile.sftp.put)

    def _visit(self, step: Step, entry: Entry) -> None:
        """Have a visit leave what is pending here, if it left anything then."""
        partner = entry.body["partner"]
        profile = self._partners.find(partner)
        pending = [
            file
            for file in outbox.pending(self._book)
            if file.partner == partner and not (file.is_call and profile and profile.webhook)
        ]
        sent = [file.outbox_id for file in pending] if entry.body["sent"] else []
        body = {**entry.body, "sent": sent, "not_sent": [], "removed": []}
        do_act(step, self._archive, entry.name, body)
        with turn(step, kind="act", name="simulated", body={}), write_tx(self._book):
            self._other.accept_new(step, sent)

    def _call(self, step: Step, entry: Entry) -> None:
        """Have a customer's server take what is pending here, if it took anything then."""
        partner = entry.body["partner"]
        owed = [f for f in outbox.pending(self._book) if f.partner == partner and f.is_call]
        sent = [file.outbox_id for file in owed] if entry.body["sent"] else []
        do_act(step, self._archive, entry.name, {**entry.body, "sent": sent})

    def _act(self, step: Step, entry: Entry) -> None:
        """Do what a person did, if it still can be done."""
        try:
            do_act(step, self._archive, entry.name, self._translated(entry.body))
        except OmsError as error:
            self._done.refused.append(f"{entry.at[:19]}Z {entry.name}: {error}")

    def _translated(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return arguments that name orders and exceptions by the numbers they have here."""
        values = dict(body)
        for name in ("name", "order"):
            own = parse_order_name(values[name]) if isinstance(values.get(name), str) else None
            if own is not None:
                key = outcome.order_key(self._history, own)
                found = outcome.find_order(self._book, key)
                values[name] = order_name(found) if found else values[name]
        if isinstance(values.get("exception_id"), int):
            told = outcome.exception_by_id(self._history, values["exception_id"])
            found = outcome.open_exception_id(self._book, *told) if told else None
            values["exception_id"] = found or 0
        return values

    def _report(self, at: datetime) -> int:
        """Take reports of warehouses that the history does not have; return how many."""
        step = replace(self._step(at), hear=as_told)  # a stand-in speaks of what is here
        found = self._other.unreported(step)
        for told in found:
            self._done.stand_ins += 1
            self._stand_in(step, told.depositor_order, told.shipment_id)
        if found:
            self._next, self._last = 0, at
        return len(found)

    def _stand_in(self, step: Step, depositor_order: str, shipment_id: int) -> None:
        """Have a warehouse ship all of one 940, a supplier of one 850."""

        def scenario(order: ShippingOrder) -> Scenario:
            return "unlabeled" if order.depositor_order == depositor_order else "none"

        number = _STAND_INS + self._done.stand_ins
        partner = outcome.warehouse_of(self._book, shipment_id)
        ordered = outcome.shipping_order_of(self._book, shipment_id)
        is_bought = step.partners.by_id(partner).role == "supplier"
        if is_bought:
            only = (depositor_order,)
            content = ship_850(ordered, control_number=number, now=step.now, only=only)
        else:
            content = answer_940(ordered, control_number=number, now=step.now, scenario=scenario)
        sha256 = folder.archive_bytes(content, step.places.archive)
        file = NewFile(
            claim_id=f"stand-in-{number}",
            partner=partner,
            name=f"{'856' if is_bought else '945'}_{number}.edi",
            size_bytes=len(content),
            sha256=sha256,
        )
        path = step.places.archive / sha256[:2] / sha256
        with turn(step, kind="file", name=f"{partner}/{file.name}", body={"stand_in": True}):
            judge(step, path, file, crashes=0)
