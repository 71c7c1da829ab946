"""Master data from CSV: compared first, taken whole or refused whole with every fault named."""

import pytest

from oms_edi.errors import Refused
from tests.support.site import ITEMS, PRICES, Site

HEAD = "item,description,unit,weight_g,pack"


def test_a_dry_run_of_an_import_changes_nothing(site: Site) -> None:
    before = site.content_hash()
    done = site.load("prices", PRICES.replace("4.00", "4.40"), dry_run=True)
    assert [(c.what, c.before, c.after) for c in done.changes] == [
        ("price of A1 for everyone", "4.00", "4.40")
    ]
    assert site.content_hash() == before


@pytest.mark.parametrize(
    ("what", "text", "told"),
    [
        ("items", "item,description\nA1,X\n", "unit, weight_g, pack"),
        ("items", f"{HEAD}\n,X,EA,1,1\n", "row 2, column item: expected .*; found empty"),
        ("items", f"{HEAD}\nA9,X,EACH,1,1\n", "row 2, column unit: .*; found 4 letters"),
        ("items", f"{HEAD}\nA9,X,EA,1.5,1\n", "row 2, column weight_g: .*; found digits with ."),
        ("items", f"{HEAD}\nA9,X,EA,1,0\n", "row 2, column pack"),
        ("items", f"{HEAD}\nA9,X,EA,1,1\nA9,Y,EA,1,1\n", "row 3, column item: row 2 says"),
        ("items", f"{HEAD},unitz\nA9,X,EA,1,1,CA=3\n", "unknown column unitz; known are item"),
        ("items", f"{HEAD},ids\nA9,X,EA,1,1,nobody:IN=4\n", "column ids: expected a partner"),
        ("items", f"{HEAD},gtin\nA8,X,EA,1,1,17\nA9,X,EA,1,1,17\n", "row 3, column item: row 2"),
        ("items", f"{HEAD}\nA9,X,EA,1,1", "does not end with a line end"),
        ("items", f"{HEAD}\n".replace(",", ";"), "the file looks separated by ';'"),
        ("prices", "partner,item,price\n,A1,4\n,A1,5\n", "row 3, column price: row 2 says"),
        ("prices", "partner,item,price\nnobody,A1,4\n", "column partner: expected a partner"),
        ("prices", "partner,item,price\n,A1,-4\n", "column price: .*; found digits with -"),
        ("stock", "node,item,on_hand\nDAL,A1,1,200\n", "row 2: 4 values where the header has 3"),
        ("stock", "node,item,on_hand\nNOWHERE,A1,1\n", "column node: expected a node"),
        ("stock", "node,item,on_hand\nDAL,A1,1\nDAL,A1,2\n", "row 3, column on_hand: row 2 says"),
        ("stock", "node,item,on_hand\nDAL,ZZ,1\nDAL,A1,-2\n", "row 3, column on_hand: .*with -"),
    ],
)
def test_a_bad_row_refuses_the_whole_import_and_names_it(
    site: Site, what: str, text: str, told: str
) -> None:
    before = site.content_hash()
    with pytest.raises(Refused, match=told):
        site.load(what, text)
    assert site.content_hash() == before


def test_an_import_of_the_same_file_again_changes_nothing(site: Site) -> None:
    for what, text in (("items", ITEMS), ("prices", PRICES)):
        assert site.load(what, text).changes == ()


def test_columns_that_are_not_there_leave_an_item_what_it_has(site: Site) -> None:
    site.load("items", f"{HEAD},units,needs\nA9,X,EA,1,1,CA=3,hazmat\n")
    assert site.load("items", f"{HEAD}\nA9,X,EA,1,1\n").changes == ()
    (change,) = site.load("items", f"{HEAD},needs\nA9,X,EA,1,1,cold\n").changes
    assert change.before == "X, EA, 1 g, pack 1 CA=3, needs hazmat"
    assert change.after == "X, EA, 1 g, pack 1 CA=3, needs cold"


def test_a_first_count_is_new_and_a_later_one_says_what_it_was(site: Site) -> None:
    site.load("items", f"{HEAD}\nA9,X,EA,1,1\n")
    (change,) = site.load("stock", "node,item,on_hand\nDAL,A9,0\n").changes
    assert (change.what, change.before, change.after) == ("A9 at DAL", "", "0")
    (change,) = site.load("stock", "node,item,on_hand\nDAL,A9,7\n").changes
    assert (change.before, change.after) == ("0", "7")
