"""The installed command: a starter that runs, every read command, exit codes, the daemon."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from oms_edi.cli.main import COMMANDS, cli
from tests.support.command import COMMAND, read, run

NOW = ("--now", "2026-03-02T15:00:00Z")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder made by `init`, with its master data; its book must verify at the end."""
    folder = tmp_path / "home"
    run(tmp_path, "init", "home")
    for what in ("items", "prices", "stock"):
        run(folder, f"import-{what}", f"master/{what}.csv", *NOW)
    yield folder
    run(folder, "verify")


def drop(home: Path) -> None:
    shutil.copy(home / "examples/acme-850.edi", home / "inbox/acme/")
    shutil.copy(home / "examples/phone-orders.csv", home / "inbox/phone/")
    for path in home.glob("inbox/*/*"):
        os.utime(path, (1, 1))


def test_the_starter_runs_as_its_readme_says(home: Path) -> None:
    drop(home)
    assert "2 files taken, 2 orders decided, 2 released" in run(home, "run", "--once", *NOW)
    assert "0 files taken" in run(home, "run", "--once", *NOW)
    assert [order["status"] for order in read(home, "orders")] == ["partly released", "released"]


def test_stock_of_any_instant_its_ledger_and_what_is_to_come(home: Path) -> None:
    drop(home)
    run(home, "run", "--once", *NOW)
    (home / "due.csv").write_text(
        "reference,node,item,units,due_on\nPO-7,MAIN,WIDGET-2,90,2026-03-09\n"
    )
    told = run(home, "import-inbound", "due.csv", "--dry-run", *NOW)
    assert "PO-7: WIDGET-2 to MAIN: new: 90 due 2026-03-09" in told
    run(home, "import-inbound", "due.csv", *NOW)
    assert "PO-7" in run(home, "stock", "--inbound")
    (now,) = read(home, "stock", "WIDGET-1")
    (then,) = read(home, "stock", "WIDGET-1", "--at", "2026-03-02T15:00:00Z", *NOW)
    assert (then["on_hand"], then["reserved"]) == (now["on_hand"], now["reserved"])
    steps = read(home, "stock", "WIDGET-2", "--at", "2026-03-20T00:00:00Z", *NOW)
    assert steps[-1]["from"] == "2026-03-10"
    assert steps[-1]["atp"] == steps[0]["atp"] + 90
    last = read(home, "stock", "WIDGET-1", "--ledger")[-1]
    assert (last["reserved"], last["cause"]) == (36, "SO100002 line 1")
    run(home, "stock", "--ledger", expect=2)
    run(home, "accept-count", "WIDGET-1", "MAIN", "--reason", "x", expect=1)


def test_every_read_command_speaks_json_and_text(home: Path) -> None:
    drop(home)
    run(home, "run", "--once", *NOW)
    assert read(home, "order", "A-1001")["order"] == "SO100001"
    customer = read(home, "order", "A-1001", "--words", "customer")
    assert {part["status"] for line in customer["lines"] for part in line["parts"]} == {
        "in process",
        "backordered",
    }
    assert "in process" in run(home, "order", "A-1001", "--words", "customer")
    (warehouse,) = read(home, "order", "A-1001", "--words", "warehouse")
    assert warehouse["depositor_order"] == "SO100001-1"
    assert "word that it left by" in run(home, "order", "A-1001", "--words", "warehouse")
    assert read(home, "exceptions")[0]["kind"] == "backordered"
    assert [file["state"] for file in read(home, "files")] == ["accepted", "accepted"]
    assert {d["set_id"] for d in read(home, "documents")} == {"850", "855", "940", "997", "CSV"}
    assert [o["state"] for o in read(home, "documents", "--outgoing")] == ["sent"] * 3
    assert read(home, "stock", "WIDGET-1")[0]["reserved"] == 36
    assert read(home, "stock", "WIDGET-1", "--ledger")
    assert [partner["orders"] for partner in read(home, "partners")] == [1, 1, 0]
    (decision,) = read(home, "trace", "A-1001", "2")
    assert decision["candidates"][0]["takes"] == 30
    row = read(home, "trace", "A-1001")[1]
    assert (row["item"], row["units"], row["nodes"]) == ("WIDGET-2", 30, ["MAIN"])
    assert [(r["po_number"], r["line"]) for r in read(home, "trace")][-1] == ("T-1", "1")
    assert [ack["verdict"] for ack in read(home, "acks")] == ["sent", "sent"]
    assert read(home, "verify")["divergences"] == []
    for command in ("orders", "exceptions", "files", "documents", "stock", "partners"):
        assert run(home, command).strip()
    assert "Timeline" in run(home, "order", "A-1001")
    that_day = ("order", "A-1001", "--now", "2026-03-02T16:00:00Z")
    stands = read(home, *that_day)["stands"]
    assert f"stands:       {stands['headline']}" in run(home, *that_day)
    assert stands["causes"] == [
        "18 of line 2 (WIDGET-2) wait for stock, and nothing that is to come is theirs."
    ]
    assert "WIDGET-2 was short: 48 asked for, 30 free" in run(home, "trace", "SO100001", "2")


