"""Files others wrote: each becomes orders or named issues. The table was read file by file."""

from pathlib import Path

import pytest

from oms_edi.domain.issue import Severity
from oms_edi.errors import UnreadableFile
from oms_edi.x12.acknowledge import verdict
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.plain import PlainInterchange, gather
from oms_edi.x12.scan import scan
from oms_edi.x12.validate import validate
from tests.support.samples import FOLDER, MISSING, samples, set_ids, take
from tests.support.site import Site

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

#: File: (PO numbers that became orders, verdicts on its sets, words that its reason must hold).
VERDICTS: dict[str, tuple[list[str], str, list[str]]] = {
    "apress-biztalk.edi": (["BTB281155"], "A", []),
    # PO106 holds a GTIN, PO107 nothing: the pair is shifted, the order is taken, its line held.
    "ballerina-sender.edi": (["PO-2026-001"], "E", []),
    "ediengine-composite-sln.edi": (["08292233294"], "A", []),
    "ediengine-ok.edi": (["08292233294"], "A", []),
    # BEG01 05 replaces orders we never had: they are new ones.
    "edinet-850-issue135.edi": (["740150", "740151"], "EE", []),
    "edinet-850.edi": (["1000012"], "A", []),
    "edinet-850a.edi": (["4600000406"], "E", []),
    # Segments AA and BB only: no BEG, no PO1, no order.
    "edinet-issue172.edi": ([], "R", ["SE01 must be 10"]),
    "node-x12-3.edi": (["----------"], "A", []),
    "node-x12-vics-lf.edi": (["08292233294"], "A", []),
    "node-x12-vics.edi": (["08292233294"], "A", []),
    "sap-amazonvc-4010.edi": (["68DHHA7B"], "A", []),
    "sap-amazonvc-7010.edi": (["68DHHA7B"], "A", []),
    # Two 810 in the first group: a customer sends us none.
    "staedi-810-850-dual.edi": (["S115921858"], "RRA", ["we do not take 810"]),
    "stedi-bootstrap.edi": (["365465413"], "A", []),
    "stupidedi-3010-jit.edi": (["PR12345678"], "E", []),
    "stupidedi-3050.edi": (["NP00001234"], "A", []),
    "stupidedi-aero-taxexempt.edi": (["XX-1234"], "A", []),
    "vgi-x12.edi": (["PO9988"], "A", []),
    # No PO1 in either 850, and an 864 nobody wants.
    "vscode-edi-3-interchanges.edi": ([], "RRR", ["PO1 is missing", "PO1 is mandatory"]),
    "vscode-edi-lf-only.edi": ([], "R", ["PO1 is missing"]),
    "vscode-edi-loop.edi": (["0019-1234567-1234"], "E", []),
    "x12types-4010.edi": (["A99999-01"], "A", []),
    # ISA16 is missing and ~ is the terminator all the same; SE01 is wrong.
    "x12types-5010-a.edi": (["03095725OP000"], "E", []),
}


def test_every_850_among_the_samples_is_in_the_table() -> None:
    found = {path.name for path in samples() if "850" in set_ids(path)}
    assert found | {path.name for path in samples("850/*.edi")} == set(VERDICTS)


@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_an_850_of_somebody_becomes_orders_or_named_issues(site: Site, name: str) -> None:
    orders, verdicts, reasons = VERDICTS[name]
    take(site, FOLDER / "850" / name)
    assert [order["po_number"] for order in site.orders()] == orders
    rows = site.query("SELECT verdict FROM documents WHERE direction = 'in' ORDER BY document_id")
    assert "".join(verdict for (verdict,) in rows) == verdicts
    (file,) = site.files()
    assert "internal fault" not in file["reason"]
    for reason in reasons:
        assert reason in file["reason"] or any(reason in i["message"] for i in file["issues"])
    if not orders:
        assert site.exceptions()


@pytest.mark.parametrize("path", samples(), ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.parametrize(("partner", "role"), [("buyer", "customer"), ("wh", "warehouse")])
def test_no_sample_is_lost_or_ends_in_a_fault_of_ours(
    site: Site, path: object, partner: str, role: str
) -> None:
    take(site, FOLDER / str(path), partner=partner, role=role)
    (file,) = site.files()
    assert file["state"] in ("accepted", "partly", "rejected", "quarantined")
    assert "internal fault" not in file["reason"]
    assert all("internal fault" not in issue["message"] for issue in file["issues"])
    if file["state"] != "accepted":
        assert file["reason"]
        assert site.exceptions()


TABLE = [
    [part.strip() for part in (line + " | ").split("|")]
    for line in (Path(__file__).parent / "sample_verdicts.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def test_every_sample_of_every_set_has_a_verdict_and_a_reason_where_it_is_not_accepted() -> None:
    assert {row[0] for row in TABLE} == {f"{path.parent.name}/{path.name}" for path in samples()}
    assert [row[0] for row in TABLE if set(row[1]) != {"A"} and not row[2]] == []


@pytest.mark.parametrize(("name", "said"), [(row[0], row[1]) for row in TABLE])
def test_the_engine_says_of_a_sample_what_the_table_says(name: str, said: str) -> None:
    with open(FOLDER / name, "rb") as stream:
        try:
            found = gather(scan(stream, limits=ScanLimits()))
        except UnreadableFile:
            assert said == "none"
            return
    assert " ".join(told(interchange) for interchange in found).replace(" ", "") == said.replace(
        " ", ""
    )


def told(interchange: PlainInterchange) -> str:
    """One letter a set, then the codes of envelope faults."""
    text = ""
    for group in interchange.groups:
        for one in group.sets:
            guide = guide_for(one.set_id, group.header.version)
            text += verdict([*one.issues, *validate(one, guide)], strict=False) if guide else "-"
    codes = sorted({i.code for i in interchange.issues if i.severity is not Severity.NOTE})
    return text + (f" ENV {','.join(codes)}" if codes else "")
