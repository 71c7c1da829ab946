"""An X12 file: envelopes judged, sets read, orders and reports booked, 997 and TA1 owed.

Runs inside the transaction of `ingest`. A rejected interchange is rolled back to its beginning,
a set that fails to its own: neighbors are never touched.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from oms_edi.domain.issue import Issue, Level, Severity, worst
from oms_edi.errors import Unsendable
from oms_edi.partners.profile import PartnerProfile, X12Settings
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.outcome import Outcome, state_of
from oms_edi.pipeline.frame.outgoing import Outgoing, interchange_header, put_raw
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.answered import book_interchange_answer
from oms_edi.pipeline.intake.book_sets import ANSWER_SETS, SetBooking
from oms_edi.pipeline.intake.read_set import Booked
from oms_edi.store import files, outbox
from oms_edi.store.book import forget_waiting
from oms_edi.x12.acknowledge import SetVerdict, acknowledge_group
from oms_edi.x12.control import interchange_control
from oms_edi.x12.envelope import GroupHeader, InterchangeHeader, TransactionSet, address
from oms_edi.x12.events import (
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Junk,
    SetRead,
)
from oms_edi.x12.guide import functional_ids, guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.write import render_ta1

#: GS08 of a 999: the implementation guide it is written by (X12 005010X231A1).
_VERSION_999 = "005010X231A1"
#: TA1 note codes of an interchange that may have been meant for somebody else.
_MISDIRECTED = frozenset({"005", "006", "007", "008", "020"})
#: GS08 a 997 can be written in: that of the group it answers, without an industry's suffix.
_RELEASE = re.compile(r"00[3-8]0[1-7]0")
#: Groups that are answers themselves; answering them would never end.
_ANSWERS = ("FA", "TA1")


@dataclass(slots=True)
class _Reader:
    """State while one file is read."""

    step: Step
    folder: PartnerProfile
    file_id: int
    settings: X12Settings
    outgoing: Outgoing
    sets: SetBooking
    issues: list[Issue] = field(default_factory=list)
    taken: int = 0
    refused: int = 0
    #: Sets of the file that were taken before.
    known: int = 0
    position: int = 0
    isa: InterchangeHeader | None = None
    isa_issues: list[Issue] = field(default_factory=list)
    seen_before: bool = False
    #: Sets of this interchange that were taken before, and those that were not.
    repeated: int = 0
    fresh: int = 0
    before: tuple[int, int, dict[tuple[str, str, str], int]] = (0, 0, {})
    group: GroupHeader | None = None
    verdicts: list[SetVerdict] = field(default_factory=list)
    fresh_in_group: int = 0

    def start_interchange(self, event: InterchangeStart) -> None:
        header = event.header
        self.isa = header
        self.position += 1
        self.isa_issues = list(self._envelope_issues(header))
        self.seen_before = files.has_interchange(
            self.step.connection, self.folder.id, header.control_number
        )
        self.repeated = self.fresh = 0
        self.before = (self.taken, self.refused, self.outgoing.mark())
        self.step.connection.execute("SAVEPOINT interchange")

    def _envelope_issues(self, header: InterchangeHeader) -> Iterator[Issue]:
        """Yield what is wrong with who says it is from whom to whom."""
        sender = self.step.partners.by_isa(header.sender_qualifier, header.sender_id)
        company = self.step.config.company
        if sender is None:
            folder = self.settings
            if header.sender_id == folder.isa_id:
                yield _refuse("005", f"ISA05 must be {folder.isa_qualifier} with this ISA06")
            else:
                named = address(header.sender_qualifier, header.sender_id)
                yield _refuse("006", f"ISA06 is no sender we know: {named}")
        elif sender.id != self.folder.id:
            yield _refuse(
                "006", f"ISA06 is {sender.id}, but the file lay in {self.folder.id}'s folder"
            )
        if header.receiver_id != company.isa_id:
            named = address(header.receiver_qualifier, header.receiver_id)
            yield _refuse("008", f"ISA08 is not ours: {named}")
        elif header.receiver_qualifier != company.isa_qualifier:
            yield _refuse("007", f"ISA07 must be {company.isa_qualifier} with our ISA08")
        if header.usage != company.usage and not self.settings.accept_test:
            yield _refuse("020", f"ISA15 must be {company.usage} here")

    def end_interchange(self, event: InterchangeEnd) -> None:
        isa = self.isa
        if isa is None:
            return
        self.isa_issues += [self._softened(issue) for issue in event.issues]
        rejected = worst(self.isa_issues) is Severity.REJECT
        if rejected:
            self.step.connection.execute("ROLLBACK TO interchange")
            forget_waiting(self.step.connection)
            self.taken, refused, mark = self.before
            self.refused = refused + 1
            self.sets.undo(mark)
        strayed = any(
            issue.code == "022" for issue in event.issues if issue.severity is Severity.ERROR
        )
        self.refused += strayed and not rejected
        self.step.connection.execute("RELEASE interchange")
        errors = worst(self.isa_issues) is Severity.ERROR
        is_repeated = self.repeated > 0 and self.fresh == 0
        code = "R" if rejected else ("D" if is_repeated else ("E" if errors else "A"))
        files.put_interchange(
            self.step.connection,
            partner=self.folder.id,
            isa_control=isa.control_number,
            file_id=self.file_id,
            position=self.position,
            verdict=code,
            issues=self.isa_issues,
        )
        self.issues += self.isa_issues
        self._answer_interchange(isa, code, unasked=strayed)
        self.isa = None

    def _softened(self, issue: Issue) -> Issue:
        """Return a fault of the envelope as this partner's is to be taken."""
        if issue.code == "001" and self.settings.accept_wrong_iea:
            return replace(issue, severity=Severity.ERROR)
        return issue

    def _answer_interchange(self, isa: InterchangeHeader, code: str, *, unasked: bool) -> None:
        """Owe a TA1 where one was asked for, or where nothing else would tell the sender.

        `unasked`: what stood outside any set was not taken, and no 997 says so.
        """
        known = not any(issue.code in ("005", "006") for issue in self.isa_issues)
        duplicate = code == "D"
        if not known or (duplicate and self.settings.on_duplicate == "ignore"):
            return
        if not (isa.ack_requested or code == "R" or duplicate or unasked):
            return
        worst_first = sorted(
            (issue for issue in self.isa_issues if issue.severity is not Severity.NOTE),
            key=lambda issue: issue.severity is not Severity.REJECT,
        )
        note = "025" if duplicate else (worst_first[0].code if worst_first else "000")
        number = outbox.draw(self.step.connection, f"isa:{self.folder.id}")
        control = interchange_control(number)
        header = interchange_header(self.step, self.settings, control, self.settings.version)
        content = render_ta1(
            header=header, acknowledged=isa, code="R" if duplicate else code, note=note
        )
        put_raw(self.step, self.folder, content, name=f"TA1_{control}.edi", isa=control)

    def start_group(self, event: GroupStart) -> None:
        self.group = event.header
        self.verdicts = []
        self.fresh_in_group = 0

    def read(self, read: TransactionSet) -> None:
        if self.isa is None or worst(self.isa_issues) is Severity.REJECT:
            return
        group = self.group
        document = files.InDocument(
            set_id=read.set_id,
            partner=self.folder.id,
            isa_control=self.isa.control_number,
            gs_control=group.control_number if group else "",
            st_control=read.control_number,
            file_id=self.file_id,
            start_byte=read.offset,
            size_bytes=sum(read.lengths),
            sha256=hashlib.sha256("\n".join(read.raw).encode()).hexdigest(),
            verdict="",
        )
        if self.seen_before and files.same_set_before(self.step.connection, document):
            self.repeated += 1
            self.known += 1
            files.put_document(
                self.step.connection, document._replace(verdict="D"), at=self.step.at
            )
            self.verdicts.append(
                SetVerdict(set_id=read.set_id, control_number=read.control_number, code="A")
            )
            return
        self.fresh += 1
        self.fresh_in_group += 1
        self.sets.add(read, document, group)
        if self.sets.is_full or self.seen_before:
            self.book_waiting()

    def book_waiting(self) -> None:
        """Book the sets that wait, and note what became of them."""
        for read, booked in self.sets.book():
            self._note(read, booked)

    def _note(self, read: TransactionSet, booked: Booked) -> None:
        """Count what became of a set, and keep it for the answer to its group."""
        self.verdicts.append(
            SetVerdict(
                set_id=read.set_id,
                control_number=read.control_number,
                issues=booked.issues,
                code=booked.verdict,
            )
        )
        self.taken += booked.verdict in ("A", "E")
        self.refused += booked.verdict == "R"
        if len(self.issues) < self.step.config.intake.max_issues:
            self.issues += [i for i in booked.issues if i.severity is not Severity.NOTE]

    def end_group(self, event: GroupEnd) -> None:
        group, self.group = self.group, None
        if group is None or worst(self.isa_issues) is Severity.REJECT:
            return
        issues = list(event.issues)
        if group.functional_id not in functional_ids():
            message = "GS01 is no group we know"
            issues.append(
                Issue(level=Level.GROUP, severity=Severity.ERROR, message=message, code="1")
            )
        self.issues += issues
        all_repeated = self.verdicts and not self.fresh_in_group
        if _is_answer(group.functional_id, {v.set_id for v in self.verdicts}) or all_repeated:
            return
        clean = worst(issues) in (None, Severity.NOTE) and all(v.code == "A" for v in self.verdicts)
        wanted = self.settings.acknowledge
        if wanted == "never" or (wanted == "on_error" and clean):
            return
        kind = self.settings.acknowledge_with
        version = group.version[:6] if _RELEASE.fullmatch(group.version[:6]) else "004010"
        if kind == "999":
            version = _VERSION_999
        body = acknowledge_group(
            group,
            self.verdicts,
            group_issues=issues,
            declared_sets=event.declared_sets,
            received_sets=event.received_sets,
            version=version,
            kind=kind,
        )
        try:
            self.outgoing.add(self.folder, kind, body, version=version)
        except Unsendable as error:  # the orders count all the same; a person tells the partner
            subject = f"997 {self.folder.id} {group.control_number}"
            attention(
                self.step,
                "document_refused",
                subject,
                f"group {group.control_number} was not acknowledged: {error}",
                "tell the partner by hand what was taken",
                file_id=self.file_id,
            )


