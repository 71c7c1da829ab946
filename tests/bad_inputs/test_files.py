"""Bad files: each gets its clear error, and the good order beside it goes through.

All files of a table, and a good order beside each, lie in the inboxes of one site and are taken in
one run; a test judges one of them by itself.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oms_edi.domain.issue import Issue
from tests.bad_inputs.case import CANARIES, Case
from tests.bad_inputs.tables import CSV, JSON, XLSX
from tests.bad_inputs.x12_files import X12
from tests.support.edi import interchange, x850
from tests.support.site import STOCK, Site

TABLES = {"x12": X12, "csv": CSV, "json": JSON, "xlsx": XLSX}
CASES = [
    pytest.param(table, number, id=f"{table}: {case.what}")
    for table, cases in TABLES.items()
    for number, case in enumerate(cases, start=1)
]
OUTLET = """\
name: THE OUTLET
channel: csv
csv:
  columns: {po_number: PO, item: Item, quantity: Qty, ship_to_name: Name, ship_to_street: Street,
            ship_to_postal_code: Zip, description: Words, note: Note}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of all files of a table."""

    site: Site
    #: What was dropped, by name.
    dropped: dict[str, bytes]
    files: dict[str, dict[str, Any]]
    orders: set[str]
    log: str


def good(number: int) -> bytes:
    """The order that lies beside a bad file."""
    order = x850(f"GOOD-{number}", "1*1*EA*4.00**VN*A1")
    return interchange(order, control=8000 + number)


def lie(site: Site, partner: str, name: str, content: bytes) -> None:
    """Lay a file into an inbox that has stood still for years."""
    site.drop(partner, content, name)
    os.utime(site.root / "inbox" / partner / name, (1, 1))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Judged]]:
    """Every table, run once."""
    found = {table: run(tmp_path_factory.mktemp(table), cases) for table, cases in TABLES.items()}
    yield found
    for one in found.values():
        assert one.site.divergences() == []
        again = one.site.replayed()
        assert (again.astray, again.difference) == ("", None)


def run(root: Path, cases: tuple[Case, ...]) -> Judged:
    """Drop a table of bad files, a good order beside each, and run."""
    site = Site(root / "site")
    site.configure("outlet", OUTLET)
    site.load("stock", STOCK.replace("DAL,A1,100", "DAL,A1,10000"))
    dropped = {f"{n:03}.bad": case.content(n) for n, case in enumerate(cases, start=1)}
    for number, case in enumerate(cases, start=1):
        lie(site, case.partner, f"{number:03}.bad", dropped[f"{number:03}.bad"])
        lie(site, "buyer", f"{number:03}.good", good(number))
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    root_log, level = logging.getLogger(), logging.getLogger().level
    root_log.addHandler(handler)
    root_log.setLevel(logging.DEBUG)
    try:
        site.run()
    finally:
        root_log.removeHandler(handler)
        root_log.setLevel(level)
    return Judged(
        site=site,
        dropped=dropped,
        files={file["name"]: file for file in site.files()},
        orders={order["po_number"] for order in site.orders()},
        log="\n".join(lines),
    )


def told(file: dict[str, Any]) -> str:
    """All a person is told of a file."""
    return "\n".join([file["reason"] or "", *(str(Issue(**issue)) for issue in file["issues"])])


@pytest.mark.parametrize(("table", "number"), CASES)
def test_a_bad_file_gets_its_clear_error_and_the_good_one_beside_it_goes_through(
    judged: dict[str, Judged], table: str, number: int
) -> None:
    case, all_of_it = TABLES[table][number - 1], judged[table]
    file, beside = all_of_it.files[f"{number:03}.bad"], all_of_it.files[f"{number:03}.good"]
    text = told(file)
    assert (file["state"], [word for word in case.says if word not in text]) == (case.state, [])
    assert case.state == "accepted" or file["reason"]
    assert not [word for word in CANARIES if word in text]
    assert all(line.isprintable() for line in text.split("\n"))
    assert beside["state"] == "accepted"
    assert f"GOOD-{number}" in all_of_it.orders


@pytest.mark.parametrize("table", TABLES)
def test_nothing_else_becomes_of_a_table_of_bad_files(
    judged: dict[str, Judged], table: str
) -> None:
    one, cases = judged[table], TABLES[table]
    taken = {po.format(n) for n, case in enumerate(cases, start=1) for po in case.taken}
    assert one.orders == taken | {f"GOOD-{n}" for n in range(1, len(cases) + 1)}
    assert len(one.files) == 2 * len(cases)
    assert not [path for path in (one.site.root / "inbox").rglob("*") if path.is_file()]
    answered = {
        element
        for path in one.site.outgoing("buyer", "855")
        for element in path.read_text().split("*")
        if element.startswith("GOOD-")
    }
    assert len(answered) == len(cases)


@pytest.mark.parametrize("table", TABLES)
def test_a_quarantined_file_lies_whole_beside_its_reason(
    judged: dict[str, Judged], table: str
) -> None:
    one = judged[table]
    reports = list((one.site.root / "var/quarantine").rglob("report.json"))
    assert len(reports) == sum(case.state == "quarantined" for case in TABLES[table])
    for path in reports:
        report = json.loads(path.read_text())
        assert (path.parent / "content").read_bytes() == one.dropped[report["name"]]
        assert report["reason"] in (path.parent / "reason.txt").read_text()


@pytest.mark.parametrize("table", TABLES)
def test_what_was_said_of_bad_files_holds_no_personal_data_and_steers_no_terminal(
    judged: dict[str, Judged], table: str
) -> None:
    one = judged[table]
    events = "\n".join(text for (text,) in one.site.query("SELECT text FROM events"))
    asked = "\n".join(f"{row['subject']}: {row['text']}" for row in one.site.exceptions())
    reports = "\n".join(
        path.read_text()
        for path in (one.site.root / "var/quarantine").rglob("*")
        if path.name in ("reason.txt", "report.json")
    )
    told = {"log": one.log, "timeline": events, "exceptions": asked, "reports": reports}
    for where, text in told.items():
        assert text, where
        assert not [word for word in CANARIES if word in text], where
        assert all(line.isprintable() for line in text.split("\n")), where
    assert "Traceback" not in one.log


def test_what_leaves_after_bad_files_is_plain_x12(judged: dict[str, Judged]) -> None:
    for one in judged.values():
        for name, content in one.site.delivered().items():
            assert content.isascii(), name
            assert content.decode().isprintable(), name
