"""Quarantine, resend and reissue: a person tries again, and nothing is taken or sent unawares."""

from pathlib import Path
from typing import Any

import pytest

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.errors import NotFound, Refused, StopDaemon
from oms_edi.pipeline.delivery import send_again
from oms_edi.pipeline.intake import quarantine
from oms_edi.testing import answer_997
from oms_edi.upkeep.marked import marked
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from tests.support.command import read, run
from tests.support.edi import interchange, x850
from tests.support.site import MAPPINGS, Site

ORDER = "PO,Line,Item,Qty,Unit,Price,Store,Due\nP1,1,A1,2,EA,4.00,S9,2026-03-20\n"


def order(number: int = 1) -> bytes:
    made = interchange(x850(f"PO{number}", "1*2*EA*4.00**VN*A1"), control=number)
    return made.encode() if isinstance(made, str) else made


def test_a_released_file_goes_through_the_same_gate_as_a_new_arrival(site: Site) -> None:
    site.configure("new", "name: NEW\nx12: {isa_id: NEW, gs_id: NEW, version: '004010'}\n")
    site.drop("new", ORDER, "orders.csv")
    site.run()
    assert site.exception_kinds() == ["file_quarantined"]
    path = quarantine.release(site.step(), 1, partner="", actor="ann", reason="again")
    assert path == site.root / "inbox" / "new" / "orders.csv"
    site.run()
    assert [file["state"] for file in site.files()] == ["quarantined", "quarantined"]
    assert [e["subject"] for e in site.exceptions()] == ["file 2"]  # the first was seen to
    with pytest.raises(Refused, match="was seen to by ann: again"):
        quarantine.release(site.step(), 1, partner="", actor="bob", reason="again")
    site.configure("new", MAPPINGS["shop"])
    quarantine.release(site.step(), 2, partner="", actor="ann", reason="it is a shop")
    site.run()
    assert site.files()[-1]["kind"] == "order_csv"
    assert "file_quarantined" not in site.exception_kinds()


def quarantined(site: Site) -> None:
    """Have the buyer's order wait in quarantine as file 1: it came before its mapping."""
    site.configure("new", "name: NEW\nx12: {isa_id: NEW, gs_id: NEW, version: '004010'}\n")
    site.drop("new", order(), "first.edi")
    site.run()


