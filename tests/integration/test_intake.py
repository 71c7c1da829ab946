"""What becomes of a file: taken, repeated, partly taken, refused. Nothing is lost or guessed."""

import errno
import os
import pkgutil
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oms_edi.errors import ConfigurationError, TransientError
from oms_edi.pipeline.intake.collect import Settling, arrivals, take
from oms_edi.pipeline.people import see_to
from oms_edi.pipeline.run import Runner, owner
from oms_edi.transports import folder
from tests.support.edi import counted, interchange, named, x850
from tests.support.site import CONFIG, MAPPINGS, Site


def test_a_good_order_is_stored_acknowledged_and_sent_to_a_warehouse(site: Site) -> None:
    done = site.send("buyer", interchange(x850()))
    assert str(done) == (
        "1 file taken, 1 order decided, 1 released, 0 dispatches told, 3 files delivered"
    )
    (order,) = site.orders()
    assert (order["po_number"], order["status"], order["nodes"]) == ("PO1", "released", ["DAL"])
    assert [f["state"] for f in site.files()] == ["accepted"]
    assert named(site.sent("buyer", "997"), "AK9") == [["AK9", "A", "1", "1", "1"]]
    assert named(site.sent("buyer", "855"), "BAK")[0][2:4] == ["AD", "PO1"]
    assert named(site.sent("wh", "940"), "W01")[0][1:3] == ["10", "EA"]
    assert not list((site.root / "var/work").iterdir())
    assert not list((site.root / "inbox/buyer").iterdir())


def test_a_second_run_does_nothing(site: Site) -> None:
    site.send("buyer", interchange(x850()))
    before, files = site.content_hash(), site.delivered()
    assert not site.run()
    assert (site.content_hash(), site.delivered()) == (before, files)


# The duplicates table.


def test_same_bytes_again_are_recorded_and_not_taken_twice(site: Site) -> None:
    site.send("buyer", interchange(x850()), "one.edi")
    site.send("buyer", interchange(x850()), "two.edi")
    first, second = site.files()
    assert (second["state"], second["repeat_of"]) == ("repeat", first["file_id"])
    assert len(site.orders()) == 1
    assert len(site.outgoing("buyer", "997")) == 1


def test_same_bytes_are_taken_if_the_first_try_failed(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping.replace("isa_id: BUYER", "isa_id: SOMEBODY"))
    site.send("buyer", interchange(x850()))
    assert site.files()[0]["state"] == "quarantined"
    site.configure("buyer", mapping)
    site.send("buyer", interchange(x850()))
    assert [f["state"] for f in site.files()] == ["quarantined", "accepted"]
    assert len(site.orders()) == 1


def test_what_is_refused_again_and_again_asks_a_person_once(site: Site) -> None:
    rows = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"
    rows += "S-1,1,A1,5,EA,4.00,S9,\nS-2,1,B2,five,EA,7.50,S9,\n"
    for name in ("1.csv", "2.csv", "3.csv"):
        site.send("shop", rows, name)
    assert [file["state"] for file in site.files()] == ["partly"] * 3
    (told,) = site.exceptions()
    assert (told["kind"], told["subject"]) == ("file_partly", "file 1")
    assert "shop/3.csv" in told["text"]
    see_to.resolve(site.step(), told["exception_id"], actor="ann", reason="told them")
    site.send("shop", rows, "4.csv")
    assert [told["subject"] for told in site.exceptions()] == ["file 4"]


def test_what_was_refused_of_a_csv_is_taken_when_it_comes_again_after_the_cure(site: Site) -> None:
    rows = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"
    rows += "S-1,1,A1,5,EA,4.00,S9,\nS-2,1,B2,5,EA,7.50,S9,03/20/2026\n"
    site.send("shop", rows, "orders.csv")
    assert site.exception_kinds() == ["file_partly"]
    site.configure("shop", MAPPINGS["shop"].replace("csv:\n", "csv:\n  date_format: '%m/%d/%Y'\n"))
    site.send("shop", rows, "orders.csv")
    assert [file["state"] for file in site.files()] == ["partly", "accepted"]
    assert [order["po_number"] for order in site.orders()] == ["S-1", "S-2"]
    assert site.exceptions() == []
    site.send("shop", rows, "orders.csv")
    assert site.files()[-1]["state"] == "repeat"