def test_acts_are_on_the_timeline_with_who_and_why(home: Path) -> None:
    drop(home)
    run(home, "run", "--once", *NOW)
    run(home, "receive", "WIDGET-2", "MAIN", "20", "--by", "ann", "--reason", "truck 7")
    run(home, "run", "--once", "--now", "2026-03-02T16:00:00Z")
    assert "nothing needs a person" in run(home, "exceptions")
    told = run(home, "cancel", "T-1", "--by", "bob", "--reason", "called off")
    assert "at a warehouse" in told
    assert "called off" in run(home, "exceptions")
    events = [(e["name"], e["actor"]) for e in read(home, "order", "A-1001")["timeline"]]
    assert events[-1][0] == "shipment.released"


def test_an_order_without_a_place_is_given_one(home: Path) -> None:
    text = (home / "examples/acme-850.edi").read_text()
    nowhere = "~".join(
        segment for segment in text.split("~") if segment.strip()[:3] not in ("N1*", "N3*", "N4*")
    )
    path = home / "inbox/acme/order.edi"
    path.write_text(nowhere)
    os.utime(path, (1, 1))
    run(home, "run", "--once", *NOW)
    assert "ship-to SO100001 --code" in run(home, "exceptions")
    place = ("--city", "Tulsa", "--state", "OK", "--postal-code", "74133")
    told = run(home, "ship-to", "A-1001", *place, "--by", "ann", "--reason", "they called", *NOW)
    assert "SO100001 has its ship-to" in told
    run(home, "run", "--once", *NOW)
    assert read(home, "order", "A-1001")["shipments"]
    run(home, "ship-to", "A-1001", *place, "--reason", "again", expect=1)


def test_how_scarce_stock_was_shared_is_told(home: Path) -> None:
    assert "nothing was short so far" in run(home, "shares")
    drop(home)
    run(home, "run", "--once", *NOW)
    (row,) = read(home, "shares", "WIDGET-2")
    assert (row["supply"], [claim["given"] for claim in row["claims"]]) == (30, [30])
    assert "WIDGET-2: 30 free, shared by max_min" in run(home, "shares", "WIDGET-2")
    (fared,) = read(home, "shares", "--customers", *NOW)["customers"]
    assert (fared["customer"], fared["asked"], fared["got"], fared["waits"]) == ("acme", 48, 30, 18)
    assert "filled percent" in run(home, "shares", "--customers", *NOW)


def test_check_says_what_would_happen_and_does_nothing(home: Path) -> None:
    told = run(home, "check", "examples/acme-850.edi")
    assert "x12 of acme: accepted" in told
    assert "would: order.received: PO A-1001" in told
    assert "would: send 997 to acme" in told
    assert not list((home / "outbox").glob("*/*"))
    assert read(home, "orders") == []
    broken = home / "broken.edi"
    text = (home / "examples/acme-850.edi").read_text()
    broken.write_text(text.replace("PO1*1*24*EA", "PO1*1*XX*EA"))
    told = run(home, "check", "--partner", "acme", "broken.edi", expect=1)
    assert "PO102 must be a" in told
    (found,) = read(home, "check", "examples/phone-orders.csv", "--partner", "phone")
    assert found["kind"] == "order_csv"
    assert run(home, "check", "--config") == "config.yaml: 1 node, 3 partners\n"
    assert read(home, "check", "--config") == {"config": "config.yaml", "nodes": 1, "partners": 3}


def test_check_says_of_a_file_that_would_wait_that_it_waits(home: Path) -> None:
    drop(home)
    run(home, "run", "--once", *NOW)
    good = (home / "examples/acme-850.edi").read_text()
    for name, text, why in (
        ("orders.edi.part", good, "its name says that it is still written"),
        ("empty.edi", "", "empty"),
        (".orders.edi", good, "names that begin with a dot are left alone"),
    ):
        (home / name).write_text(text)
        (found,) = json.loads(run(home, "check", "--partner", "acme", name, "--json", expect=1))
        assert (found["state"], found["reason"], found["effects"]) == ("waits", why, [])


