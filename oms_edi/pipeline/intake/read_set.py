"""One transaction set: validated, read, booked by what it is and who sent it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from oms_edi.domain.change import OrderChange
from oms_edi.domain.issue import Issue, Level, Severity, Tolerance
from oms_edi.domain.message import OrderMessage
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.take_change import take_change
from oms_edi.pipeline.frame.companion import rules_for, tolerated
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.answered import book_answer
from oms_edi.pipeline.intake.take_order import take_order
from oms_edi.pipeline.shipping.hear_supplier import book_supplier_answer
from oms_edi.pipeline.shipping.reconcile import book_advice, tell_repeated_advice, with_rest
from oms_edi.pipeline.stock.adjust_stock import book_adjustment
from oms_edi.pipeline.stock.count_stock import book_stock
from oms_edi.pipeline.stock.expect import book_transfer, for_a_node
from oms_edi.pipeline.stock.receive_stock import book_receipt
from oms_edi.store import files, purchases, status
from oms_edi.store.catalog import Catalog
from oms_edi.transactions import (
    t846_stock,
    t850_purchase_order,
    t855_acknowledgment,
    t856_supplier_notice,
    t860_purchase_order_change,
    t869_status_inquiry,
    t943_transfer,
    t944_receipt,
    t945_shipping_advice,
    t947_adjustment,
    t997_answer,
)
from oms_edi.x12.acknowledge import verdict
from oms_edi.x12.capitals import raise_codes
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.guide import guide_for
from oms_edi.x12.overlay import apply
from oms_edi.x12.validate import group_issues, validate

_SET_ID = re.compile(r"[0-9]{3}")


class Booked(NamedTuple):
    """What became of a set."""

    #: AK501: A, E, R; D = repeated, not answered.
    verdict: str
    issues: tuple[Issue, ...]


@dataclass(slots=True, kw_only=True)
class Reading:
    """One set on its way into the book."""

    step: Step
    catalog: Catalog
    read: TransactionSet
    profile: PartnerProfile
    document: files.InDocument
    version: str
    #: GS01.
    functional_id: str
    strict: bool
    issues: list[Issue] = field(default_factory=list)

    def judge(self, found: list[Issue]) -> str:
        """Add what the reader found; return the verdict so far."""
        self.issues += found
        return self.verdict

    @property
    def verdict(self) -> str:
        """The verdict so far: A, E or R."""
        return verdict(self.issues, strict=self.strict)

    @property
    def release_told(self) -> str:
        """Say by which release a set of another one is read, "" if it is one we have."""
        guide = guide_for(self.read.set_id, self.version)
        if guide is None or guide.exact:
            return ""
        return f", {self.version or 'no release'} read as {guide.version}"

    def record(self, code: str, *, order_id: int | None = None) -> int:
        """Write the document with its verdict; return its id."""
        document = self.document._replace(
            verdict=code, order_id=order_id, issues=tuple(self.read.located(self.issues))
        )
        return files.put_document(self.step.connection, document, at=self.step.at)


def book_set(reading: Reading) -> Booked:
    """Judge a set and write what follows from it, inside the caller's transaction."""
    read = reading.read
    guide = guide_for(read.set_id, reading.version)
    take = TAKEN[reading.profile.role].get(read.set_id)
    if guide is None or take is None:
        unnamed = not _SET_ID.fullmatch(read.set_id)
        message = (
            "ST01 must be the three digits of a set"
            if unnamed
            else f"we do not take {read.set_id} from this partner"
        )
        issue = Issue(
            level=Level.SET,
            severity=Severity.REJECT,
            message=message,
            code="6" if unnamed else "1",
        )
        reading.issues.append(issue)
        code = "R"
    else:
        if reading.release_told:
            text = reading.release_told.removeprefix(", ")
            reading.issues.append(Issue(level=Level.SET, severity=Severity.NOTE, message=text))
        limit = reading.step.config.intake.max_issues
        found = [
            *read.issues,
            *group_issues(read, guide, reading.functional_id),
            *validate(read, guide, max_issues=limit),
        ]
        # where as many issues were found as are told, one of those left out may be such a code
        if len(found) >= limit or any(i.tolerance is Tolerance.LOWER_CASE_CODE for i in found):
            # a set that is undone with others is read again as it came
            read = reading.read = replace(read, raw=list(read.raw))
            raise_codes(read, guide)
        found = tolerated(found, reading.profile)
        rules = rules_for(reading.profile, read.set_id)
        code = reading.judge([*found, *apply(read, rules, guide)] if rules else found)
    if code == "R" or take is None:
        reading.record("R")
        code = "R"
    else:
        code = take(reading)
    return Booked(verdict=code, issues=tuple(read.located(reading.issues)))