def test_what_was_refused_of_an_interchange_is_judged_again_and_the_rest_is_known(
    site: Site,
) -> None:
    content = interchange(x850("PO1"), x850("", control="0002"))
    for _ in range(2):
        site.send("buyer", content)
    assert [file["state"] for file in site.files()] == ["partly", "partly"]
    assert len(site.orders()) == 1
    last = site.outgoing("buyer", "997")[-1].read_bytes()
    assert [segment[1] for segment in named(last, "AK5")] == ["A", "R"]


def test_a_set_that_the_book_refuses_costs_its_neighbors_nothing(site: Site) -> None:
    site.is_touched = True
    connection = site.step().connection
    connection.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON orders WHEN NEW.po_number = 'PO1'"
        " BEGIN SELECT RAISE(ABORT, 'constraint of a test'); END"
    )
    connection.close()
    site.send("buyer", interchange(x850("PO1"), x850("PO2", control="0002")))
    assert [order["po_number"] for order in site.orders()] == ["PO2"]
    assert [segment[1] for segment in named(site.sent("buyer", "997"), "AK5")] == ["R", "A"]
    assert site.files()[0]["state"] == "partly"


def test_a_csv_order_that_the_book_refuses_costs_its_neighbors_nothing(site: Site) -> None:
    site.is_touched = True
    connection = site.step().connection
    connection.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON orders WHEN NEW.po_number = 'S-1'"
        " BEGIN SELECT RAISE(ABORT, 'constraint of a test'); END"
    )
    rows = "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,A1,5,EA,4.00,S9,\nS-2,1,B2,5,EA,7.50,S9,\n"
    site.send("shop", rows, "orders.csv")
    assert [order["po_number"] for order in site.orders()] == ["S-2"]
    assert "order S-1 was not taken: an internal fault" in site.files()[0]["reason"]
    connection.execute("DROP TRIGGER broken")
    connection.close()
    site.send("shop", rows, "orders.csv")
    assert [order["po_number"] for order in site.orders()] == ["S-2", "S-1"]


def test_a_claim_that_met_a_busy_book_is_taken_in_the_next_pass(site: Site) -> None:
    site.run()
    site.drop("buyer", interchange(x850()))
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner.connection.execute("PRAGMA busy_timeout = 50")
        other = site.connect()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError):
            runner.run_pass()
        other.rollback()
        other.close()
        runner.once()
        runner.connection.close()
    assert [order["po_number"] for order in site.orders()] == ["PO1"]
    assert not list(site.places.work.iterdir())


