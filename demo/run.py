"""The main job on a morning of orders: what an administrator would type, and what comes back.

Starts from an empty order book under a fixed clock, so it ends the same each time. It uses the
commands a person has; warehouses are played by `oms_edi.testing`, the supplier by
`oms_edi.testing_supplier`.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from oms_edi.domain.documents import ShippingOrder
from oms_edi.testing import Scenario, answer_940, answer_997, last_words
from oms_edi.testing_command import run_command
from oms_edi.testing_supplier import answer_850, ship_850

HERE = Path(__file__).parent
ROOT = HERE.parent
WAREHOUSES = ("wh-dallas", "wh-reno", "keyline3pl")

SETUP = "2026-03-02T11:00:00Z"
MORNING = "2026-03-02T15:00:00Z"
MIDDAY = "2026-03-02T17:30:00Z"
AFTERNOON = "2026-03-02T21:30:00Z"
NEXT_DAY = "2026-03-03T16:00:00Z"
EVENING = "2026-03-04T00:00:00Z"
#: Where the desk of `config.yaml` hears of what is open.
DESK = ("127.0.0.1", 8027)
_LOOKS, _LOOK_S = 100, 0.2
#: It has the name of the first 997 of the last morning for Reno.
STRAY = ROOT / "outbox/wh-reno/997_000000004.edi"

MORNING_FILES = {
    "northgate/0610_orders.edi": "850s: one clean, one short of stock, one for three stores (SDQ)",
    "northgate/0655_orders.edi": "850s: one for more than there is, one with a wrong price",
    "northgate/0730_orders.edi": "850: the first order once more, in a new envelope",
    "northgate/0745_orders.edi": "damaged: two interchanges run into one",
    "pinecrest/PO_20260302_01.edi": "850s, 005010: clean, an unknown item, more than there is",
    "lakeside/orders-2026-03-02.csv": "CSV, four orders: one with a bad row, one with old prices",
    "sales/phone-0302.csv": "CSV form of the sales desk, orders by phone",
    "sales/phone-0302-b.csv": "the same, one more caller",
    "sales/rep-form-0302.xlsx": "the order form of a sales rep, filled in",
    "summit/web-orders.jsonl": "JSON lines of a portal: clean, bad quantity, over its credit",
}


def main() -> None:
    """Play the day."""
    empty()
    morning()
    people_act()
    telephone()
    afternoon()
    report()


def morning() -> None:
    """Partners drop their orders; what needs a person is put in front of one."""
    say("Master data: 40 items, prices, and stock that does not suffice for everything")
    for what in ("items", "prices", "stock"):
        oms(f"import-{what}", f"demo/master/{what}.csv", "--now", SETUP, show=-1)
    say("What a supplier sells that ships to our customers itself, so many of each assumed")
    oms("import-supplier-items", "demo/master/supplier-items.csv", "--now", SETUP)
    say("Partners drop a morning of files into their inbox folders")
    for name, told in MORNING_FILES.items():
        shutil.copyfile(HERE / "morning" / name, ROOT / "inbox" / name)
        print(f"  {name:<33} {told}")
    print()
    oms("run", "--once", "--now", MORNING)
    oms("orders", "--status", "held")
    say("The mug order came twice: the second one is held. What needs a person?")
    oms("exceptions", "--brief", "--now", MORNING)
    oms("exceptions", "--kind", "duplicate", "--now", MORNING)


def people_act() -> None:
    """People act, a customer changes its mind, master data is corrected."""
    say("A person acts: the second order is no order, the price was agreed")
    maria = ("--by", "maria", "--now", MORNING)
    oms("cancel", "SO100009", *maria, "--reason", "sent twice, asked the buyer")
    oms("release", "4700118231", *maria, "--reason", "promotion price, agreed by phone")
    say("Northgate thinks again (860): fewer pans of those that wait, and one order not at all")
    shutil.copyfile(HERE / "later/northgate-changes.edi", ROOT / "inbox/northgate/1100_changes.edi")
    oms("run", "--once", "--now", MIDDAY)
    oms("changes")
    say("The cross-reference that was missing is imported; the line that waited goes on")
    oms("import-items", "demo/later/cross-reference.csv", "--by", "maria", "--now", AFTERNOON)
    say("Purchasing says what is to come; who waits for it is told when it ships")
    oms("import-inbound", "demo/later/expected.csv", "--by", "paul", "--now", AFTERNOON)
    say("A new customer gets more credit; what waited for it goes on")
    oms("customers", "import", "demo/later/customers.csv", "--by", "maria", "--now", AFTERNOON)


def telephone() -> None:
    """Customers without a computer."""
    say("Somebody calls: the order is entered by phone, after a look at what would become of it")
    call: tuple[str, ...] = ("--customer", "lakeside", "--name", "Lakeside Inn Duluth")
    call += ("--city", "Duluth", "--state", "MN", "--postal-code", "55802")
    call += ("--line", "HP-1002=2CA", "--po", "T-5101")
    oms("orders", "new", *call, "--by", "maria", "--now", AFTERNOON, "--dry-run")
    oms("orders", "new", *call, "--by", "maria", "--now", AFTERNOON)
    say("Another caller wants pans by Friday: Reno's would be late, the supplier's are not")
    call = ("--customer", "lakeside", "--name", "Lakeside Lodge", "--city", "Kansas City")
    call += ("--state", "MO", "--postal-code", "64106", "--line", "HP-1012=6")
    call += ("--deliver-by", "2026-03-06", "--po", "T-5102")
    oms("orders", "new", *call, "--by", "maria", "--now", AFTERNOON)


def afternoon() -> None:
    """Stock arrives, the other side answers and ships, somebody is in the way."""
    say("Stock arrives in Dallas, counted by the warehouse (CSV); waiting orders get it")
    shutil.copyfile(HERE / "later/dallas-count.csv", ROOT / "inbox/wh-dallas/dallas-count.csv")
    oms("run", "--once", "--now", AFTERNOON)
    say("Partners acknowledge what we sent them, all but the last 855 of Pinecrest")
    acknowledge()
    say("The warehouses ship: most in full, some short, some in two loads; their 945s come in")
    play_warehouses()
    say("The supplier confirms its 850 (855) for more than agreed, and ships to our customer (856)")
    play_supplier()
    say("Keyline received goods, some damaged, some short (944), and counted (846): 12 too few;")
    for name in ("keyline-944.edi", "keyline-846.edi"):
        shutil.copyfile(HERE / "later" / name, ROOT / "inbox/keyline3pl" / name)
    say("Northgate asks (869) how two orders stand, one of which we do not have")
    shutil.copyfile(HERE / "later/northgate-inquiry.edi", ROOT / "inbox/northgate/0940_inquiry.edi")
    say(
        "Somebody saved a file where our next one for Reno goes: it is left alone, a person is told"
    )
    STRAY.write_text("a file of somebody else\n")
    oms("run", "--once", "--now", NEXT_DAY)


def report() -> None:
    """Print what a person wants to see at the end."""
    oms("orders")
    say("Where is it, and why does it ship from there?")
    oms("trace", "LH-30551")
    oms("order", "4700118230", "--now", NEXT_DAY, head=24)
    oms("trace", "4700118230", "01", head=11)
    oms("trace", "T-5002", "1", head=11)
    say("What the supplier shipped: bought, confirmed, and the customer told, all by our numbers")
    oms("order", "T-5102", "--now", NEXT_DAY, show=-8)
    oms("trace", "T-5102", "1", head=7)
    say("The same order as its customer may know it, and as the warehouses read it")
    oms("order", "4700118230", "--words", "customer", head=9)
    oms("order", "4700118230", "--words", "warehouse", head=7)
    say("What Summit was told of its orders after 18:00, as a table; Northgate's answer is an 870")
    for path in sorted((ROOT / "outbox/summit/status").glob("*.csv")):
        print(path.read_text())
    for path in sorted((ROOT / "outbox/northgate").glob("870_*.edi")):
        oms("x12", "show", "--brief", str(path.relative_to(ROOT)), head=9, tail=6)
    say("What became of the goods that came, and of the count that nobody can explain?")
    oms("stock", "HP-1020", "--ledger")
    oms("stock", "HP-1021", "--now", NEXT_DAY)
    oms("stock", "HP-1011", "--at", "2026-03-14T12:00:00Z", "--now", NEXT_DAY)
    say("What became of the changes? The warehouse stopped the order it was asked to")
    oms("changes", show=-4)
    say("How was scarce stock shared?")
    oms("shares", "HP-1011", head=4)
    oms("shares", "HP-1011", "--customers", "--now", NEXT_DAY)
    say("Somebody sees to the count, and one thing can wait. What else is open?")
    who: tuple[str, ...] = ("--by", "maria", "--reason", "agreed", "--now", NEXT_DAY)
    oms("assign", "16", "paul", *who)
    oms("snooze", "17", "--until", "2026-03-09T14:00:00Z", *who)
    oms("exceptions", "--brief", "--now", NEXT_DAY)
    say("In the evening the stray file is gone, Reno gets ours. A clock rings: no 997 for an 855;")
    say("the desk is told of what is open")
    STRAY.unlink()
    with desk() as heard:
        oms("run", "--once", "--now", EVENING)
    for message in heard:
        print(f"  to the desk: {message['subject']}")
        first = message["text"].splitlines()[:3]
        print("".join(f"    {line}\n" for line in first) + "    ...\n")
    oms("notifications", "--limit", "2")
    oms("exceptions", "--kind", "ack_overdue", "--now", EVENING)
    say("What did all of it cost, and how much ended by itself?")
    oms("exceptions", "report", "--now", EVENING, head=8)
    oms("files", "--state", "partly")
    oms("acks", "--limit", "3")
    say("What lies in the partners' folders")
    for folder in sorted((ROOT / "outbox").iterdir()):
        names = sorted(str(path.relative_to(folder)) for path in folder.rglob("[!.]*.*"))
        print(f"  {folder.name + ':':<12} {' '.join(names) or '-'}")
    print()
    say("Every balance recomputed from ledger and archive")
    oms("verify")
    say("The same order book, made again from the archive and the journal")
    oms("replay")
    say("The same day under the same settings; then with one place a leg and dearer Dallas, Reno")
    oms("simulate", "--config", "config.yaml", show=-1)
    what_if = ("--config", "demo/what-if/config.yaml", "--mappings", "mappings", "--limit", "2")
    oms("simulate", *what_if, head=18)


def empty() -> None:
    """Begin with an empty order book; remove only what the demo itself makes."""
    shutil.rmtree(ROOT / "var", ignore_errors=True)
    for box in ("inbox", "outbox"):
        for path in (ROOT / box).rglob("*"):
            if path.name != ".gitkeep" and path.is_file():
                path.unlink()


def scenario(order: ShippingOrder) -> Scenario:
    """Ship a few orders otherwise than asked."""
    if order.po_number == "LH-30551":
        return "short"
    return "split" if order.po_number in ("4700118211", "4700118212") else "full"


def acknowledge() -> None:
    """Have every partner answer what lies in its folder with 997s."""
    now = datetime.fromisoformat(AFTERNOON).astimezone(UTC)
    answered = 0
    for folder in sorted((ROOT / "outbox").iterdir()):
        sent = [
            path
            for path in sorted(folder.glob("*.edi"))
            if path.name[:3] in ("850", "855", "865", "940")
        ]
        for number, path in enumerate(sent, start=501):
            if path.parent.name == "pinecrest" and path is sent[-1]:
                continue
            answer = answer_997(path.read_bytes(), control_number=number, now=now)
            target = ROOT / "inbox" / folder.name / f"997_{number}.edi"
            target.write_bytes(answer)
            answered += 1
    print(f"  {answered} files answered with 997s\n")


def play_warehouses() -> None:
    """Answer every 940 in the warehouses' folders with 945s."""
    now = datetime.fromisoformat(NEXT_DAY).astimezone(UTC)
    for warehouse in WAREHOUSES:
        sent = [
            path.read_bytes() for path in sorted((ROOT / "outbox" / warehouse).glob("940_*.edi"))
        ]
        for number, (content, silent) in enumerate(
            zip(sent, last_words(sent), strict=True), start=1
        ):
            answer = answer_940(
                content, control_number=number, now=now, scenario=scenario, silent=silent
            )
            if answer:
                target = ROOT / "inbox" / warehouse / f"945_{number:04d}.edi"
                target.write_bytes(answer)
        print(f"  {warehouse}: {len(sent)} files of 940s, answered")
    print()


