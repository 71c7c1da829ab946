"""Files that came and went; one with its faults where they stand; quarantine."""

from urllib.parse import quote, urlencode

from starlette.responses import Response

from oms_edi.domain.issue import Issue
from oms_edi.domain.role import Role
from oms_edi.errors import NotFound
from oms_edi.pipeline.delivery import send_again
from oms_edi.pipeline.intake import quarantine
from oms_edi.store import exception_list, file_list, quarantined
from oms_edi.store.queries import Row
from oms_edi.upkeep.marked import marked
from oms_edi.web.asked import PAGE_ROWS, Asked
from oms_edi.web.laid_out import laid_out
from oms_edi.web.route import act, page

STATES = ("quarantined", "rejected", "partly", "accepted", "repeat")
#: Bytes of a file that are shown; all of them can be saved.
_SHOWN_BYTES = 2_000_000
_WAITING = 200


def show_list(asked: Asked) -> Response:
    """List files that came in, the newest first; what waits in quarantine before them."""
    state, partner = asked.text("state"), asked.text("partner")
    found = file_list.files(
        asked.connection,
        state=state if state in STATES else "",
        partner=partner,
        before=asked.number("before") or 0,
        limit=PAGE_ROWS + 1,
    )
    waiting = quarantined.files(asked.connection, limit=_WAITING, is_all=False)
    return asked.page(
        "files.html",
        found=found[:PAGE_ROWS],
        waiting=waiting if not (state or partner or asked.number("before")) else [],
        states=STATES,
        state=state,
        partner=partner,
        next_page=_next("/files", found, "file_id", state=state, partner=partner),
    )


def _next(path: str, found: list[Row], key: str, **filters: str) -> str:
    """Return the address of the next page, "" on the last."""
    if len(found) <= PAGE_ROWS:
        return ""
    wanted = {name: value for name, value in filters.items() if value}
    return f"{path}?{urlencode({**wanted, 'before': found[PAGE_ROWS - 1][key]})}"


def show_sent(asked: Asked) -> Response:
    """List files that went out, or wait to."""
    partner, waiting = asked.text("partner"), asked.text("waiting")
    found = file_list.sent_files(
        asked.connection,
        partner=partner,
        is_waiting=bool(waiting),
        before=asked.number("before") or 0,
        limit=PAGE_ROWS + 1,
    )
    return asked.page(
        "sent_files.html",
        found=found[:PAGE_ROWS],
        partner=partner,
        waiting=waiting,
        next_page=_next("/sent", found, "outbox_id", partner=partner, waiting=waiting),
    )


def _file(asked: Asked) -> Row:
    found = file_list.file(asked.connection, asked.numbered("file"))
    if found is None:
        raise NotFound(f"there is no file {asked.path['file']}")
    return found


def _content(asked: Asked, file: Row) -> bytes | None:
    """Return the archived bytes, None where they are missing: `verify` says so."""
    path = asked.places.archive / file["sha256"][:2] / file["sha256"]
    if not path.is_file():
        return None
    with open(path, "rb") as stream:
        return stream.read(_SHOWN_BYTES)


def show(asked: Asked) -> Response:
    """Show a file: what became of it, and each fault under its segment, row or line."""
    file = _file(asked)
    content = _content(asked, file)
    issues = [Issue(**issue) for issue in file["issues"]]
    for document in file["documents"]:
        issues += [Issue(**issue) for issue in document["issues"]]
    held = quarantined.find(asked.connection, file["file_id"])
    profile = asked.partners.find(file["partner"])
    return asked.page(
        "file.html",
        file=file,
        held=held,
        about=exception_list.of_file(asked.connection, file["file_id"], now=asked.now),
        pieces=None if content is None else list(marked(content, issues)),
        layout=None if content is None else laid_out(content, profile, issues),
        is_cut=content is not None and file["size_bytes"] > len(content),
    )


def _sent(asked: Asked) -> Row:
    file = file_list.sent_file(asked.connection, asked.numbered("sent"))
    if file is None:
        raise NotFound(f"there is no sent file {asked.path['sent']}")
    return file


def show_sent_file(asked: Asked) -> Response:
    """Show a file that went out."""
    file = _sent(asked)
    pieces = list(marked(file["content"][:_SHOWN_BYTES], [], head=_ALL))
    return asked.page("sent_file.html", file=file, pieces=pieces)


#: Segments shown of what we sent ourselves.
_ALL = 200


def save(asked: Asked) -> Response:
    """Give out the bytes as they came; a browser saves them, and shows nothing of them."""
    file = _file(asked)
    path = asked.places.archive / file["sha256"][:2] / file["sha256"]
    if not path.is_file():
        raise NotFound(f"the archive has no {file['sha256']}; see verify")
    return _saved(path.read_bytes(), file["name"])


def save_sent(asked: Asked) -> Response:
    """Give out the bytes as they went."""
    file = _sent(asked)
    return _saved(file["content"], file["file_name"])


def _saved(content: bytes, name: str) -> Response:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition}
    return Response(content, media_type="application/octet-stream", headers=headers)


def release(asked: Asked) -> Response:
    """Let a quarantined file arrive again."""
    number = asked.numbered("file")
    target = quarantine.release(
        asked.step(), number, partner=asked.text("partner"), actor=asked.actor, reason=asked.reason
    )
    return asked.go(f"/files/{number}", told=f"{target.name} is taken in the next run.")


def discard(asked: Asked) -> Response:
    """Close a quarantined file for good."""
    number = asked.numbered("file")
    name = quarantine.discard(asked.step(), number, actor=asked.actor, reason=asked.reason)
    return asked.go(f"/files/{number}", told=f"{name} is closed; the archive keeps its bytes.")


def send(asked: Asked) -> Response:
    """Send a file again, the same bytes or under new control numbers."""
    number = asked.numbered("sent")
    file = file_list.sent_file(asked.connection, number)
    if file is None:
        raise NotFound(f"there is no sent file {number}")
    do = send_again.reissue if asked.text("how") == "reissue" else send_again.resend
    name = do(
        asked.step(),
        file["partner"],
        file["file_name"],
        force=asked.text("force") == "yes",
        actor=asked.actor,
        reason=asked.reason,
    )
    return asked.go(f"/sent/{number}", told=f"{name} goes out with the next run.")


ROUTES = (
    page("/files", show_list, role=Role.VIEWER),
    page("/files/{file}", show, role=Role.VIEWER),
    page("/files/{file}/raw", save, role=Role.VIEWER),
    act("/files/{file}/release", release, role=Role.OPERATOR),
    act("/files/{file}/discard", discard, role=Role.OPERATOR),
    page("/sent", show_sent, role=Role.VIEWER),
    page("/sent/{sent}", show_sent_file, role=Role.VIEWER),
    page("/sent/{sent}/raw", save_sent, role=Role.VIEWER),
    act("/sent/{sent}/again", send, role=Role.OPERATOR),
)
