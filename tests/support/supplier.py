"""A supplier beside the warehouses of a site, and the documents it writes."""

from collections.abc import Sequence

from tests.support.edi import counted, interchange
from tests.support.site import CONFIG, Site

MAPPING = """\
name: THE SUPPLIER
role: supplier
x12: {isa_id: SUP, gs_id: SUP, version: "004010"}
"""
NODE = """\
  - {{id: SUP, name: THE SUPPLIER, kind: supplier, partner: sup, postal_code: "67202", state: KS,
     processing_days: 2, rank: 9, supplier: {{{terms}}}}}
routing:
"""
TOLD = "acknowledges_within_h: 24"
ASSUMED = "stock: assumed, assumed_units: 60, acknowledges_within_h: 24"
ITEMS = """\
supplier,item,supplier_item,cost,minimum,multiple
sup,A1,S-100,2.1050,1,1
sup,C3,S-300,0.80,,
"""


def with_supplier(site: Site, terms: str = ASSUMED, *, items: str = ITEMS) -> Site:
    """Add a supplier of A1 and C3; C3 is nowhere else but 30 in Reno."""
    site.configure("sup", MAPPING)
    site.configure("config", CONFIG.replace("routing:\n", NODE.format(terms=terms)))
    site.load("supplier_items", items)
    return site


def x855(po: str, *lines: str, kind: str = "AC", control: int = 1, purpose: str = "00") -> bytes:
    """Return an interchange with an 855; a line is what follows `PO1*`, with its ACKs."""
    body = [f"BAK*{purpose}*{kind}*{po}*20260302****S99*20260302"]
    for line in lines:
        body += f"PO1*{line}".split("~")
    body.append(f"CTT*{len(lines)}")
    return interchange(
        counted("855", "0001", body), sender="SUP", functional_id="PR", control=control
    )


def x856(
    po: str, *items: str, control: int = 1, load: str = "L1", packs: Sequence[str] = ()
) -> bytes:
    """Return an interchange with an 856 (S-O-P-I, or S-O-I without packs).

    An item is `LIN` without its first two elements, `~` and what follows `SN1**`.
    """
    body = [
        f"BSN*00*{load}*20260304*1200*0001",
        "HL*1**S*1",
        "TD5*B*2*SHIP**SWIFT",
        "REF*CN*PRO77",
        "DTM*011*20260304",
        "HL*2*1*O*1",
        f"PRF*{po}",
    ]
    level = 2
    for place, item in enumerate(items):
        parent = 2
        if packs:
            level += 1
            parent = level
            body += [f"HL*{level}*2*P*1", f"MAN*GM*{packs[place]}**CP*1Z{place}"]
        level += 1
        lin, sn1 = item.split("~")
        body += [f"HL*{level}*{parent}*I*0", f"LIN**{lin}", f"SN1**{sn1}"]
    body.append(f"CTT*{level}")
    return interchange(
        counted("856", "0001", body), sender="SUP", functional_id="SH", control=control
    )


def x846(*lines: str, control: int = 1) -> bytes:
    """Return an interchange with an 846; a line is `LIN` from the third element, `~`, `QTY`."""
    body = ["BIA*00*SI*1*20260302*0800"]
    for line in lines:
        lin, qty = line.split("~")
        body += [f"LIN**{lin}", f"QTY*{qty}"]
    body.append(f"CTT*{len(lines)}")
    return interchange(
        counted("846", "0001", body), sender="SUP", functional_id="IB", control=control
    )
