"""Who had the units that were missing: the same as the ledger adds up to, as far as it is read."""

from datetime import timedelta

from oms_edi.store.promised_before import promised_before
from oms_edi.store.queries import rows
from tests.support.edi import interchange, x850
from tests.support.site import Site

#: The same of all movements there ever were.
PLAIN = (
    "SELECT o.order_id, o.partner, o.tier, sum(g.reserved_delta) AS units"
    " FROM stock_ledger g JOIN order_lines l ON l.line_id = g.line_id"
    " JOIN orders o ON o.order_id = l.order_id JOIN decisions d ON d.decision_id = ?"
    " WHERE g.item = ? AND g.at <= d.at AND o.order_id <> d.order_id AND EXISTS"
    " (SELECT 1 FROM decisions b WHERE b.order_id = o.order_id"
    " AND b.decision_id < d.decision_id)"
    " GROUP BY o.order_id HAVING units > 0 ORDER BY o.tier, o.order_id"
)


def test_who_had_the_units_is_told_as_the_whole_ledger_has_it(site: Site) -> None:
    for count in range(1, 8):
        po = x850(f"PO{count}", f"1*{count + 10}*EA*4.00**VN*A1", f"2*{count}*EA*4.00**VN*A1")
        site.send("buyer", interchange(po, control=count), f"{count}.edi")
        site.now += timedelta(hours=1)
        if count % 5 == 0:
            site.ship("wh")
    with site.connect() as book:
        decided = [number for (number,) in book.execute("SELECT decision_id FROM decisions")]
        many = 0
        for number in decided:
            plain = rows(book, PLAIN, (number, "A1"))
            found = promised_before(book, "A1", number)
            assert (found.orders, found.is_all) == (plain, True)
            many += len(plain) > 2
            newest = promised_before(book, "A1", number, most=3)
            known = {row["order_id"]: row["units"] for row in plain}
            assert not newest.is_all
            assert all(row["units"] <= known[row["order_id"]] for row in newest.orders)
    assert many > 1
