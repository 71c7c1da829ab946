"""What was sent, sent once more: the same bytes, or the same sets under new control numbers.

Resending is for a file that got lost on the way: whoever has it knows the repeat by its number.
Reissuing is for one that was refused for its envelope, or that a partner can take no more under
its number: nobody can know that as a repeat.
"""

from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store import outbox
from oms_edi.store.timeline import add_event
from oms_edi.x12.control import interchange_control
from oms_edi.x12.renumber import renumber

#: Answers to one interchange: under other numbers they would answer it twice.
_ANSWERS = ("997", "999", "TA1")


@act
def resend(step: Step, partner: str, name: str, *, force: bool, actor: str, reason: str) -> str:
    """Deliver a file again, the same bytes under the same name; return its name.

    `name` is its file name or control number. Where it still lies in the partner's folder it is
    not written again.

    Raises:
        Refused: it has not left yet, or its 997 accepted it and `force` was not said.
    """
    file = _sent(step, partner, name, force=force)
    outbox.set_pending(step.connection, [file.outbox_id])
    _tell(step, file, "file.resent", f"{partner}/{file.file_name} goes out again", actor, reason)
    return file.file_name


@act
def reissue(step: Step, partner: str, name: str, *, force: bool, actor: str, reason: str) -> str:
    """Owe the sets of a file under new control numbers; return the name of the new file.

    The old one is owed no 997 any more.

    Raises:
        Refused: as for `resend`, or it has no numbers of its own.
    """
    file = _sent(step, partner, name, force=force)
    if file.set_id in _ANSWERS or not file.is_interchange:
        raise Refused(f"{file.file_name} is no interchange of documents; resend it")
    isa = interchange_control(outbox.draw(step.connection, f"isa:{partner}"))
    gs = str(outbox.draw(step.connection, f"gs:{partner}"))
    old = outbox.content(step.connection, file.outbox_id)
    content, moved = renumber(old, isa=isa, gs=gs, now=step.now)
    new = outbox.OutFile(
        partner=partner,
        set_id=file.set_id,
        isa_control=isa,
        gs_control=gs,
        file_name=f"{file.set_id}_{isa}.edi",
        content=content,
        documents=outbox.moved_documents(step.connection, file.outbox_id, by=moved),
    )
    outbox.put_file(step.connection, new, at=step.at, reissue_of=file.outbox_id)
    outbox.set_reissued(step.connection, file.outbox_id)
    told = f"{partner}/{file.file_name} goes out as {new.file_name}"
    _tell(step, file, "file.reissued", told, actor, reason)
    return new.file_name


def _sent(step: Step, partner: str, name: str, *, force: bool) -> outbox.SentFile:
    file = outbox.find_sent(step.connection, partner, name)
    if file is None:
        raise NotFound(f"nothing called {name} went to {partner}; see documents --outgoing")
    if file.state != "sent":
        raise Refused(f"{file.file_name} has not left yet; it goes out by itself")
    if file.is_accepted and not force:
        raise Refused(
            f"{partner} has accepted {file.file_name}; sent again it may be taken twice. If it must"
            " be, say --force"
        )
    return file


def _tell(step: Step, file: outbox.SentFile, name: str, text: str, actor: str, reason: str) -> None:
    orders = {one.order_id for one in outbox.sets_of(step.connection, file.outbox_id)}
    for order_id in sorted(orders, key=lambda order_id: order_id or 0) or [None]:
        add_event(
            step.connection,
            name,
            f"{text}: {reason}",
            at=step.at,
            actor=actor,
            order_id=order_id,
        )