def failing(read: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
    """Return `read` of a machine that is short of everything."""

    def wrong(*args: Any, **kwargs: Any) -> Any:
        if when(*args, **kwargs):
            raise OSError(errno.EMFILE, "Too many open files")
        return read(*args, **kwargs)

    return wrong


@pytest.mark.parametrize("channel", ["x12", "csv"])
def test_a_machine_in_trouble_is_no_fault_of_an_order_and_costs_its_neighbors_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    for number in (1, 2, 3):
        if channel == "x12":
            site.drop("buyer", interchange(x850(f"PO{number}"), control=number), f"{number}.edi")
        else:
            row = f"PO{number},1,A1,2,EA,4.00,S9,"
            site.drop("shop", f"PO,Line,Item,Qty,Unit,Price,Store,Due\n{row}\n", f"{number}.csv")
    name = "intake.book_sets.book_set" if channel == "x12" else "intake.ingest_orders.take_order"
    real = pkgutil.resolve_name(f"oms_edi.pipeline.{name}")
    with monkeypatch.context() as patched:
        wrong = failing(real, lambda *args, **kwargs: "PO2" in repr(args))
        patched.setattr(f"oms_edi.pipeline.{name}", wrong)
        site.run()
    assert [row["po_number"] for row in site.orders()] == ["PO1", "PO3"]
    assert "file_rejected" not in site.exception_kinds()
    assert len(list((site.root / "var/work").iterdir())) == 1
    site.run()
    assert sorted(row["po_number"] for row in site.orders()) == ["PO1", "PO2", "PO3"]
    assert {file["state"] for file in site.files()} == {"accepted"}


def test_a_file_on_a_bad_block_waits_and_the_others_go_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        site.drop("buyer", interchange(x850(f"PO{number}"), control=number), f"{number}.edi")
    with monkeypatch.context() as patched:

        def opened(path: Path) -> int:
            descriptor = real(path)
            if path.name.endswith("2.edi") and path.parent.name == "work":
                os.close(descriptor)
                return os.open("/proc/self/mem", os.O_RDONLY)  # reading its first page fails: EIO
            return descriptor

        real = folder._open_regular
        patched.setattr(folder, "_open_regular", opened)
        site.run()
        assert [row["po_number"] for row in site.orders()] == ["PO1", "PO3"]
    (told,) = site.exceptions()
    assert (told["kind"], told["subject"]) == ("file_waits", "buyer/2.edi")
    site.run()
    assert [row["po_number"] for row in site.orders()] == ["PO1", "PO3", "PO2"]
    assert site.exceptions() == []


def test_a_repeated_interchange_in_other_bytes_is_acknowledged_but_not_taken(site: Site) -> None:
    content = interchange(x850())
    site.send("buyer", content)
    site.send("buyer", content.replace(b"~", b"~\r\n"))
    assert [f["state"] for f in site.files()] == ["accepted", "accepted"]
    assert site.files()[1]["reason"] == "interchange repeated, not taken again"
    assert len(site.orders()) == 1
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    assert ta1[1:] == ["000000001", "260302", "0610", "R", "025"]


def test_a_repeated_interchange_with_one_more_order_loses_nothing(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.send("buyer", interchange(x850("PO1"), x850("PO2", control="0002")))
    assert [order["po_number"] for order in site.orders()] == ["PO1", "PO2"]
    assert not site.outgoing("buyer", "TA1")
    answer = site.outgoing("buyer", "997")[-1].read_bytes()
    assert [segment[1] for segment in named(answer, "AK5")] == ["A", "A"]
    assert named(answer, "AK9") == [["AK9", "A", "2", "2", "2"]]


def test_a_partner_may_want_silence_about_repeated_interchanges(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping.replace("x12: {", "x12: {on_duplicate: ignore, "))
    content = interchange(x850())
    site.send("buyer", content)
    site.send("buyer", content.replace(b"~", b"~\n"))
    assert not site.outgoing("buyer", "TA1")


def test_a_reused_control_number_with_another_order_is_taken(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.send("buyer", interchange(x850("PO2")))
    assert [order["po_number"] for order in site.orders()] == ["PO1", "PO2"]


@pytest.mark.parametrize(
    ("policy", "orders", "kinds"),
    [
        ("none", 2, []),
        ("warn", 2, ["warning"]),
        ("hold", 2, ["duplicate"]),
        ("ignore", 1, []),
    ],
)
def test_the_same_po_in_a_new_interchange_does_what_the_partner_wants(
    site: Site, policy: str, orders: int, kinds: list[str]
) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping.replace("tier: 1", f"tier: 1\n  duplicate_po: {policy}"))
    site.send("buyer", interchange(x850(), control=1))
    site.send("buyer", interchange(x850(), control=2))
    assert len(site.orders()) == orders
    assert site.exception_kinds() == kinds
    assert len(site.outgoing("buyer", "997")) == 2


def test_the_same_po_with_other_content_is_held_as_a_possible_amendment(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1"), control=1))
    site.send("buyer", interchange(x850("PO1", "1*12*EA*4.00**VN*A1"), control=2))
    assert site.lines(2) == [("1", "held")]
    assert site.exception_kinds() == ["amendment"]
    answers = [named(path.read_bytes(), "BAK")[0][2] for path in site.outgoing("buyer", "855")]
    assert answers == ["AD"]


def test_a_cancel_takes_back_what_no_warehouse_was_told(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1"), control=1))
    assert site.lines() == [("1", "held")]
    cancel = x850("PO1", "1*10*EA*3.00**VN*A1", beg="BEG*01*SA*{po}**20260302")
    site.send("buyer", interchange(cancel, control=2))
    assert site.lines() == [("1", "cancelled")]
    answers = [named(path.read_bytes(), "BAK")[0][2] for path in site.outgoing("buyer", "855")]
    assert answers == ["AH", "RD"]
    assert site.exceptions() == []


def test_a_cancel_of_released_goods_asks_the_warehouse(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), control=1))
    cancel = x850("PO1", beg="BEG*01*SA*{po}**20260302")
    site.send("buyer", interchange(cancel, control=2))
    assert site.lines() == [("1", "cancel requested")]
    assert "cancel_requested" in site.exception_kinds()


# Isolation.


def test_one_bad_set_does_not_fail_its_neighbors(site: Site) -> None:
    bad = counted("850", "0002", ["BEG*00*SA*", "PO1*1*5*EA*4.00**VN*A1", "CTT*1"])
    content = interchange(x850("PO1"), bad, x850("PO3", control="0003"))
    site.send("buyer", content)
    assert [order["po_number"] for order in site.orders()] == ["PO1", "PO3"]
    (file,) = site.files()
    assert file["state"] == "partly"
    assert "BEG03" in file["reason"]
    answer = site.sent("buyer", "997")
    assert [segment[1] for segment in named(answer, "AK5")] == ["A", "R", "A"]
    assert named(answer, "AK9") == [["AK9", "P", "3", "3", "2"]]
    assert ["AK4", "3", "324", "1"] in named(answer, "AK4")


def test_one_bad_line_is_left_out_and_named(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "2*TEN*EA*7.50**VN*B2")))
    assert site.lines() == [("1", "released")]
    answer = site.sent("buyer", "997")
    assert named(answer, "AK5")[0][1] == "E"
    assert named(answer, "AK3") == [["AK3", "PO1", "5", "PO1", "8"]]
    assert named(answer, "AK4") == [["AK4", "2", "330", "6"]]