def test_lists_are_filtered_before_they_are_cut_to_the_newest(home: Path) -> None:
    drop(home)
    run(home, "run", "--once", *NOW)
    (order,) = read(home, "orders", "--status", "partly released", "--limit", "1")
    assert order["po_number"] == "A-1001"
    sent = read(home, "documents", "--outgoing", "--partner", "acme", "--limit", "2")
    assert [file["set_id"] for file in sent] == ["997", "855"]
    sent = read(home, "documents", "--outgoing", "--order", "A-1001")
    assert [file["set_id"] for file in sent] == ["855", "940"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["order", "NOPE"], 1, "no order with PO or number NOPE"),
        (["trace", "NOPE", "1"], 1, "no order"),
        (["release", "NOPE", "--reason", "x"], 1, "no order"),
        (["cancel", "A-1001"], 2, "Missing option '--reason'"),
        (["check"], 2, "name FILES"),
        (["check", "--config", "README.md"], 2, "name FILES"),
        (["check", "README.md", "--partner", "nobody"], 1, "no mapping nobody.yaml"),
        (["orders", "--limit", "0"], 2, "is not in the range"),
        (["orders", "--status", "lost"], 2, "is not one of"),
        (["orders", "--partner", "nobody"], 1, "no mapping nobody.yaml"),
        (["files", "--state", "lost"], 2, "is not one of"),
        (["stock", "NOPE"], 1, "no item NOPE"),
        (["stock", "--node", "NOPE"], 1, "no node NOPE"),
        (["receive", "WIDGET-1", "MAIN", "9" * 20, "--reason", "x"], 2, "is not in the range"),
        (["release", "A-1001", "--reason", " "], 2, "must not be empty"),
        (["run", "--now", "2026-03-02T15:00:00Z"], 2, "--now needs --once"),
        (["run", "--once", "--now", "yesterday"], 2, "no ISO-8601 instant"),
        (["--config", "missing.yaml", "orders"], 78, "missing.yaml: No such file"),
        (["init", "."], 1, "config.yaml, examples/acme-850.edi"),
        (["init", "config.yaml/x"], 1, "cannot be written: Not a directory"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line_with_its_exit_code(
    home: Path, arguments: list[str], code: int, said: str
) -> None:
    told = run(home, *arguments, expect=code)
    assert said in told
    assert "Traceback" not in told


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/acme.yaml").write_text("mine")
    assert "mappings/acme.yaml already" in run(tmp_path, "init", ".", expect=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mappings"]
    assert (tmp_path / "mappings/acme.yaml").read_text() == "mine"


def test_without_an_order_book_it_says_so(tmp_path: Path) -> None:
    run(tmp_path, "init", "empty")
    assert "no order book" in run(tmp_path / "empty", "orders", expect=1)
    run(tmp_path / "empty", "run", "--once")
    assert run(tmp_path / "empty", "orders") == "no orders\n"


def test_the_configuration_may_be_named_by_the_environment(home: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "orders"],
        cwd=tmp_path,
        env={**os.environ, "OMS_EDI_CONFIG": str(home / "config.yaml")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "no orders\n"


def test_help_needs_no_configuration_and_names_every_command(tmp_path: Path) -> None:
    told = run(tmp_path, "--help")
    assert [command for command in COMMANDS if f"\n  {command} " not in told] == []
    assert "Exit codes" in told
    for command in ("run", "orders", "x12", "hostkey"):
        assert "Usage: oms-edi" in run(tmp_path, command, "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_own_help(command: str) -> None:
    told = CliRunner().invoke(cli, [command, "--help"])
    assert (told.exit_code, told.output.startswith("Usage: ")) == (0, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(tmp_path: Path, shell: str) -> None:
    assert "_OMS_EDI_COMPLETE" in run(tmp_path, "completion", shell)


def test_a_broken_balance_makes_verify_fail(home: Path) -> None:
    import sqlite3

    drop(home)
    run(home, "run", "--once", *NOW)
    book = sqlite3.connect(home / "var/oms.db")
    book.execute("UPDATE stock_levels SET on_hand = on_hand + 1")
    book.commit()
    assert "NOT CLEAN: on hand is the sum of the ledger" in run(home, "verify", expect=1)
    book.execute("UPDATE stock_levels SET on_hand = on_hand - 1")
    book.commit()
    book.close()


def start(home: Path) -> subprocess.Popen[str]:
    """Start the daemon and wait until it watches."""
    daemon = subprocess.Popen([COMMAND, "run"], cwd=home, stderr=subprocess.PIPE, text=True)
    assert daemon.stderr is not None
    for line in daemon.stderr:
        if "daemon.started" in line:
            return daemon
    raise AssertionError("the daemon did not start")


def wait_for(home: Path, orders: int, *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if len(read(home, "orders")) == orders:
            return
        time.sleep(0.2)
    raise AssertionError(f"never saw {orders} orders: {read(home, 'files')}")


def test_the_daemon_takes_what_is_dropped_and_sigterm_ends_it(home: Path) -> None:
    daemon = start(home)
    try:
        drop(home)
        wait_for(home, 2)
        assert "another oms-edi works on" in run(home, "run", "--once", expect=75)
        late = home / "inbox/phone/late.csv"
        part = late.with_suffix(".part")
        part.write_text((home / "examples/phone-orders.csv").read_text().replace("T-1", "T-2"))
        part.rename(late)
        wait_for(home, 3)
    finally:
        daemon.send_signal(signal.SIGTERM)
        _, told = daemon.communicate(timeout=20)
    assert daemon.returncode == 0
    assert "daemon.stopped" in told


def test_killing_the_command_at_random_moments_changes_nothing_in_the_end(
    home: Path, tmp_path: Path
) -> None:
    drop(home)
    wanted_home = tmp_path / "undisturbed"
    shutil.copytree(home, wanted_home)
    run(wanted_home, "run", "--once", *NOW)
    wanted = read(wanted_home, "verify")["content_sha256"]
    chance = random.Random(4711)
    for _ in range(6):
        victim = subprocess.Popen(
            [COMMAND, "run", "--once", *NOW], cwd=home, stdout=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.2, 0.9))
        victim.kill()
        victim.wait()
    run(home, "run", "--once", *NOW)
    assert read(home, "verify")["content_sha256"] == wanted
    names = [sorted(p.name for p in h.glob("outbox/*/*.edi")) for h in (home, wanted_home)]
    assert names[0] == names[1]


def test_x12_files_are_shown_checked_converted_compared_and_cut(home: Path) -> None:
    file = "examples/acme-850.edi"
    assert "BEG02 SA = stand-alone order" in run(home, "x12", "show", file)
    assert "[quantity ordered]" not in run(home, "x12", "show", "--brief", file)
    assert run(home, "x12", "check", file) == "no faults\n"
    (home / "one.json").write_text(run(home, "x12", "json", file))
    (home / "back.edi").write_text(run(home, "x12", "json", "--back", "one.json"))
    assert run(home, "x12", "diff", file, "back.edi") == "no difference in meaning\n"
    text = (home / "back.edi").read_text()
    (home / "other.edi").write_text(text.replace("*24*EA", "*25*EA"))
    assert "PO102 24 -> 25" in run(home, "x12", "diff", file, "other.edi", expect=1)
    (home / "bad.edi").write_text(text.replace("*24*EA", "*many*EA"))
    told = run(home, "x12", "check", "bad.edi", expect=1)
    assert "PO102 in segment 4: PO102 must be a" in told
    assert read(home, "x12", "check", "other.edi") == []
    told = run(home, "x12", "split", file, "parts")
    assert "wrote parts/acme-850_000000001_1_850_0001.edi" in told
    assert "exists already" in run(home, "x12", "split", file, "parts", expect=1)
    (home / "mail.edi").write_text("From: a mail\n\n" + text)
    assert "ISA interchange" in run(home, "x12", "show", "mail.edi")
    assert "bytes outside any interchange" in run(home, "x12", "check", "mail.edi", expect=1)
    (home / "bare.edi").write_text(text[text.index("ST*") : text.index("GE*")])
    assert "no envelope" in run(home, "x12", "check", "bare.edi")
    assert "no difference" in run(home, "x12", "diff", "bare.edi", "bare.edi")
    assert "no interchange" in run(home, "x12", "check", "README.md", expect=1)


def test_a_companion_guide_is_printed_and_a_wrong_rule_stops_the_start(home: Path) -> None:
    assert "# 850 for ACME STORES" in run(home, "guide", "850", "--partner", "acme")
    assert "<table>" in run(home, "guide", "855", "--html")
    assert "there is no guide for 123" in run(home, "guide", "123", expect=1)
    assert "# 999 implementation" in run(home, "guide", "999")
    told = run(home, "guide", "999", "--version", "004010", expect=1)
    assert "there is one in 005010" in told
    assert "there is no partner nobody" in run(
        home, "guide", "850", "--partner", "nobody", expect=1
    )
    mapping = home / "mappings/acme.yaml"
    rules = '  gs_id: ACME\n  guides: {"850": [{at: "ref", presence: required}]}\n'
    mapping.write_text(mapping.read_text().replace("  gs_id: ACME\n", rules))
    told = run(home, "check", "--config", expect=78)
    assert "acme.yaml: x12.guides.850: ref" in told
    mapping.write_text(mapping.read_text().replace(rules, "  gs_id: ACME\n"))