def ingest_x12(step: Step, path: Path, profile: PartnerProfile, file_id: int) -> Outcome:
    """Read an archived X12 file inside the caller's transaction."""
    if profile.x12 is None:
        reason = f"{profile.id} sends no X12: its mapping has no x12 settings"
        return Outcome(kind="x12", state="quarantined", reason=reason)
    outgoing = Outgoing(step)
    reader = _Reader(
        step=step,
        folder=profile,
        file_id=file_id,
        settings=profile.x12,
        outgoing=outgoing,
        sets=SetBooking(step, profile, outgoing, is_strict=profile.x12.strict),
    )
    intake = step.config.intake
    limits = ScanLimits(
        max_segment_bytes=intake.max_segment_bytes,
        max_segment_elements=intake.max_segment_elements,
        max_set_segments=intake.max_set_segments,
        max_sets=intake.max_sets,
    )
    with open(path, "rb") as stream:
        for event in scan(stream, limits=limits):
            if isinstance(event, SetRead):
                reader.read(event.set)
                continue
            reader.book_waiting()
            match event:
                case InterchangeStart():
                    reader.start_interchange(event)
                case InterchangeEnd():
                    reader.end_interchange(event)
                case GroupStart():
                    reader.start_group(event)
                case GroupEnd():
                    reader.end_group(event)
                case Junk():
                    reader.issues.append(event.issue)
                    reader.refused += event.issue.severity is not Severity.NOTE
                case InterchangeAck():
                    if worst(reader.isa_issues) is not Severity.REJECT:
                        book_interchange_answer(step, event.elements, profile)
    reader.book_waiting()
    reader.outgoing.flush()
    return _outcome(reader)


