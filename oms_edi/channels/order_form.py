"""The order form: which cell is which field of an order document. Read by `order_xlsx`, written by
`form_template`.

A sheet is a form if its first cell says so. Labels stand in column A with their values beside them;
the table of lines begins under its own header. Labels may move, they are found by their words.
"""

from typing import Literal, NamedTuple

TITLE = "Order form"
SHEET = "Order"

Kind = Literal["id", "text", "day", "number"]


class Field(NamedTuple):
    """A cell of the form."""

    label: str
    #: Where its value stands in the document.
    path: tuple[str, ...]
    kind: Kind
    #: What to tell who fills it in.
    hint: str = ""


HEAD: tuple[Field, ...] = (
    Field("PO number", ("po_number",), "id", "The customer's order number."),
    Field("Ordered on", ("ordered_on",), "day"),
    Field("Ship on", ("ship_on",), "day", "The day it must leave."),
    Field("Not before", ("not_before",), "day", "It must not leave before."),
    Field("Not after", ("not_after",), "day", "It must not leave later."),
    Field("Deliver by", ("deliver_by",), "day", "It must arrive by then."),
    Field("Cancel after", ("cancel_after",), "day", "Worthless after that day."),
    Field("Ship to code", ("ship_to", "code"), "id", "The store, if we know it by a code."),
    Field("Ship to name", ("ship_to", "name"), "text", "Or its name and address."),
    Field("Street", ("ship_to", "street"), "text"),
    Field("City", ("ship_to", "city"), "text"),
    Field("State", ("ship_to", "state"), "text", "Two letters."),
    Field("Postal code", ("ship_to", "postal_code"), "id"),
    Field("Routing", ("routing",), "text", "How it is to travel."),
    Field("Remark", ("notes",), "text"),
)

LINE: tuple[Field, ...] = (
    Field("Line", ("line",), "id"),
    Field("Item", ("item",), "id"),
    Field("Quantity", ("quantity",), "number"),
    Field("Unit", ("unit",), "text"),
    Field("Unit price", ("unit_price",), "number"),
    Field("Line remark", ("notes",), "text"),
)

#: The table begins where a row has these labels.
TABLE_LABELS = ("item", "quantity")
#: The most columns of a form that are looked at.
MAX_COLUMNS = 30
#: The most rows above the table.
MAX_HEAD_ROWS = 60