def test_a_release_whose_process_ended_after_it_was_booked_is_finished_by_the_next_start(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarantined(site)
    with monkeypatch.context() as patched:
        patched.setattr(quarantine, "_named", lambda temporary, target: target)
        quarantine.release(site.step(), 1, partner="buyer", actor="ann", reason="ours")
    assert list((site.root / "inbox/buyer").glob("[!.]*")) == []
    site.run()
    assert [file["state"] for file in site.files()] == ["quarantined", "accepted"]
    assert list((site.root / "inbox/buyer").iterdir()) == []


def test_a_release_takes_no_name_from_a_file_that_came_meanwhile(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarantined(site)
    book = quarantine.book_release

    def slowly(*args: Any, **kwargs: Any) -> None:
        site.drop("buyer", order(2), "first.edi")
        book(*args, **kwargs)

    monkeypatch.setattr(quarantine, "book_release", slowly)
    quarantine.release(site.step(), 1, partner="buyer", actor="ann", reason="ours")
    site.run()
    assert sorted(row["po_number"] for row in site.orders()) == ["PO1", "PO2"]


def test_a_file_that_lay_beside_the_folders_is_released_to_the_partner_it_is_of(site: Site) -> None:
    (site.root / "inbox" / "stray.edi").write_bytes(order())
    site.run()
    with pytest.raises(Refused, match="say --partner, one of buyer"):
        quarantine.release(site.step(), 1, partner="", actor="ann", reason="ours")
    quarantine.release(site.step(), 1, partner="buyer", actor="ann", reason="ours")
    site.run()
    assert [file["state"] for file in site.files()] == ["quarantined", "accepted"]
    assert site.orders()[0]["po_number"] == "PO1"
    assert site.exceptions() == []


def test_a_discarded_file_is_closed_with_its_reason_and_listed_no_more(site: Site) -> None:
    site.send("buyer", b"what is this", "odd\x1b[31m.txt")
    listed = read(site.root, "quarantine", "list")
    assert [(f["file_id"], f["settled_at"]) for f in listed] == [(1, "")]
    told = run(site.root, "quarantine", "discard", "1", "--by", "ann", "--reason", "a picture")
    assert "is closed" in told
    assert "\x1b" not in told
    assert read(site.root, "quarantine", "list") == []
    (file,) = read(site.root, "quarantine", "list", "--all")
    assert (file["settled_by"], file["settled_why"]) == ("ann", "a picture")
    assert site.exceptions() == []
    assert site.query("SELECT name, actor FROM events WHERE name = 'file.discarded'") == [
        ("file.discarded", "ann")
    ]
    with pytest.raises(Refused, match="was seen to by ann"):
        quarantine.discard(site.step(), 1, actor="bob", reason="twice")


def test_nothing_is_released_over_a_file_that_waits_nor_from_a_rotten_archive(site: Site) -> None:
    site.send("buyer", b"what is this", "odd.txt")
    site.drop("buyer", b"another", "odd.txt")
    with pytest.raises(Refused, match="waits there already"):
        quarantine.release(site.step(), 1, partner="", actor="ann", reason="again")
    (site.root / "inbox" / "buyer" / "odd.txt").unlink()
    ((sha256,),) = site.query("SELECT sha256 FROM files")
    site.is_broken = True
    (site.places.archive / sha256[:2] / sha256).write_bytes(b"rotten")
    with pytest.raises(StopDaemon, match="rotten"):
        quarantine.release(site.step(), 1, partner="", actor="ann", reason="again")
    assert site.query("SELECT count(*) FROM events WHERE name = 'file.released'") == [(0,)]
    assert list((site.root / "inbox" / "buyer").iterdir()) == []
    with pytest.raises(NotFound, match="no file 7"):
        quarantine.discard(site.step(), 7, actor="ann", reason="x")


def test_show_cannot_steer_a_terminal_and_marks_faults_in_place(site: Site) -> None:
    site.send("buyer", b"first\n\x1b]0;owned\x07\nthird", "odd.txt")
    told = run(site.root, "quarantine", "show", "1")
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "\\x1b]0;owned\\x07" in told


def test_faults_stand_under_their_segment_or_row_and_the_rest_is_cut() -> None:
    content = order().replace(b"~", b"~\n")
    at = content.index(b"PO1*1*2")
    issue = Issue(level=Level.SEGMENT, severity=Severity.REJECT, message="here", offset=at)
    lines = list(marked(content, [issue]))
    place = lines.index(("issue", "byte " + str(at) + ": here"))
    assert lines[place - 1][1].endswith("PO1*1*2*EA*4.00**VN*A1")
    table = b"head\n" + b"row\n" * 1000
    row = Issue(level=Level.ROW, severity=Severity.REJECT, message="there", row=500)
    lines = list(marked(table, [row]))
    assert len(lines) < 20
    assert ("issue", "row 500: there") in lines
    assert lines[-1] == ("gap", "... 4005 bytes in all")


def test_rows_are_counted_with_the_blank_ones_as_the_reader_of_a_table_counts_them() -> None:
    row = Issue(level=Level.ROW, severity=Severity.REJECT, message="there", row=4)
    for end in ("\n", "\r\n", "\r"):
        lines = list(marked(end.join(["head", "one", "", "four", "five", ""]).encode(), [row]))
        assert lines[2:4] == [("text", "       4  four"), ("issue", "row 4: there")], end


def test_a_fault_of_json_lines_stands_under_its_line() -> None:
    fault = Issue(
        level=Level.COLUMN, severity=Severity.REJECT, message="not", place="line 2, /lines/0/item"
    )
    lines = list(marked(b'{"a": 1}\n{"b": 2}\n{"c": 3}\n', [fault]))
    assert lines[1:3] == [("text", '       2  {"b": 2}'), ("issue", "line 2, /lines/0/item: not")]


def test_of_a_workbook_the_faults_are_shown_and_no_bytes() -> None:
    fault = Issue(level=Level.COLUMN, severity=Severity.REJECT, message="not", place="Order!C7")
    lines = list(marked(b"PK\x03\x04\x00\xff\n\x01", [fault]))
    assert lines == [
        ("issue", "Order!C7: not"),
        ("gap", "a workbook or another archive, no text: 8 bytes"),
    ]


def sent(site: Site, partner: str, set_id: str) -> Path:
    (path,) = site.outgoing(partner, set_id)
    return path


def test_resent_is_the_same_file_and_an_accepted_one_needs_force(site: Site) -> None:
    site.send("buyer", order())
    path = sent(site, "buyer", "855")
    content = path.read_bytes()
    path.unlink()  # fetched, and lost there
    with pytest.raises(NotFound, match="documents --outgoing"):
        send_again.resend(site.step(), "buyer", "999", force=False, actor="ann", reason="x")
    number = str(int(path.stem.split("_")[1]))
    name = send_again.resend(
        site.step(), "buyer", number, force=False, actor="ann", reason="they lost it"
    )
    assert name == path.name
    site.run()
    assert path.read_bytes() == content
    site.send("buyer", answer_997(content, control_number=77, now=site.now), "997.edi")
    with pytest.raises(Refused, match="--force"):
        send_again.resend(site.step(), "buyer", name, force=False, actor="ann", reason="again")
    path.unlink()
    send_again.resend(site.step(), "buyer", name, force=True, actor="ann", reason="they beg")
    site.run()
    assert path.read_bytes() == content
    events = site.query("SELECT actor, order_id, text FROM events WHERE name = 'file.resent'")
    assert [(actor, order_id) for actor, order_id, _ in events] == [("ann", 1), ("ann", 1)]
    verdicts = site.query("SELECT verdict FROM documents WHERE set_id = '855'")
    assert verdicts == [("accepted",)]


def test_what_has_not_left_is_not_sent_twice(site: Site) -> None:
    (site.root / "outbox").mkdir()
    (site.root / "outbox" / "buyer").write_text("in the way")
    site.send("buyer", order())
    ((name,),) = site.query("SELECT file_name FROM outbox WHERE set_id = '855'")
    for again in (send_again.resend, send_again.reissue):
        with pytest.raises(Refused, match="has not left yet"):
            again(site.step(), "buyer", name, force=False, actor="ann", reason="x")


@pytest.mark.parametrize(("partner", "set_id"), [("buyer", "855"), ("wh", "940")])
def test_reissued_is_the_same_content_under_numbers_nobody_has_seen(
    site: Site, partner: str, set_id: str
) -> None:
    site.send("buyer", order())
    old = sent(site, partner, set_id)
    name = send_again.reissue(
        site.step(), partner, old.name, force=False, actor="ann", reason="refused for ISA08"
    )
    site.run()
    new = site.root / "outbox" / partner / name
    assert name != old.name
    one, other = old.read_bytes(), new.read_bytes()

    def body(content: bytes) -> bytes:
        return content[content.index(b"ST*") : content.index(b"GE*")]

    assert body(one) == body(other)
    assert one[90:99] != other[90:99]
    with open(new, "rb") as stream:
        events = list(scan(stream, limits=ScanLimits()))
    assert [i for event in events for i in getattr(event, "issues", ())] == []
    assert site.query(
        "SELECT a.file_name FROM outbox o JOIN outbox a ON a.outbox_id = o.reissue_of"
    ) == [(old.name,)]
    verdicts = site.query(
        "SELECT d.verdict FROM documents d JOIN outbox o ON o.outbox_id = d.outbox_id"
        " WHERE o.file_name = ?",
        old.name,
    )
    assert verdicts in ([("reissued",)], [("sent, no answer due",)])
    site.send(partner, answer_997(other, control_number=78, now=site.now), "997.edi")
    assert site.exceptions() == []


def test_an_answer_is_never_reissued(site: Site) -> None:
    site.send("buyer", order())
    path = sent(site, "buyer", "997")
    told = run(site.root, "reissue", "buyer", path.name, "--by", "ann", "--reason", "x", expect=1)
    assert "resend it" in told