def test_a_strict_partner_gets_the_whole_set_back(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping.replace("x12: {", "x12: {strict: true, "))
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "2*TEN*EA*7.50**VN*B2")))
    assert site.orders() == []
    assert named(site.sent("buyer", "997"), "AK9")[0][1] == "R"


def test_a_damaged_interchange_costs_no_order_of_the_next_one(site: Site) -> None:
    damaged = interchange(x850("PO1"), control=1).replace(b"IEA*1*000000001", b"IEA*1*000000007")
    site.send("buyer", damaged + interchange(x850("PO2"), control=2))
    assert [order["po_number"] for order in site.orders()] == ["PO2"]
    (ta1,) = named(site.sent("buyer", "TA1"), "TA1")
    assert ta1[4:] == ["R", "001"]
    assert site.files()[0]["state"] == "partly"


def test_junk_between_interchanges_is_named_and_loses_nothing(site: Site) -> None:
    content = (
        interchange(x850("PO1"), control=1) + b"\n~\nHELLO\n" + interchange(x850("PO2"), control=2)
    )
    site.send("buyer", content)
    assert len(site.orders()) == 2
    (file,) = site.files()
    assert "outside any interchange" in file["reason"]


def test_an_interchange_of_somebody_else_in_the_folder_is_quarantined(site: Site) -> None:
    site.send("buyer", interchange(x850(), sender="BUYER5"))
    (file,) = site.files()
    assert file["state"] == "quarantined"
    assert "the file lay in buyer's folder" in file["reason"]
    assert site.orders() == []
    assert not site.outgoing("buyer5")