T = TypeVar("T")
N = TypeVar("N", OrderMessage, OrderChange)


def _read(reading: Reading, reader: Callable[..., tuple[T | None, list[Issue]]]) -> T | None:
    """Return what the set means; None, recorded as rejected, if it cannot be used."""
    read = reading.read
    value, found = reader(read.segments(), delimiters=read.delimiters, version=reading.version)
    if reading.judge(found) != "R" and value is not None:
        return value
    reading.record("R")
    return None


def _read_named(reading: Reading, reader: Callable[..., tuple[N | None, list[Issue]]]) -> N | None:
    """Return what a BEG or BCH names; None, recorded as rejected, if nobody can be told of it.

    A PO number that holds what separates elements in a 940 or 855 can stand in neither.
    """
    value = _read(reading, reader)
    if value is None:
        return None
    names = ((3, "324", value.po_number), (4, "328", value.release_number))
    for element, reference, name in names:
        signs = reading.step.partners.signs.intersection(name)
        if signs:
            start = next(s[0] for s in reading.read.segments() if s[0] in ("BEG", "BCH"))
            issue = Issue(
                level=Level.ELEMENT,
                severity=Severity.REJECT,
                message=f"{start}{element:02d} holds {' '.join(sorted(signs))}, which documents"
                " about the order cannot hold",
                code="6",
                segment=start,
                position=2,
                element=element,
                reference=reference,
            )
            reading.judge([issue])
            reading.record("R")
            return None
    return value


def _take_order(reading: Reading) -> str:
    message = _read_named(reading, t850_purchase_order.read)
    if message is None:
        return "R"
    document = reading.document
    taken = take_order(
        reading.step,
        reading.catalog,
        message,
        reading.profile,
        file_id=document.file_id,
        channel="edi",
        origin=f"850 {document.isa_control}/{document.gs_control}/{document.st_control}"
        + reading.release_told,
    )
    reading.record(reading.verdict, order_id=taken.order_id)
    return reading.verdict


def _take_change(reading: Reading) -> str:
    change = _read_named(reading, t860_purchase_order_change.read)
    if change is None:
        return "R"
    changed = take_change(
        reading.step,
        reading.catalog,
        change,
        reading.profile,
        source="860",
        file_id=reading.document.file_id,
    )
    verdict = reading.verdict
    reading.record("D" if changed.is_repeated else verdict, order_id=changed.order_id)
    return verdict


def _take_inquiry(reading: Reading) -> str:
    """Keep an 869; it is answered in the same pass, after what came with it was decided."""
    inquiry = _read(reading, t869_status_inquiry.read)
    if inquiry is None:
        return "R"
    status.put_inquiry(
        reading.step.connection,
        partner=reading.profile.id,
        document_id=reading.record(reading.verdict),
        inquiry=inquiry,
    )
    return reading.verdict


def _take_advice(reading: Reading) -> str:
    advice = _read(reading, t945_shipping_advice.read)
    if advice is None:
        return "R"
    is_repeated = files.same_advice_before(reading.step.connection, reading.document)
    document_id = reading.record(reading.verdict)
    if is_repeated:
        tell_repeated_advice(reading.step, advice, reading.profile)
        return reading.verdict
    advice = reading.step.hear(advice, reading.profile)
    if advice is not None:
        book_advice(reading.step, reading.catalog, advice, reading.profile, document_id=document_id)
    return reading.verdict


