"""What partners say of what we sent: 997, 999 and TA1, matched set by set, in five states."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from oms_edi.store.acknowledgments import acknowledgments
from tests.support.edi import counted, interchange, named, x850
from tests.support.site import MAPPINGS, Site


def orders(site: Site, count: int) -> str:
    """Take so many orders at once; return GS06 of the one group their 855s went out in."""
    sets = [x850(f"PO{n}", control=f"{n:04d}") for n in range(1, count + 1)]
    site.send("buyer", interchange(*sets))
    return named(site.sent("buyer", "855"), "GS")[0][6]


def answer(site: Site, *rows: str, control: int = 90, set_id: str = "997") -> None:
    content = interchange(counted(set_id, "0001", rows), functional_id="FA", control=control)
    site.send("buyer", content)


def acks(site: Site, verdict: str | None = None) -> list[tuple[str, int]]:
    with closing(site.connect()) as connection:
        rows = acknowledgments(connection, partner="buyer", verdict=verdict, limit=99)
    return [(row["verdict"], row["sets"]) for row in rows]


def test_each_set_has_its_own_verdict_those_not_named_share_that_of_the_group(site: Site) -> None:
    group = orders(site, 3)
    rows = ["AK2*855*0001", "AK5*R*5*3", "AK2*855*3", "AK5*E*5"]  # zeros in front are often lost
    answer(site, f"AK1*PR*{group}", *rows, "AK9*P*3*3*2")
    assert acks(site) == [("rejected", 1), ("accepted with errors", 1), ("accepted", 1)]
    (exception,) = site.exceptions()
    assert exception["kind"] == "document_rejected"
    told = f"855_000000002.edi, group {group}, AK9 P, codes 3, 5; 1 of 3 sets"
    said = f"buyer rejected 855 of SO100001 ({told})"
    assert (exception["text"], exception["order_id"]) == (said, 1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ["AK3*BAK*2**8", "AK4*2*587*7*AD", "AK4*9*373*8"],
            "BAK02 in segment 2: invalid code value (7), BAK09 in segment 2: invalid date (8)",
        ),
        (["AK3*N1*4*N1*3"], "N1 in segment 4: mandatory segment missing (3)"),
        (["AK3*ACK*7**8", "AK4*1>2*668*XX"], "ACK01 in segment 7: code (XX)"),
        (
            [
                "AK3*PO1*6**8",
                "AK4*2*330*1",
                "AK3*PO1*8**8",
                "AK4*2*330*1",
                "AK3*CTT*9**2",
                "AK3*N9*3**2",
            ],
            "PO102 in segment 6: mandatory element missing (1), PO102 in segment 8:"
            " mandatory element missing (1), CTT in segment 9: unexpected segment (2) and 1 more",
        ),
    ],
)
def test_what_a_partner_found_wrong_is_told_by_segment_and_element(
    site: Site, rows: list[str], said: str
) -> None:
    group = orders(site, 1)
    answer(site, f"AK1*PR*{group}", "AK2*855*0001", *rows, "AK5*R*5", "AK9*R*1*1*0*5")
    (exception,) = site.exceptions()
    told = f"855_000000002.edi, group {group}, AK9 R, codes 5"
    assert exception["text"] == f"buyer rejected 855 of SO100001 ({told}): {said}"


def test_what_a_999_found_wrong_is_told(site: Site) -> None:
    rows = [f"AK1*PR*{orders(site, 1)}*005010", "AK2*855*0001", "IK3*BAK*2**8", "IK4*2*587*I6"]
    sent = counted("999", "0001", [*rows, "IK5*R*5", "AK9*R*1*1*0"])
    site.send("buyer", interchange(sent, functional_id="FA", control=90, version="005010X231A1"))
    (exception,) = site.exceptions()
    assert exception["text"].endswith(
        "BAK02 in segment 2: code not used in the implementation (I6)"
    )


@pytest.mark.parametrize("code", ["R", "M", "W", "X"])
def test_a_rejected_group_rejects_what_it_does_not_name(site: Site, code: str) -> None:
    answer(site, f"AK1*PR*{orders(site, 2)}", f"AK9*{code}*2*2*0")
    assert acks(site) == [("rejected", 2)]


def test_a_997_that_lacks_its_ak9_is_heard_all_the_same(site: Site) -> None:
    group = orders(site, 2)
    answer(site, f"AK1*PR*{group}", "AK2*855*0001", "AK5*A")
    assert acks(site) == [("sent", 1), ("accepted", 1)]


def test_a_997_that_says_nothing_of_a_group_is_told(site: Site) -> None:
    answer(site, f"AK1*PR*{orders(site, 1)}")
    assert site.exception_kinds() == ["unmatched_997"]
    assert ("sent", 1) in acks(site)


def test_what_is_due_is_found_behind_what_is_overdue(site: Site) -> None:
    """The 940 was sent after the 855, and is overdue; the buyer has more time."""
    text = MAPPINGS["buyer"].replace("x12: {", "x12: {acknowledged_within_h: 99, ")
    site.configure("buyer", text)
    orders(site, 1)
    site.run(later=timedelta(hours=30))

    def newest(verdict: str | None) -> list[str]:
        with closing(site.connect()) as connection:
            found = acknowledgments(connection, partner=None, verdict=verdict, limit=1)
        return [row["set_id"] for row in found]

    assert newest(None) == newest("overdue") == ["940"]
    assert newest("sent") == ["855"]


def test_a_997_a_set_settles_only_that_set(site: Site) -> None:
    """Some translators send one for each; the second must not change what the first said."""
    group = orders(site, 2)
    answer(site, f"AK1*PR*{group}", "AK2*855*0001", "AK5*A", "AK9*A*1*1*1")
    answer(site, f"AK1*PR*{group}", "AK2*855*0001", "AK5*A", "AK9*A*1*1*1", control=91)
    assert acks(site) == [("accepted", 2)]
    assert site.exceptions() == []


def test_the_first_verdict_stands_and_one_that_differs_is_told(site: Site) -> None:
    group = orders(site, 2)
    answer(site, f"AK1*PR*{group}", "AK9*A*2*2*2")
    answer(site, f"AK1*PR*{group}", "AK2*855*0002", "AK5*R*5", "AK9*P*2*2*1", control=91)
    assert acks(site) == [("accepted", 2)]
    texts = {one["kind"]: one["text"] for one in site.exceptions()}
    assert (
        "855 0002 was accepted, now rejected; the first verdict stands" in texts["answer_changed"]
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["AK1*PR*777", "AK9*A*1*1*1"], "PR group 777, which we never sent"),
        (["AK1*IN*{group}", "AK9*A*1*1*1"], "IN group {group}, which we never sent"),
        (
            ["AK1*PR*{group}", "AK2*855*0009", "AK5*A", "AK9*A*1*1*1"],
            "set 0009 of group {group}, which has none of this number",
        ),
    ],
)
def test_an_answer_to_what_we_never_sent_is_unmatched(
    site: Site, rows: list[str], said: str
) -> None:
    group = orders(site, 1)
    answer(site, *[row.format(group=group) for row in rows])
    (exception,) = site.exceptions()
    assert exception["kind"] == "unmatched_997"
    assert said.format(group=group) in exception["text"]
    assert ("unmatched", 0) in acks(site)
    assert acks(site, "unmatched") == [("unmatched", 0)]


def test_an_answer_with_faults_of_its_own_is_heard_from_a_strict_partner_too(site: Site) -> None:
    mapping = MAPPINGS["buyer"].replace("x12: {", "x12: {strict: true, ")
    site.configure("buyer", mapping)
    group = orders(site, 1)
    answer(site, f"AK1*PR*{group}", "AK2*855*0001", "AK5*A*QQ", "AK9*A*1*1*1*QQ")
    assert acks(site) == [("accepted", 1)]


def test_an_answer_in_a_group_of_another_kind_is_not_answered(site: Site) -> None:
    group = orders(site, 1)
    before = len(site.outgoing("buyer"))
    rows = [f"AK1*PR*{group}", "AK9*A*1*1*1"]
    site.send("buyer", interchange(counted("997", "0001", rows), functional_id="PO", control=90))
    assert len(site.outgoing("buyer")) == before
    assert acks(site) == [("accepted", 1)]


def test_what_is_not_answered_in_time_is_overdue_until_it_is(site: Site) -> None:
    group = orders(site, 1)
    assert acks(site) == [("sent", 1)]
    site.run(later=timedelta(hours=25))
    assert acks(site) == [("overdue", 1)]
    assert acks(site, "overdue") == [("overdue", 1)]
    assert acks(site, "sent") == []
    answer(site, f"AK1*PR*{group}", "AK9*A*1*1*1")
    assert acks(site) == [("accepted", 1)]


def ta1(site: Site, control: str, code: str, note: str = "000", number: int = 90) -> None:
    head = interchange(control=number).split(b"GS*")[0]
    text = f"TA1*{control}*260302*1500*{code}*{note}~IEA*0*{number:09d}~"
    site.send("buyer", head + text.encode())


def test_a_ta1_that_accepts_leaves_the_verdict_to_the_997(site: Site) -> None:
    orders(site, 1)
    ta1(site, named(site.sent("buyer", "855"), "ISA")[0][13], "A")
    assert acks(site) == [("sent", 1)]
    assert site.exceptions() == []


@pytest.mark.parametrize(("code", "control"), [("A", "000000777"), ("R", "000000777"), ("Q", "")])
def test_a_ta1_of_nothing_we_sent_or_without_a_verdict_is_unmatched(
    site: Site, code: str, control: str
) -> None:
    orders(site, 1)
    ta1(site, control or named(site.sent("buyer", "855"), "ISA")[0][13], code)
    assert site.exception_kinds() == ["unmatched_997"]
    assert ("sent", 1) in acks(site)


def test_a_ta1_may_reject_an_interchange_that_holds_a_ta1_only(site: Site) -> None:
    content = interchange(x850("PO1"), ack_requested=True)
    site.send("buyer", content)
    ours = named(site.sent("buyer", "TA1"), "ISA")[0][13]
    ta1(site, ours, "R", "006")
    assert site.exception_kinds() == ["document_rejected"]


def test_a_997_of_ours_in_a_rejected_interchange_is_told_and_asked_no_answer(site: Site) -> None:
    orders(site, 1)
    ours = named(site.sent("buyer", "997"), "ISA")[0][13]
    ta1(site, ours, "R", "006")
    assert site.exception_kinds() == ["document_rejected"]
    assert acks(site) == acks(site, "sent") == [("sent", 1)]
    assert acks(site, "rejected") == []


def test_what_was_answered_is_not_delivered_again_after_a_crash(site: Site) -> None:
    """Killed between writing the file and noting so; the partner took it and answered."""
    group = orders(site, 1)
    site.is_broken = True  # the book is put back by hand; no replay can know
    with closing(sqlite3.connect(site.places.database)) as connection, connection:
        connection.execute("UPDATE outbox SET state = 'pending', sent_at = NULL")
        connection.execute("UPDATE documents SET verdict = 'owed' WHERE direction = 'out'")
    (path,) = site.outgoing("buyer", "855")
    path.unlink()
    answer(site, f"AK1*PR*{group}", "AK9*A*1*1*1")
    assert not site.outgoing("buyer", "855")
    assert acks(site) == [("accepted", 1)]