def test_an_interchange_for_somebody_else_is_refused(site: Site) -> None:
    site.send("buyer", interchange(x850(), receiver="THEM"))
    assert site.orders() == []
    assert named(site.sent("buyer", "TA1"), "TA1")[0][4:] == ["R", "008"]


def test_a_test_interchange_is_not_taken_as_a_real_one(site: Site) -> None:
    site.send("buyer", interchange(x850(), usage="T"))
    assert site.orders() == []
    assert "ISA15" in site.files()[0]["reason"]


# What is no order at all.


@pytest.mark.parametrize(
    ("partner", "content", "said"),
    [
        ("buyer", b"%PDF-1.7 ...", "a PDF"),
        ("buyer", b"PK\x03\x04....", "a ZIP or XLSX file"),
        ("buyer", b"<html>login</html>", "an HTML page"),
        ("buyer", b"PO,Item,Qty\n1,A1,2\n", "sends no CSV"),
        ("shop", interchange(x850()), "sends no X12"),
        ("buyer", b"  \n\n", "nothing but blanks"),
        ("buyer", b"UNB+UNOA:1+THEM", "UN/EDIFACT"),
        ("buyer", b"\x00\x01\x02binary", "binary data"),
    ],
)
def test_what_we_cannot_read_is_quarantined_with_a_reason(
    site: Site, partner: str, content: bytes, said: str
) -> None:
    site.send(partner, content, "strange")
    (file,) = site.files()
    assert file["state"] == "quarantined"
    assert said in file["reason"]
    (folder,) = (site.root / "var/quarantine" / partner).iterdir()
    assert (folder / "content").read_bytes() == content
    assert said in (folder / "reason.txt").read_text()
    assert site.exception_kinds() == ["file_quarantined"]


def test_a_file_of_an_unknown_partner_is_quarantined_not_stuck(site: Site) -> None:
    (site.root / "inbox/stranger").mkdir()
    site.send("stranger", interchange(x850()))
    assert "there is no mapping stranger.yaml" in site.files()[0]["reason"]
    assert not list((site.root / "inbox/stranger").iterdir())


@pytest.mark.parametrize("folder", ["Acme Inc.", "ACME", "a.b", "\u00fcber"])
def test_a_folder_with_a_strange_name_is_an_unknown_partner_even_after_a_crash(
    site: Site, folder: str
) -> None:
    (site.root / "inbox" / folder).mkdir()
    site.drop(folder, interchange(x850()))
    config = site.config
    with owner(config):
        runner = Runner(config=config, partners=site.partners, clock=lambda: site.now)
        ((partner, path),) = arrivals(runner.step(), runner.settling)
        assert take(runner.step(), partner, path)
        runner.connection.close()
    site.run()
    (file,) = site.files()
    assert (file["state"], file["partner"]) == ("quarantined", folder)


def test_a_file_beside_the_partners_folders_is_quarantined_not_forgotten(site: Site) -> None:
    (site.root / "inbox/lost.edi").write_bytes(interchange(x850()))
    site.run()
    assert "beside the partners' folders" in site.files()[0]["reason"]
    assert list((site.root / "var/quarantine/nobody").iterdir())


def test_a_file_above_the_limit_is_quarantined(site: Site) -> None:
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text.replace("intake: {", "intake: {max_file_bytes: 100, "))
    site.send("buyer", interchange(x850()))
    assert "max_file_bytes" in site.files()[0]["reason"]