def _is_answer(functional_id: str, set_ids: set[str]) -> bool:
    """True for a group that must not be answered: nothing in it is known to be anything else.

    ST01 says what a set is, whatever GS01 says: an order in a group FA is owed its answer.
    """
    others = set_ids - ANSWER_SETS
    if functional_id in _ANSWERS:
        return not any(guide_for(set_id, "") for set_id in others)
    return bool(set_ids) and not others


def _outcome(reader: _Reader) -> Outcome:
    issues = tuple(issue for issue in reader.issues if issue.severity is not Severity.NOTE)
    if reader.known and not reader.taken and not reader.refused:
        return Outcome(kind="x12", state="accepted", reason="interchange repeated, not taken again")
    if not reader.position:
        reason = str(issues[0]) if issues else "no interchange in it"
        return Outcome(kind="x12", state="quarantined", reason=reason, issues=issues)
    state = state_of(taken=reader.taken + reader.known, refused=reader.refused)
    known = any(issue.code in _MISDIRECTED for issue in issues)
    if state == "rejected" and known:
        return Outcome(kind="x12", state="quarantined", reason=str(issues[0]), issues=issues)
    reason = "" if state == "accepted" else Outcome(kind="", state="", issues=issues).summary
    return Outcome(kind="x12", state=state, reason=reason, issues=issues)


def _refuse(code: str, message: str) -> Issue:
    return Issue(
        level=Level.INTERCHANGE,
        severity=Severity.REJECT,
        message=message,
        code=code,
        segment="ISA",
    )
