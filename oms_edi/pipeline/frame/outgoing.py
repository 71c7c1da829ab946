"""Documents a step owes: rendered and checked at once, numbered when the step commits.

A document that our own guide refuses never gets a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from oms_edi.domain.issue import Issue, Severity
from oms_edi.errors import OmsError, Unsendable
from oms_edi.partners.profile import PartnerProfile, X12Settings
from oms_edi.pipeline.frame.companion import rules_for
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import outbox
from oms_edi.x12.adapt import to_basic, to_short_dates, without
from oms_edi.x12.control import interchange_control, set_control
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader, TransactionSet
from oms_edi.x12.guide import Guide, guide_for
from oms_edi.x12.overlay import Rule, apply
from oms_edi.x12.validate import validate
from oms_edi.x12.write import Body, RenderedGroup, SetOut, Unwritable, assemble, render_segments

#: GS01 of what we write.
FUNCTIONAL_ID = {
    "850": "PO",
    "855": "PR",
    "856": "SH",
    "865": "CA",
    "870": "RS",
    "940": "OW",
    "997": "FA",
    "999": "FA",
}


class _Rendered(NamedTuple):
    text: str
    order_id: int | None
    shipment_id: int | None


class _Queue(NamedTuple):
    """What a partner is owed of a set in a version, and how it is written."""

    delimiters: Delimiters
    rules: tuple[Rule, ...]
    #: True if it is to be adapted to a small character set or short dates.
    is_adapted: bool
    sets: list[_Rendered]


@dataclass(slots=True)
class Outgoing:
    """What one transaction owes, one interchange for each partner, set and version."""

    step: Step
    _queues: dict[tuple[str, str, str], _Queue] = field(default_factory=dict)

    def add(
        self,
        profile: PartnerProfile,
        set_id: str,
        body: Body,
        *,
        order_id: int | None = None,
        shipment_id: int | None = None,
        version: str = "",
    ) -> None:
        """Owe `profile` this document.

        `version` is the GS08 to answer in, where it is not the partner's own.

        Raises:
            Unsendable: our own guide refuses it, or it cannot be written in X12.
        """
        settings = _settings(profile)
        version = version or settings.version
        key = (profile.id, set_id, version)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _queue(profile, settings, set_id, version)
        control = set_control(len(queue.sets) + 1)
        try:
            if queue.is_adapted:
                body = _adapted(body, settings, set_id, version)
            segments = _render(set_id, control, body, queue.delimiters, version)
        except Unwritable as error:
            raise Unsendable(f"{set_id} for {profile.id}: {error}") from error
        issues = check_segments(segments, set_id, version, queue.delimiters, queue.rules)
        if issues:
            raise Unsendable(f"{set_id} for {profile.id}: {issues[0]}")
        end = queue.delimiters.segment
        queue.sets.append(_Rendered(end.join(segments) + end, order_id, shipment_id))

    def mark(self) -> dict[tuple[str, str, str], int]:
        """Return how much is owed now, for `rollback`."""
        return {key: len(queue.sets) for key, queue in self._queues.items()}

    def rollback(self, mark: dict[tuple[str, str, str], int]) -> None:
        """Forget what was added since `mark`."""
        for key, queue in self._queues.items():
            del queue.sets[mark.get(key, 0) :]

    def flush(self) -> None:
        """Draw the numbers and put the files in the outbox, inside the caller's transaction."""
        for (partner, set_id, version), queue in self._queues.items():
            if queue.sets:
                self._put(self.step.partners.by_id(partner), set_id, version, queue.sets)
        self._queues.clear()

    def _put(
        self, profile: PartnerProfile, set_id: str, version: str, queue: Sequence[_Rendered]
    ) -> None:
        step = self.step
        settings = _settings(profile)
        isa = outbox.draw(step.connection, f"isa:{profile.id}")
        group = str(outbox.draw(step.connection, f"gs:{profile.id}"))
        header = interchange_header(step, settings, interchange_control(isa), version)
        group_header = GroupHeader(
            functional_id=FUNCTIONAL_ID[set_id],
            sender=step.config.company.gs_id,
            receiver=settings.gs_id,
            date=step.now.strftime("%Y%m%d" if version >= "004010" else "%y%m%d"),
            time=step.now.strftime("%H%M"),
            control_number=group,
            version=version,
        )
        content, offsets = assemble(
            header=header,
            groups=[RenderedGroup(header=group_header, sets=[item.text for item in queue])],
            newline=settings.delimiters.newline,
        )
        documents = [
            outbox.OutDocument(
                st_control=set_control(number),
                start_byte=start,
                size_bytes=size,
                order_id=item.order_id,
                shipment_id=item.shipment_id,
            )
            for number, (item, (start, size)) in enumerate(
                zip(queue, offsets, strict=True), start=1
            )
        ]
        outbox.put_file(
            step.connection,
            outbox.OutFile(
                partner=profile.id,
                set_id=set_id,
                isa_control=header.control_number,
                gs_control=group,
                file_name=f"{set_id}_{header.control_number}.edi",
                content=content,
                documents=documents,
            ),
            at=step.at,
        )