def _take_supplier_answer(reading: Reading) -> str:
    answer = _read(reading, t855_acknowledgment.read)
    if answer is None:
        return "R"
    is_repeated = files.same_advice_before(reading.step.connection, reading.document)
    document_id = reading.record(reading.verdict)
    heard = None if is_repeated else reading.step.hear(answer, reading.profile)
    if heard is not None:
        book_supplier_answer(
            reading.step, reading.catalog, heard, reading.profile, document_id=document_id
        )
    return reading.verdict


def _take_supplier_notice(reading: Reading) -> str:
    """Book an 856, an order of it after the other: shipped to a customer, or on its way to us."""
    advices = _read(reading, t856_supplier_notice.read)
    if advices is None:
        return "R"
    step, profile = reading.step, reading.profile
    before = {"partner": profile.id, "sha256": reading.document.sha256}
    is_known = len(advices) == 1 and files.same_advice_before(step.connection, reading.document)
    repeated = {
        one.depositor_order
        for one in advices
        if is_known or purchases.was_dispatched(step.connection, one.depositor_order, **before)
    }
    document_id = reading.record(reading.verdict)
    theirs = []
    for advice in advices:
        if transfer := for_a_node(step, advice):
            ids = {"document_id": document_id, "file_id": reading.document.file_id}
            book_transfer(step, reading.catalog, transfer, profile, source="856", **ids)
        else:
            theirs.append(advice)
    heard = [one for advice in theirs if (one := step.hear(advice, profile)) is not None]
    for advice in heard:
        if advice.depositor_order in repeated:
            tell_repeated_advice(step, advice, profile, set_id="856")
        else:
            told = with_rest(step, advice, profile)
            book_advice(step, reading.catalog, told, profile, document_id=document_id, set_id="856")
    return reading.verdict


def _take_stock(reading: Reading) -> str:
    report = _read(reading, t846_stock.read)
    if report is None:
        return "R"
    reading.record(reading.verdict)
    file_id = reading.document.file_id
    report = reading.step.hear(report, reading.profile)
    book_stock(reading.step, reading.catalog, report, reading.profile, file_id=file_id)
    return reading.verdict


def _take_receipt(reading: Reading) -> str:
    return _take_movement(reading, t944_receipt.read, book_receipt)


def _take_adjustment(reading: Reading) -> str:
    return _take_movement(reading, t947_adjustment.read, book_adjustment)


def _take_transfer(reading: Reading) -> str:
    return _take_movement(reading, t943_transfer.read, book_transfer)


def _take_movement(
    reading: Reading,
    reader: Callable[..., tuple[T | None, list[Issue]]],
    book: Callable[..., None],
) -> str:
    """Read and book what a warehouse says moved, or will."""
    advice = _read(reading, reader)
    if advice is None:
        return "R"
    document_id = reading.record(reading.verdict)
    book(
        reading.step,
        reading.catalog,
        advice,
        reading.profile,
        document_id=document_id,
        file_id=reading.document.file_id,
    )
    return reading.verdict


def _take_answer(reading: Reading) -> str:
    answers = _read(reading, t997_answer.read)
    if answers is None:
        return "R"
    reading.record("A")
    for answer in answers:
        heard = reading.step.hear(answer, reading.profile)
        if heard is not None:
            book_answer(reading.step, heard, reading.profile)
    return "A"


#: Sets we take and what takes them, by the role of who sends them.
TAKEN: dict[str, dict[str, Callable[[Reading], str]]] = {
    "customer": {
        "850": _take_order,
        "860": _take_change,
        "869": _take_inquiry,
        "997": _take_answer,
        "999": _take_answer,
    },
    "supplier": {
        "855": _take_supplier_answer,
        "856": _take_supplier_notice,
        "846": _take_stock,
        "997": _take_answer,
        "999": _take_answer,
    },
    "warehouse": {
        "945": _take_advice,
        "846": _take_stock,
        "943": _take_transfer,
        "944": _take_receipt,
        "947": _take_adjustment,
        "997": _take_answer,
        "999": _take_answer,
    },
}