def play_supplier() -> None:
    """Answer every 850 in the supplier's folder with an 855 and an 856."""
    now = datetime.fromisoformat(NEXT_DAY).astimezone(UTC)
    for number, path in enumerate(sorted((ROOT / "outbox/ironbound").glob("850_*.edi")), start=1):
        for set_id, play in (("855", answer_850), ("856", ship_850)):
            control = int(f"{number}{set_id[-1]}")
            target = ROOT / "inbox/ironbound" / f"{set_id}_{number:04d}.edi"
            content = play(path.read_bytes(), control_number=control, now=now)
            target.write_bytes(content.replace(b"*14.2*", b"*14.9*"))
            print(f"  ironbound/{target.name}")
    print()


def _server(handler: type[BaseHTTPRequestHandler]) -> HTTPServer:
    """Return a server at the desk's address; another demo may be there for a moment."""
    for attempt in range(_LOOKS):
        try:
            return HTTPServer(DESK, handler)
        except OSError as error:
            if attempt == _LOOKS - 1:
                sys.exit(f"the demo listens on {DESK[0]}:{DESK[1]}, as config.yaml says: {error}")
            time.sleep(_LOOK_S)
    raise AssertionError


@contextmanager
def desk() -> Iterator[list[Any]]:
    """Listen where the desk does; yield what it hears."""
    heard: list[Any] = []

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: what was heard is printed."""

    with _server(Desk) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


def oms(*arguments: str, show: int | None = None, head: int | None = None, tail: int = 0) -> None:
    """Run one command as a person would, and print what it prints, or its first and last lines."""
    print(f"$ oms-edi {' '.join(part if ' ' not in part else repr(part) for part in arguments)}")
    done = run_command(arguments, folder=ROOT)
    lines = done.stdout.strip("\n").splitlines()
    if show:
        lines = lines[show:]
    elif head and len(lines) > head + tail:
        left = len(lines) - head - tail
        lines[head : len(lines) - tail] = [f"  ... {left} lines more"]
    print("\n".join(lines) + "\n")
    if done.code:
        sys.exit(f"{done.stderr}oms-edi {arguments[0]} ended with {done.code}")


def say(text: str) -> None:
    """Print a heading."""
    print(f"== {text}")


if __name__ == "__main__":
    main()