# Complete files only.


@pytest.mark.parametrize("name", [".hidden.edi", "a.edi.tmp", "a.PART", "a.filepart", "a.edi~"])
def test_names_of_unfinished_uploads_are_left_alone(site: Site, name: str) -> None:
    site.send("buyer", interchange(x850()), name)
    assert site.files() == []
    assert (site.root / "inbox/buyer" / name).exists()


def test_a_run_does_not_wait_for_ever_for_a_file_that_keeps_changing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text.replace("settle_s: 0,", "settle_s: 0.05,"))
    monkeypatch.setattr("oms_edi.pipeline.run._PATIENCE", 6)
    path = site.root / "inbox/buyer/growing.csv"
    site.drop("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,A1,5,EA,4.00,S9,\n", "a.csv")
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.01):
            with open(path, "a") as file:
                file.write("more\n")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        site.run()
    finally:
        stop.set()
        writer.join()
    assert [file["name"] for file in site.files()] == ["a.csv"]
    assert path.exists()


def test_x12_without_its_iea_waits_until_it_is_whole(site: Site) -> None:
    content = interchange(x850())
    site.send("buyer", content[:-20])
    assert site.files() == []
    site.send("buyer", content)
    assert site.files()[0]["state"] == "accepted"


def test_x12_that_stays_incomplete_is_quarantined(site: Site) -> None:
    site.drop("buyer", interchange(x850())[:-20])
    path = site.root / "inbox/buyer/file.edi"
    old = time.time() - 3600
    os.utime(path, (old, old))
    site.run()
    assert site.files()[0]["state"] in ("quarantined", "rejected")
    assert "cut off" in site.files()[0]["reason"]
    assert site.orders() == []


def test_a_fifo_a_link_and_a_folder_in_the_inbox_do_no_harm(site: Site) -> None:
    inbox = site.root / "inbox/buyer"
    os.mkfifo(inbox / "pipe.edi")
    (inbox / "link.edi").symlink_to("/etc/hostname")
    (inbox / "folder.edi").mkdir()
    site.send("buyer", interchange(x850()))
    assert len(site.files()) == 1
    assert (inbox / "pipe.edi").exists()


def test_an_inbox_on_another_file_system_is_refused_at_the_start(site: Site) -> None:
    others = [path for path in (Path("/dev/shm"), Path("/var/tmp")) if path.is_dir()]
    other = next((one for one in others if one.stat().st_dev != site.root.stat().st_dev), None)
    if other is None:
        pytest.skip("there is only one file system here")
    with tempfile.TemporaryDirectory(dir=other) as elsewhere:
        (site.root / "inbox/mounted").symlink_to(elsewhere)
        with pytest.raises(ConfigurationError, match="must be on one file system"):
            site.run()
    (site.root / "inbox/mounted").unlink()


def test_what_is_not_taken_is_told_with_its_reason(site: Site) -> None:
    inbox = site.root / "inbox/buyer"
    (inbox / "link.edi").symlink_to("/etc/hostname")
    for name, content in (("empty.edi", b""), ("a.edi.tmp", b"ISA"), (".gitkeep", b"")):
        site.drop("buyer", content, name)
    settling = Settling()
    assert list(arrivals(site.step(), settling)) == []
    assert {path.name: reason for path, reason in settling.waiting.items()} == {
        "a.edi.tmp": "its name says that it is still written",
        "empty.edi": "empty",
        "link.edi": "not a regular file",
    }


def test_a_name_full_of_control_characters_is_stored_printable(site: Site) -> None:
    site.send("buyer", interchange(x850()), "a\x1b[31mb\n.edi")
    assert site.files()[0]["name"].isprintable()


