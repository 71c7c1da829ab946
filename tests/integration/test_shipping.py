"""From the warehouse's 945 to the customer's 856: facts win over plans, quantities reconcile."""

from datetime import timedelta
from decimal import Decimal

import pytest

from oms_edi.domain.item import check_digit
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.shipping.warehouse_said import warehouse_said
from oms_edi.testing import answer_997
from tests.support.edi import counted, interchange, named, segments, x850
from tests.support.site import Site, name


def advice(*body: str, control: int = 1, shipment: str = "SO100001-1") -> bytes:
    """A 945 of the Dallas warehouse; lines are W12 segments with an LX each."""
    rows = [f"W06*F*{shipment}*20260303*W-77", "W27*M*BLBF*BLUEBIRD"]
    for count, line in enumerate(body, start=1):
        rows += [f"LX*{count}", *line.split("~")]
    return interchange(
        counted("945", "0001", rows),
        control=control,
        sender="WHDAL",
        functional_id="SW",
    )


def shipped_units(site: Site, number: int = 1) -> list[int]:
    return [line["shipped"] for line in site.order(number)["lines"]]


def test_a_full_945_ships_the_order_and_tells_the_customer(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**IN*B-A1")))
    site.ship("wh")
    assert site.lines() == [("1", "shipped")]
    assert site.stock("A1", "DAL") == (70, 0)
    notice = site.sent("buyer", "856")
    assert [hl[3] for hl in named(notice, "HL")] == ["S", "O", "P", "I"]
    assert named(notice, "PRF")[0][1] == "PO1"
    assert named(notice, "LIN")[0][2:4] == ["IN", "B-A1"]
    assert named(notice, "SN1")[0][2:4] == ["30", "EA"]
    (label,) = named(notice, "MAN")
    assert label[1] == "GM"
    assert len(label[2]) == 20
    assert site.exceptions() == []
    assert [d["set_id"] for d in site.order()["documents"]] == ["850", "855", "940", "945", "856"]


def test_what_a_warehouse_gave_up_is_on_the_timeline_though_nothing_left(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice(f"W12*CU*30*0*30*EA**VN*A1{'*' * 11}17"))
    assert site.lines() == [("1", "cancelled")]
    last = site.order()["timeline"][-1]
    assert (last["name"], last["text"]) == (
        "shipment.short",
        "DAL did not ship 30 A1 of SO100001-1 (reason 17)",
    )


def test_cases_under_more_labels_than_there_are_add_up_to_what_left(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*2*CA*48.00**VN*A1")))
    plain = [f"00789012{number:09}" for number in (1, 2, 3)]
    packs = [f"00{digits}{check_digit(digits)}" for digits in plain]
    labels = "~".join(f"MAN*GM*{pack}" for pack in packs)
    site.send("wh", advice(f"{labels}~W12*CC*24*24*0*EA**VN*A1"))
    notice = site.sent("buyer", "856")
    assert [man[2] for man in named(notice, "MAN")] == packs
    assert sum(Decimal(sn1[2]) for sn1 in named(notice, "SN1")) == 2


def test_units_a_warehouse_did_not_ship_go_to_another_node_and_never_back(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.ship("wh", "short")
    assert shipped_units(site) == [20]
    assert site.outgoing("wh2", "940")
    assert len(site.outgoing("wh", "940")) == 1
    assert site.exception_kinds() == ["short_shipped"]
    assert len(site.outgoing("buyer", "855")) == 1  # nothing the buyer was told has changed
    site.ship("wh2")
    assert site.lines() == [("1", "shipped")]
    total = sum(
        int(item[2])
        for path in site.outgoing("buyer", "856")
        for item in named(path.read_bytes(), "SN1")
    )
    assert total == 30


def test_two_loads_of_one_order_give_two_ship_notices(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.ship("wh", "split")
    assert site.lines() == [("1", "shipped")]
    notices = [n for path in site.outgoing("buyer", "856") for n in named(path.read_bytes(), "BSN")]
    assert len({notice[2] for notice in notices}) == 2
    labels = [
        label[2]
        for path in site.outgoing("buyer", "856")
        for label in named(path.read_bytes(), "MAN")
    ]
    assert len(labels) == len(set(labels))


def test_a_warehouse_without_labels_gets_ours_a_case_each_and_one_for_the_rest(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1"))
    notice = site.sent("buyer", "856")
    labels = [label[2] for label in named(notice, "MAN")]
    assert len(labels) == 3
    assert all(label.startswith("0000789012") for label in labels)
    assert [item[2] for item in named(notice, "SN1")] == ["12", "12", "6"]


def test_a_discontinued_item_is_cancelled_not_routed_again(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CP*30*10*20*EA**VN*A1" + "*" * 11 + "17"))
    assert site.lines() == [("1", "shipped")]
    assert site.order()["lines"][0]["cancelled"] == 20
    assert not site.outgoing("wh2", "940")


def test_more_may_follow_while_the_warehouse_says_partial(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*BP*30*10*20*EA**VN*A1", control=1))
    assert site.lines() == [("1", "partly shipped")]
    assert site.order()["shipments"][0]["state"] == "released"
    site.send("wh", advice("W12*CC*30*20*0*EA**VN*A1", control=2))
    assert site.lines() == [("1", "shipped")]
    assert site.order()["shipments"][0]["state"] == "closed"


def test_units_shipped_beyond_the_order_are_for_a_person_and_never_on_the_856(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*30*36*0*EA**VN*A1"))
    assert site.exception_kinds() == ["over_shipped"]
    assert site.stock("A1", "DAL") == (64, 0)
    assert sum(int(item[2]) for item in named(site.sent("buyer", "856"), "SN1")) == 30


def test_a_945_for_something_we_never_ordered_is_for_a_person(site: Site) -> None:
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1", shipment="SO999999-1"))
    (exception,) = site.exceptions()
    assert exception["kind"] == "unmatched_945"
    assert "SO999999-1" in exception["text"]


def test_a_945_of_a_closed_shipment_ships_nothing_twice(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1", control=1))
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1~N9*ZZ*AGAIN", control=2))
    assert site.stock("A1", "DAL") == (70, 0)
    assert site.exception_kinds() == ["unmatched_945"]


def test_a_945_that_nothing_of_a_closed_shipment_left_asks_nobody(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="a test")
    site.run()
    warehouse_said(site.step(), "SO100001-1", "agreed", actor="ann", reason="by phone")
    site.send("wh", advice("W12*CU*30*0*30*EA**VN*A1"))
    assert site.lines() == [("1", "cancelled")]
    assert site.exceptions() == []
    assert "945" in [document["set_id"] for document in site.order()["documents"]]


def test_the_same_partial_945_in_a_new_envelope_ships_nothing_twice(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*BP*30*10*20*EA**VN*A1", control=1))
    site.send("wh", advice("W12*BP*30*10*20*EA**VN*A1", control=2))
    assert shipped_units(site) == [10]
    assert site.exception_kinds() == ["repeated_945"]
    assert len(site.outgoing("buyer", "856")) == 1


def test_another_warehouse_cannot_ship_what_it_was_not_asked_to(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    body = ["W06*F*SO100001-1*20260303*W-77", "LX*1", "W12*CC*30*30*0*EA**VN*A1"]
    content = interchange(
        counted("945", "0001", body), sender="WHRNO", functional_id="SW", version="005010"
    )
    site.send("wh2", content)
    assert site.lines() == [("1", "released")]
    assert site.exception_kinds() == ["unmatched_945"]


def test_a_945_without_our_number_is_matched_by_po_if_only_one_fits(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    rows = ["W06*F**20260303*W-77**PO1", "LX*1", "W12*CC*30*30*0*EA**VN*A1"]
    content = interchange(counted("945", "0001", rows), sender="WHDAL", functional_id="SW")
    site.send("wh", content)
    assert site.lines() == [("1", "shipped")]


def test_an_item_that_was_not_in_the_order_is_for_a_person(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*6*6*0*EA**VN*B2"))
    assert site.exception_kinds() == ["unmatched_945_line"]
    assert site.lines() == [("1", "released")]


@pytest.mark.parametrize(
    ("structure", "levels"),
    [("0001", ["S", "O", "P", "I"]), ("0002", ["S", "O", "I", "P"]), ("0004", ["S", "O", "I"])],
)
def test_the_856_has_the_levels_the_partner_wants(
    site: Site, structure: str, levels: list[str]
) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    extra = f'tier: 1\n  asn_structure: "{structure}"'
    site.configure("buyer", mapping.replace("tier: 1", extra))
    site.send("buyer", interchange(x850("PO1", "1*12*EA*4.00**VN*A1")))
    site.ship("wh")
    notice = site.sent("buyer", "856")
    assert [hl[3] for hl in named(notice, "HL")] == levels
    assert named(notice, "BSN")[0][5] == structure


def test_a_group_the_partner_rejects_is_raised_at_once(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    sent = site.sent("buyer", "855")
    group = named(sent, "GS")[0][6]
    rows = [f"AK1*PR*{group}", "AK2*855*0001", "AK5*R*5", "AK9*R*1*1*0"]
    answer = interchange(counted("997", "0001", rows), functional_id="FA", control=9)
    site.send("buyer", answer)
    (exception,) = site.exceptions()
    assert exception["kind"] == "document_rejected"
    verdicts = {d["set_id"]: d["verdict"] for d in site.order()["documents"]}
    assert verdicts["855"] == "rejected"
    assert not [path for path in site.outgoing("buyer", "997") if b"AK1*FA" in path.read_bytes()]


def test_an_accepted_group_is_noted_on_its_documents(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    group = named(site.sent("buyer", "855"), "GS")[0][6]
    rows = [f"AK1*PR*{group}", "AK9*A*1*1*1"]
    answer = interchange(counted("997", "0001", rows), functional_id="FA", control=9)
    site.send("buyer", answer)
    verdicts = {d["set_id"]: d["verdict"] for d in site.order()["documents"]}
    assert verdicts["855"] == "accepted"
    assert site.exceptions() == []


def test_a_999_answers_like_a_997(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    group = named(site.sent("buyer", "855"), "GS")[0][6]
    rows = [f"AK1*PR*{group}*005010", "AK2*855*0001*005010", "IK5*E*5", "AK9*E*1*1*1"]
    answer = interchange(
        counted("999", "0001", rows), functional_id="FA", control=9, version="005010"
    )
    site.send("buyer", answer)
    verdicts = {d["set_id"]: d["verdict"] for d in site.order()["documents"]}
    assert verdicts["855"] == "accepted with errors"


def test_a_ta1_that_rejects_an_interchange_is_raised_at_once(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    control = named(site.sent("buyer", "855"), "ISA")[0][13]
    ta1 = interchange(control=9).split(b"GS*")[0] + f"TA1*{control}*260302*1500*R*006~".encode()
    site.send("buyer", ta1 + b"IEA*0*000000009~")
    (exception,) = site.exceptions()
    assert exception["kind"] == "document_rejected"
    assert f"interchange {control} (TA1 006 bad sender id)" in exception["text"]
    site.send("buyer", ta1.replace(control.encode(), b"000000777") + b"IEA*0*000000009~")
    assert "unmatched_997" in site.exception_kinds()


def test_an_acknowledgment_that_does_not_come_is_missed_and_closes_when_it_does(
    site: Site,
) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.run(later=timedelta(hours=23))
    assert site.exceptions() == []
    assert not site.run(later=timedelta(hours=2))
    subjects = sorted(exception["subject"] for exception in site.exceptions())
    assert subjects == ["buyer/855_000000002.edi", "wh/940_000000001.edi"]
    for partner, set_id in (("buyer", "855"), ("wh", "940")):
        answer = answer_997(site.sent(partner, set_id), control_number=9, now=site.now)
        site.drop(partner, answer)
    site.run()
    assert site.exceptions() == []
    assert not [path for path in site.outgoing("wh", "997")]


def test_a_partner_that_never_acknowledges_is_never_late(site: Site) -> None:
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    site.configure("buyer", mapping.replace("x12: {", "x12: {acknowledged_within_h: 0, "))
    site.send("buyer", interchange(x850("PO1")))
    site.run(later=timedelta(days=9))
    late = [one["subject"] for one in site.exceptions() if one["kind"] == "ack_overdue"]
    assert late == ["wh/940_000000001.edi"]


def test_every_outgoing_number_of_a_partner_is_used_once(site: Site) -> None:
    for number in range(1, 4):
        site.send("buyer", interchange(x850(f"PO{number}"), control=number))
    site.ship("wh")
    numbers = [named(path.read_bytes(), "ISA")[0][13] for path in site.outgoing("buyer")]
    assert len(numbers) == len(set(numbers)) == 7
    assert (site.root / "var/control/buyer.hwm").read_text().strip() == max(numbers)


def test_quantities_of_855_940_945_and_856_agree_for_every_line(site: Site) -> None:
    lines = ("1*30*EA*4.00**VN*A1", "2*44*EA*7.50**VN*B2", "3*6*EA*1.25**VN*C3")
    site.send("buyer", interchange(x850("PO1", *lines)))
    site.ship("wh")
    site.ship("wh2")
    told: dict[str, int] = {}
    line = ""
    for segment in segments(site.sent("buyer", "855")):
        if segment[0] == "PO1":
            line = segment[1]
        elif segment[0] == "ACK":
            told[line] = told.get(line, 0) + int(segment[2])
    ordered = sum(
        int(w01[1])
        for warehouse in ("wh", "wh2")
        for path in site.outgoing(warehouse, "940")
        for w01 in named(path.read_bytes(), "W01")
    )
    noticed = sum(
        int(item[2])
        for path in site.outgoing("buyer", "856")
        for item in named(path.read_bytes(), "SN1")
    )
    assert told == {"1": 30, "2": 44, "3": 6}
    assert ordered == noticed == 80


def test_an_856_that_disagrees_with_its_945_does_not_leave(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.ship("wh")
    site.is_broken = True
    connection = site.step().connection
    connection.execute("UPDATE package_lines SET quantity = quantity - 1")
    connection.execute("UPDATE dispatches SET notice_due = 1")
    site.run()
    (exception,) = site.exceptions()
    assert exception["kind"] == "document_refused"
    assert "line 1 of the 940: 30 shipped, 29 in cartons" in exception["text"]
    assert len(site.outgoing("buyer", "856")) == 1


# Failures cost only the order they belong to.


def test_a_document_that_cannot_be_written_waits_and_its_neighbors_go_on(site: Site) -> None:
    mappings = {name: (site.root / f"mappings/{name}.yaml").read_text() for name in ("buyer", "wh")}
    for partner, mapping in mappings.items():  # who knows no underscore, and no lower case
        site.configure(partner, mapping.replace("isa_id", "charset: basic, isa_id"))
    content = interchange(x850("PO_1", control="0001"), x850("PO2", control="0002"))
    site.send("buyer", content)
    assert [order["status"] for order in site.orders()] == ["allocated", "released"]
    assert set(site.exception_kinds()) == {"document_refused"}
    before = site.content_hash()
    assert not site.run()
    assert site.content_hash() == before
    for partner, mapping in mappings.items():
        site.configure(partner, mapping)
    site.run()
    assert [order["status"] for order in site.orders()] == ["released", "released"]
    assert site.exceptions() == []


def test_an_order_of_a_node_that_is_gone_waits_and_the_others_go_on(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1"), control=1))
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text.replace("id: DAL", "id: DFW"))
    site.send("buyer", interchange(x850("PO2", "1*5*EA*1.25**VN*C3"), control=2))
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1"))
    assert site.lines(2) == [("1", "released")]
    assert site.exception_kinds() == ["unmatched_945"]
    site.configure("config", text)
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1", control=3))
    site.run(later=timedelta(hours=1))
    assert site.lines(1) == [("1", "shipped")]
    assert name(1) == "SO100001"


def test_two_lines_of_one_item_ship_both(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "2*20*EA*4.00**VN*A1")))
    site.ship("wh")
    assert shipped_units(site) == [10, 20]
    assert site.exceptions() == []
    assert site.stock("A1", "DAL") == (70, 0)


def test_a_line_told_in_two_cartons_is_not_short_after_the_first(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    carton = "W12*CC*24*12*12*EA**VN*A1"
    site.send("wh", advice(carton, carton))
    assert shipped_units(site) == [24]
    assert site.exceptions() == []
    assert not site.outgoing("wh2", "940")


def test_a_945_in_cases_is_booked_in_base_units(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*2*2*0*CA**VN*A1"))
    assert shipped_units(site) == [24]
    assert site.exceptions() == []


def test_a_945_in_half_cases_is_booked_in_base_units(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*18*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*1.5*1.5*0*CA**VN*A1"))
    assert shipped_units(site) == [18]


def test_a_945_of_half_a_piece_books_nothing_and_asks(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*24*9.5*0*EA**VN*A1"))
    assert shipped_units(site) == [0]
    assert site.exception_kinds() == ["unmatched_945_line"]


def test_a_945_that_matched_nothing_is_booked_when_it_comes_again(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text.replace("partner: wh,", "partner: wh2,"))
    site.send("wh", advice("W12*CC*24*24*0*EA**VN*A1"))
    assert site.exception_kinds() == ["unmatched_945"]
    site.configure("config", text)
    site.send("wh", advice("W12*CC*24*24*0*EA**VN*A1"))
    assert shipped_units(site) == [24]
    assert site.exceptions() == []
    site.send("wh", advice("W12*CC*24*24*0*EA**VN*A1"))
    assert [file["state"] for file in site.files()] == ["accepted"] * 3 + ["repeat"]


def test_a_945_in_an_unknown_unit_books_nothing_and_asks(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    site.send("wh", advice("W12*CC*2*2*0*PL**VN*A1"))
    assert shipped_units(site) == [0]
    assert site.exception_kinds() == ["unmatched_945_line"]
    assert not site.outgoing("wh2", "940")


def test_what_a_warehouse_stops_for_a_cancel_is_cancelled_and_not_sent_elsewhere(
    site: Site,
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1")))
    site.send("buyer", interchange(x850("PO1", beg="BEG*01*SA*{po}**20260302"), control=2), "c.edi")
    assert site.exception_kinds() == ["cancel_requested"]
    site.send("wh", advice("W12*CU*10*0*10*EA**VN*A1"))
    assert site.lines() == [("1", "cancelled")]
    assert site.exceptions() == []
    assert not site.outgoing("wh2", "940")
    assert site.stock("A1", "DAL") == (100, 0)
    assert site.divergences() == []


def test_one_carton_told_with_and_without_its_tracking_is_one_carton(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "2*5*EA*7.50**VN*B2")))
    site.send(
        "wh",
        advice(
            "MAN*GM*00007890130000000015**CP*T1~W12*CC*10*10*0*EA**VN*A1",
            "MAN*GM*00007890130000000015~W12*CC*5*5*0*EA**VN*B2",
        ),
    )
    assert shipped_units(site) == [10, 5]
    (label,) = named(site.sent("buyer", "856"), "MAN")[:1]
    assert label[2] == "00007890130000000015"


def test_all_labels_of_a_line_are_in_the_notice(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*31*EA*4.00**VN*A1", "2*5*EA*7.50**VN*B2")))
    labels = ["00007890130000000015", "00007890130000000022", "00007890130000000039"]
    site.send(
        "wh",
        advice(
            f"MAN*GM*{labels[0]}~MAN*GM*{labels[1]}~W12*CC*31*31*0*EA**VN*A1",
            f"MAN*GM*{labels[2]}~W12*CC*5*5*0*EA**VN*B2",
        ),
    )
    notice = site.sent("buyer", "856")
    assert [label[2] for label in named(notice, "MAN")] == labels
    assert [item[2] for item in named(notice, "SN1")] == ["12", "19", "5"]


@pytest.mark.parametrize(
    ("shipped", "told", "expected"),
    [
        ("20260302", "", "20260303"),
        ("20260306", "", "20260309"),  # a Friday, and a day on the road
        ("20260306", "G62*17*20260312", "20260312"),
    ],
)
def test_an_856_tells_when_a_load_arrives_that_left_later(
    site: Site, shipped: str, told: str, expected: str
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1")))
    site.now += timedelta(days=4)
    load = advice("W12*CC*10*10*0*EA**VN*A1").replace(b"20260303*W-77", f"{shipped}*W-77".encode())
    if told:
        load = load.replace(b"~LX*1~", f"~{told}~LX*1~".encode()).replace(b"SE*6*", b"SE*7*")
    site.send("wh", load)
    days = {row[1]: row[2] for row in named(site.sent("buyer", "856"), "DTM")}
    assert (days["011"], days["017"]) == (shipped, expected)
    (shipment,) = site.order()["shipments"]
    assert shipment["expected_on"].replace("-", "") == expected


def test_cartons_of_ours_are_not_mixed_where_the_notice_cannot_say_so(site: Site) -> None:
    """S-O-I-P has cartons below items: one of two items would stand there twice."""
    text = (site.root / "mappings" / "buyer.yaml").read_text()
    site.configure("buyer", text + '  asn_structure: "0002"\n')
    site.send("buyer", interchange(x850("PO1", "1*5*EA*4.00**VN*A1", "2*2*EA*7.50**VN*B2")))
    site.send("wh", advice("W12*CC*5*5*0*EA**VN*A1", "W12*CC*2*2*0*EA**VN*B2"))
    labels = [label[2] for label in named(site.sent("buyer", "856"), "MAN")]
    assert len(set(labels)) == len(labels) == 2
    assert named(site.sent("buyer", "856"), "TD1")[0][2] == "2"


def test_a_shipment_nobody_reports_is_told_until_its_last_945(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1", "2*5*EA*7.50**VN*B2")))
    site.run(later=timedelta(hours=30))
    assert "shipment_overdue" not in site.exception_kinds()
    site.run(later=timedelta(hours=12))
    assert "shipment_overdue" in site.exception_kinds()
    site.send("wh", advice("W12*CC*30*30*0*EA**VN*A1"))  # says nothing of line 2
    assert "shipment_overdue" in site.exception_kinds()
    site.send("wh", advice("W12*CC*5*5*0*EA**VN*B2", control=2), "b.edi")
    assert "shipment_overdue" not in site.exception_kinds()
