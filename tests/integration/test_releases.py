"""Partners of other releases and character sets: read by the nearest guide, answered in theirs."""

import json

import pytest

from oms_edi.errors import ConfigurationError
from tests.support.edi import interchange, named, x850
from tests.support.site import MAPPINGS, Site


def buyer(site: Site, version: str, more: str = "") -> None:
    text = MAPPINGS["buyer"].replace('version: "004010"', f'version: "{version}"{more}')
    site.configure("buyer", text)


@pytest.mark.parametrize(
    ("version", "read_as", "isa12", "gs04", "day"),
    [
        ("003040", "004010", "00304", "260302", "260302"),
        ("003060", "004010", "00306", "260302", "260302"),
        ("004030", "004010", "00403", "20260302", "20260302"),
        ("005050", "005010", "00505", "20260302", "20260302"),
        ("006010", "005010", "00601", "20260302", "20260302"),
        ("008010", "005010", "00801", "20260302", "20260302"),
    ],
)
def test_an_order_of_another_release_is_read_said_so_and_answered_in_it(
    site: Site, version: str, read_as: str, isa12: str, gs04: str, day: str
) -> None:
    buyer(site, version)
    beg = f"BEG*00*SA*{{po}}**{day}"
    site.send("buyer", interchange(x850("PO1", beg=beg), version=version))
    assert site.lines() == [("1", "released")]
    (order,) = site.orders()
    assert site.order()["ordered_on"] == "2026-03-02"
    told = site.query("SELECT text FROM events WHERE name = 'order.received'")[0][0]
    assert told.endswith(f"{version} read as {read_as}")
    assert order["status"] == "released"
    (issues,) = site.query("SELECT issues FROM documents WHERE direction = 'in'")
    assert f"{version} read as {read_as}" in issues[0]
    for name in ("855", "997"):
        answer = site.sent("buyer", name)
        assert named(answer, "ISA")[0][12] == isa12
        (gs,) = named(answer, "GS")
        assert (gs[4], gs[8]) == (gs04, version)
    (bak,) = named(site.sent("buyer", "855"), "BAK")
    assert (bak[4], bak[9] if len(bak) > 9 else day) == (day, day)
    (ack,) = named(site.sent("buyer", "855"), "ACK")
    assert ack[5] == day
    assert named(site.sent("buyer", "997"), "AK5") == [["AK5", "A"]]


def test_a_release_we_have_is_not_worth_a_word(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), version="004010VICS"))
    told = site.query("SELECT text FROM events WHERE name = 'order.received'")[0][0]
    assert "read as" not in told


def test_an_industry_suffix_is_kept_in_what_we_send(site: Site) -> None:
    buyer(site, "004010VICS")
    site.send("buyer", interchange(x850("PO1"), version="004010VICS"))
    assert named(site.sent("buyer", "855"), "GS")[0][8] == "004010VICS"
    assert named(site.sent("buyer", "997"), "GS")[0][8] == "004010"


def test_a_ship_notice_goes_out_in_the_release_of_the_partner(site: Site) -> None:
    buyer(site, "003060")
    site.send("buyer", interchange(x850("PO1"), version="003060"))
    site.ship("wh")
    notice = site.sent("buyer", "856")
    assert named(notice, "BSN")[0][3] == "260302"
    assert {dtm[2] for dtm in named(notice, "DTM")} <= {"260302", "260303", "260304", "260305"}


def test_a_partner_with_the_basic_set_gets_capitals_only(site: Site) -> None:
    buyer(site, "004010", ", charset: basic")
    place = "N1*ST*Café No. 9_b~N3*1 Main St #4~N4*Tulsa*OK*74133"
    content = interchange(x850("PO1", ship_to=place))
    site.send("buyer", content)
    answer = site.sent("buyer", "855")
    assert answer.upper() == answer
    assert named(answer, "N1")[0][2].startswith("CAF")
    assert named(answer, "N1")[0][2].endswith("NO. 9-B")


def test_an_id_the_basic_set_lacks_is_refused_before_it_is_numbered(site: Site) -> None:
    buyer(site, "004010", ", charset: basic")
    site.send("buyer", interchange(x850("Po-1a")))
    assert not site.outgoing("buyer", "855")
    (exception,) = site.exceptions()
    assert "BAK03 holds 'o', which the basic character set lacks" in exception["text"]
    assert site.query("SELECT value FROM counters WHERE name = 'gs:buyer'") == [(1,)]  # the 997


@pytest.mark.parametrize(
    ("element", "component", "segment"),
    [("|", "<", "\n"), ("*", ":", "'"), ("\x1d", "\x1f", "\x1c")],
)
def test_a_partner_is_answered_in_its_delimiters_whatever_the_text_holds(
    site: Site, element: str, component: str, segment: str
) -> None:
    signs = json.dumps({"element": element, "component": component, "segment": segment})
    buyer(site, "004010", f", delimiters: {signs}")
    place = "N1*ST*JOE'S <DINER>: 1|2~N3*1 MAIN ST~N4*TULSA*OK*74133"
    site.send("buyer", interchange(x850("PO1", ship_to=place)))
    assert site.exceptions() == []
    answer = site.sent("buyer", "855")
    (name,) = named(answer, "N1", element + segment)
    assert name[1] == "ST"
    assert name[2].startswith("JOE")
    assert not set(name[2]) & {element, component, segment}


@pytest.mark.parametrize("sign", ["x", " ", ".", "-", "é", "\\n", "\\t"])
def test_a_sign_no_value_can_do_without_is_no_delimiter(site: Site, sign: str) -> None:
    buyer(site, "004010", f', delimiters: {{element: "{sign}"}}')
    with pytest.raises(ConfigurationError, match=r"delimiter must not be|only end a segment"):
        site.run()