def _queue(profile: PartnerProfile, settings: X12Settings, set_id: str, version: str) -> _Queue:
    return _Queue(
        _delimiters_of(settings),
        rules_for(profile, set_id),
        settings.charset == "basic" or version < "004010",
        [],
    )


def _adapted(body: Body, settings: X12Settings, set_id: str, version: str) -> Body:
    """Return a body in the character set and with the dates a partner can read."""
    if settings.charset == "basic":
        body = to_basic(body, _guide(set_id, version))
    return to_short_dates(body, _guide(set_id, version)) if version < "004010" else body


def _render(
    set_id: str, control: str, body: Body, delimiters: Delimiters, version: str
) -> list[str]:
    """Render a set; free text gives way to a partner's delimiters."""
    out = SetOut(set_id=set_id, control_number=control, body=body)
    try:
        return render_segments(out, delimiters)
    except Unwritable:
        signs = "".join(
            (delimiters.element, delimiters.component, delimiters.repetition, delimiters.segment)
        )
        body = without(body, _guide(set_id, version), signs)
        return render_segments(out._replace(body=body), delimiters)


def put_raw(step: Step, profile: PartnerProfile, content: bytes, *, name: str, isa: str) -> None:
    """Owe a partner an interchange without groups: a TA1."""
    outbox.put_file(
        step.connection,
        outbox.OutFile(
            partner=profile.id,
            set_id="TA1",
            isa_control=isa,
            gs_control="",
            file_name=name,
            content=content,
            documents=(),
        ),
        at=step.at,
    )


def put_file(
    step: Step, profile: PartnerProfile, content: bytes, *, kind: str, name: str, number: str
) -> None:
    """Owe a partner a file that is no interchange; it has a number of its own kind, not of those.

    `kind` is csv, json or html, as the list of outgoing files calls it.
    """
    outbox.put_file(
        step.connection,
        outbox.OutFile(
            partner=profile.id,
            set_id=kind,
            isa_control=f"{outbox.TABLE}{'' if kind == 'csv' else kind}{number}",
            gs_control="",
            file_name=name,
            content=content,
            documents=(),
        ),
        at=step.at,
    )


def put_call(
    step: Step, profile: PartnerProfile, content: bytes, *, event_id: str, order_id: int
) -> None:
    """Owe a partner's server a call about one order."""
    document = outbox.OutDocument(
        st_control=event_id,
        start_byte=0,
        size_bytes=len(content),
        order_id=order_id,
        shipment_id=None,
    )
    outbox.put_file(
        step.connection,
        outbox.OutFile(
            partner=profile.id,
            set_id=outbox.CALL,
            isa_control=f"{outbox.TABLE}{event_id}",
            gs_control="",
            file_name=f"webhook/{event_id}.json",
            content=content,
            documents=(document,),
        ),
        at=step.at,
    )


def check_segments(
    segments: list[str], set_id: str, version: str, delimiters: Delimiters, rules: Sequence[Rule]
) -> list[Issue]:
    """Return what our own guide and a partner's rules have against a rendered set."""
    guide = _guide(set_id, version)
    checked = TransactionSet(
        set_id=set_id, control_number="0001", delimiters=delimiters, raw=segments, offset=0
    )
    issues = validate(checked, guide)
    if rules:
        issues += apply(checked, rules, guide)
    return [issue for issue in issues if issue.severity != Severity.NOTE]


def _guide(set_id: str, version: str) -> Guide:
    guide = guide_for(set_id, version)
    if guide is None:
        raise OmsError(f"there is no guide for {set_id} {version}")
    return guide


def _settings(profile: PartnerProfile) -> X12Settings:
    if profile.x12 is None:
        raise OmsError(f"partner {profile.id} has no x12 settings")
    return profile.x12


def _delimiters_of(settings: X12Settings) -> Delimiters:
    """Return the separators of what we send this partner."""
    chosen = settings.delimiters
    return Delimiters(
        element=chosen.element,
        component=chosen.component,
        repetition=chosen.repetition if settings.version >= "004020" else "",
        segment=chosen.segment,
    )


def interchange_header(
    step: Step, settings: X12Settings, control: str, version: str
) -> InterchangeHeader:
    """Return the ISA of something we send now."""
    company = step.config.company
    return InterchangeHeader(
        sender_qualifier=company.isa_qualifier,
        sender_id=company.isa_id,
        receiver_qualifier=settings.isa_qualifier,
        receiver_id=settings.isa_id,
        date=step.now.strftime("%y%m%d"),
        time=step.now.strftime("%H%M"),
        version=version[:5],
        control_number=control,
        ack_requested=False,
        usage=company.usage,
        delimiters=_delimiters_of(settings),
    )