def test_a_file_that_keeps_ending_the_process_is_quarantined(site: Site) -> None:
    site.run()
    claim = "0" * 32
    (site.root / f"var/work/{claim}.buyer.bad.edi").write_bytes(interchange(x850()))
    with site.step().connection as connection:
        connection.execute("INSERT INTO crashes (claim_id, count) VALUES (?, 2)", (claim,))
    site.run()
    assert "the process ended 3 times" in site.files()[0]["reason"]


def test_a_claimed_file_is_taken_up_again_after_a_crash(site: Site) -> None:
    site.run()
    (site.root / f"var/work/{'1' * 32}.buyer.one.edi").write_bytes(interchange(x850()))
    site.run()
    assert [order["status"] for order in site.orders()] == ["released"]


def test_a_partner_may_want_a_999(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping.replace("x12: {", 'x12: {acknowledge_with: "999", '))
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "2*TEN*EA*7.50**VN*B2")))
    answer = site.sent("buyer", "999")
    assert named(answer, "ISA")[0][12] == "00501"
    assert named(answer, "GS")[0][8] == "005010X231A1"
    assert [segment[:3] for segment in named(answer, "AK1")] == [["AK1", "PO", "1"]]
    assert named(answer, "IK3") == [["IK3", "PO1", "5", "PO1", "8"]]
    assert named(answer, "IK4") == [["IK4", "2", "330", "6"]]
    assert named(answer, "IK5") == [["IK5", "E", "5"]]
    assert named(answer, "AK9") == [["AK9", "E", "1", "1", "1"]]
    site.run(later=timedelta(days=3))
    assert not [e for e in site.exceptions() if e["subject"].startswith("buyer/999")]


RULES = """\
x12:
  isa_id: BUYER
  gs_id: BUYER
  guides:
    "850":
      - {at: "REF*DP", presence: required, when: "BEG/02 is SA", severity: %s}
"""


@pytest.mark.parametrize(
    ("severity", "verdict", "orders"), [("note", "A", 1), ("error", "E", 1), ("reject", "R", 0)]
)
def test_a_partners_own_rule_costs_what_the_mapping_says(
    site: Site, severity: str, verdict: str, orders: int
) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    old = 'x12: {isa_id: BUYER, gs_id: BUYER, version: "004010"}\n'
    assert old in mapping
    site.configure("buyer", mapping.replace(old, RULES % severity))
    site.send("buyer", interchange(x850("PO1")))
    answer = site.sent("buyer", "997")
    assert named(answer, "AK5")[0][1] == verdict
    assert named(answer, "AK3") == ([] if verdict == "A" else [["AK3", "REF", "6", "", "3"]])
    assert len(site.orders()) == orders


def test_a_document_that_breaks_the_partners_rule_does_not_leave(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    old = 'x12: {isa_id: BUYER, gs_id: BUYER, version: "004010"}\n'
    rules = (
        RULES.replace('"850"', '"855"')
        .replace("REF*DP", "REF*VR")
        .replace(', when: "BEG/02 is SA"', "")
    )
    site.configure("buyer", mapping.replace(old, rules % "error"))
    site.send("buyer", interchange(x850("PO1")))
    (exception,) = site.exceptions()
    assert exception["kind"] == "document_refused"
    assert "REF*VR is required" in exception["text"]
    assert not site.outgoing("buyer", "855")
    assert site.outgoing("wh", "940")


def test_a_renamed_file_is_taken_at_once_and_one_being_written_is_not(site: Site) -> None:
    site.configure("config", CONFIG.replace("settle_s: 0,", "settle_s: 5,"))
    site.drop("buyer", interchange(x850("PO1"), control=1), "written.edi")
    site.drop("buyer", interchange(x850("PO2"), control=2), "order.tmp")
    folder = site.root / "inbox/buyer"
    time.sleep(0.02)
    (folder / "order.tmp").rename(folder / "order.edi")
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner.run_pass()
        assert set(runner.settling.waiting.values()) == {"still changing"}
        runner.connection.close()
    assert [file["name"] for file in site.files()] == ["order.edi"]
