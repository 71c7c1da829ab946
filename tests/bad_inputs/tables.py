"""Bad CSV, JSON and XLSX orders."""

import io
import zipfile

from tests.bad_inputs.case import Build, Case, document, form, raw, table
from tests.support.form import filled

Q = "quarantined"
_WIDE = "PO,Item,Qty,Name\n"


def _one(
    item: str = "A1", qty: str = "1", po: str = "BAD-{}", price: str = "4.00", due: str = ""
) -> Build:
    return table(f"{po},1,{item},{qty},EA,{price},S9,{due}")


def _csv(
    what: str,
    content: Build,
    says: tuple[str, ...],
    state: str = "rejected",
    *,
    taken: tuple[str, ...] = (),
    partner: str = "shop",
) -> Case:
    return Case(what=what, content=content, says=says, state=state, taken=taken, partner=partner)


CSV = (
    _csv("utf-16", table("BAD-{},1,A1,1,EA,4.00,S9,", encoding="utf-16"), ("UTF-16",), Q),
    _csv(
        "utf-16 without bom", table("BAD-{},1,A1,1,EA,4,S9,", encoding="utf-16-le"), ("UTF-16",), Q
    ),
    _csv(
        "cp1252",
        table("BAD-{},1,A1,1,EA,4.00,M\u00fcnchen,", encoding="cp1252"),
        ("not utf-8 at byte", "row 2"),
        Q,
    ),
    _csv("nul", table("BAD-{},1,A\x001,1,EA,4.00,S9,"), ("binary",), Q),
    _csv(
        "open quote", table('BAD-{},1,"A1,1,EA,4.00,S9,', "BAD-{},2,A1,1,EA,4,S9,"), ("row 2",), Q
    ),
    _csv("text after quote", table('BAD-{},1,"A1"x,1,EA,4.00,S9,'), ("row 2",), Q),
    _csv("header twice", table("1,1,1", head="PO,Qty,qty\n"), ("row 1", "qty", "twice"), Q),
    _csv("no header", table("BAD-{},1,A1,1,EA,4.00,S9,", head=""), ("row 1: it is no header",), Q),
    _csv("header only", table(), ("without orders",), Q),
    _csv(
        "unknown column",
        table("BAD-{},A1,1,x", head="PO,Item,Qty,Colour\n"),
        ("column colour is not in the mapping",),
        Q,
    ),
    _csv("semicolons", table("BAD-{};A1;1", head="PO;Item;Qty\n"), ("separated by ';'",), Q),
    _csv("no last line end", table("BAD-{},1,A1,20,EA,4.00,S9,", tail=""), ("cut off",), Q),
    _csv("row too short", table("BAD-{},1,A1"), ("row 2", "8 columns")),
    _csv("row too long", table("BAD-{},1,A1,1,EA,4.00,S9,,,"), ("row 2", "8 columns")),
    _csv("long field", table("BAD-{},1," + "A" * 5000 + ",1,EA,4.00,S9,"), ("row 2", "item")),
    _csv(
        "field of a megabyte", table('BAD-{},1,"' + "A" * 1_000_000 + '",1,EA,4,S9,'), ("row 2",), Q
    ),
    _csv(
        "many columns",
        table("1", head="PO,Item,Qty" + ",c" * 9_998 + "\n"),
        ("10001 columns; 200 are allowed",),
        Q,
    ),
    _csv("xlsx", lambda n: filled(), ("XLSX",), Q),
    _csv("html", raw("<html><table>"), ("HTML",), Q),
    _csv("json", raw('{"po_number": "X"}'), ("JSON",), Q),
    _csv("1_000", _one(qty="1_000"), ("row 2, column Qty", "quantity")),
    _csv("arabic digits", _one(qty="\u0663"), ("row 2, column Qty",)),
    _csv("full width digits", _one(qty="\uff15"), ("row 2, column Qty",)),
    _csv("thousands", _one(qty='"1,000"'), ("row 2, column Qty",)),
    _csv("decimal comma", _one(price='"4,25"'), ("row 2, column Price",)),
    _csv("minus", _one(qty="-5"), ("row 2, column Qty",)),
    _csv("zero", _one(qty="0"), ("row 2, column Qty",)),
    _csv("1e3", _one(qty="1e3"), ("row 2, column Qty",)),
    _csv("nan", _one(qty="NaN"), ("row 2, column Qty",)),
    _csv("infinity", _one(price="Infinity"), ("row 2, column Price",)),
    _csv("400 nines", _one(qty="9" * 400), ("row 2, column Qty",)),
    _csv("american day", _one(due="03/04/2026"), ("row 2, column Due", "2026-03-31")),
    _csv("30 february", _one(due="2026-02-30"), ("row 2, column Due",)),
    _csv("day of a spreadsheet", _one(due="45000"), ("row 2, column Due",)),
    _csv("po of a spreadsheet", _one(po="1.23457E+11"), ("row 2, column PO", "scientific"), Q),
    _csv("cyrillic a", _one(po="B\u0410D-{}"), ("row 2, column PO", "plain letters"), Q),
    _csv("zero width blank", _one(po="BAD\u200b-{}"), ("row 2, column PO",), Q),
    _csv("right to left", _one(po="BAD\u202e-{}"), ("row 2, column PO",), Q),
    _csv("formula as item", _one(item="=cmd|' /C calc'!A0"), ("row 2, column Item",)),
    _csv("formula as po", _one(po="=1+1"), ("row 2, column PO",), Q),
    _csv("at sum", _one(item="@SUM(A1)"), ("row 2, column Item",)),
    _csv("sql as po", _one(po="'; DROP TABLE orders;--"), ("row 2, column PO",), Q),
    _csv("delimiters as item", _one(item="A1~PO1*1*9999"), ("row 2, column Item",)),
    _csv(
        "line twice", table("BAD-{},1,A1,1,EA,4,S9,", "BAD-{},1,A1,1,EA,4,S9,"), ("row 3", "row 2")
    ),
    _csv(
        "one bad order of two",
        table("BAD-{},1,A1,x,EA,4,S9,", "OK-{},1,A1,1,EA,4,S9,"),
        ("row 2, column Qty",),
        "partly",
        taken=("OK-{}",),
    ),
    _csv(
        "line of a log", table('"BAD-{}\r\n2026 ERROR x",1,A1,1,EA,4,S9,'), ("row 2, column PO",), Q
    ),
    _csv("delimiters as line", table("BAD-{},1~PO1*1*9999,A1,1,EA,4,S9,"), ("row 2, column Line",)),
    _csv("delimiters as store", table("BAD-{},1,A1,1,EA,4,S9*~,"), ("row 2, column Store",)),
    _csv("unit in words", table("BAD-{},1,A1,1,EACH,4,S9,"), ("row 2, column Unit",)),
    _csv(
        "escape in a name",
        table("BAD-{},A1,1,\x1b[2JJANE CANARY", head=_WIDE),
        ("row 2, column Name", "U+001B"),
        partner="outlet",
    ),
    _csv(
        "line separator in a street",
        table("BAD-{},A1,1,X,17 HIDDEN\u2028LANE", head=_WIDE.replace("\n", ",Street\n")),
        ("row 2, column Street", "U+2028"),
        partner="outlet",
    ),
    _csv(
        "no header but a name",
        table("JANE CANARY,17 HIDDEN LANE,74133", head=""),
        ("row 1: it is no header",),
        Q,
        partner="outlet",
    ),
)


def _portal(what: str, content: Build, says: tuple[str, ...], state: str = "rejected") -> Case:
    return Case(what=what, content=content, says=says, state=state, partner="portal")


JSON = (
    _portal("cut off", document('{"po_number": "BAD-{}", "lines": ['), ("line 1, column 34",), Q),
    _portal("deep", document("[" * 100_000), ("nested too deep",), Q),
    _portal(
        "latin-1",
        lambda n: document()(n).replace(b"JANE", b"J\xc4NE"),
        ("not UTF-8 at byte 45, line 1",),
        Q,
    ),
    _portal("key twice", document('{"po_number": "BAD-{}", "po_number": "B"}'), ("twice",)),
    _portal("unknown field", document(po_nummer="X"), ("/po_nummer",)),
    _portal("no lines", document(lines=[]), ("/lines", "empty")),
    _portal("po a number", document(po_number=4711), ("/po_number", "quotes")),
    _portal(
        "nan",
        document('{"po_number": "BAD-{}", "lines": [{"item": "A1", "quantity": NaN}]}'),
        ("/quantity",),
    ),
    _portal("minus", document(lines=[{"item": "A1", "quantity": -5}]), ("/lines/0/quantity",)),
    _portal("huge", document(lines=[{"item": "A1", "quantity": 10**400}]), ("/lines/0/quantity",)),
    _portal(
        "line break in a name", document(ship_to={"name": "A\nB"}), ("/ship_to/name", "U+000A")
    ),
    _portal("surrogate", document(ship_to={"name": "\ud800"}), ("/ship_to/name", "U+D800")),
    _portal("right to left", document(ship_to={"name": "A\u202eB"}), ("/ship_to/name", "U+202E")),
    _portal("proto", document(__proto__={"x": 1}), ("/__proto__",)),
    _portal("no orders", document("[]"), ("without orders",), Q),
)


def _bomb(number: int) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", b" " * 60_000_000)
    return result.getvalue()


XLSX = (
    _portal("xlsx cut", lambda n: filled()[:2000], ("damaged, or cut off",), Q),
    _portal("zip bomb", _bomb, ("max_xlsx_unpacked_bytes",), Q),
    _portal("password", raw(b"\xd0\xcf\x11\xe0" + bytes(600)), ("password",), Q),
    _portal("no po", form({"B3": None}), ("Order!B3",)),
    _portal("quantity text", form({"C20": "ten"}), ("Order!C20",)),
    _portal("quantity minus", form({"C20": -4}), ("Order!C20",)),
    _portal("formula", form({"C20": "=1+1"}), ("Order!C20",)),
    _portal("formula as item", form({"B20": "=cmd|' /C calc'!A0"}), ("Order!B20",)),
    _portal("error value", form({"C20": "#REF!"}), ("Order!C20",)),
)
