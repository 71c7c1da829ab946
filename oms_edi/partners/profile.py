"""One trading partner as its mapping file says: `mappings/<partner>.yaml`.

The file's name is the partner's id, the name of its folders in `inbox/` and `outbox/`.
Loading and cross-checking all of them is `oms_edi.partners.book`.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.isa import GsId, IsaId, IsaQualifier
from oms_edi.config.settings import Settings
from oms_edi.domain.issue import Tolerance
from oms_edi.domain.quantity import Method
from oms_edi.partners.changes import ChangeSettings, WarehouseSettings
from oms_edi.partners.checks import (
    Action,
    DateSettings,
    MoneySettings,
    PlaceSettings,
    PriceSettings,
    QuantitySettings,
)
from oms_edi.partners.documents import JsonSettings, XlsxSettings
from oms_edi.partners.penalties import Penalized, PenaltySettings
from oms_edi.partners.sftp import SftpSettings
from oms_edi.partners.sourcing import SourcingSettings
from oms_edi.partners.status import StatusSettings
from oms_edi.partners.warehouse import StockSettings
from oms_edi.partners.webhook import WebhookSettings

#: Values an order table may have a column for.
OrderColumn = Literal[
    "po_number",
    "line",
    "item",
    "quantity",
    "unit",
    "unit_price",
    "description",
    "ordered_on",
    "ship_on",
    "deliver_by",
    "cancel_after",
    "ship_to",
    "ship_to_name",
    "ship_to_street",
    "ship_to_city",
    "ship_to_state",
    "ship_to_postal_code",
    "note",
]


#: Characters no value can do without. Control characters such as 1D, 1F, 1C are fine delimiters.
_NEVER_BETWEEN = frozenset(" \t\x00.-")


class DelimiterSettings(Settings):
    """Separators of what we send this partner."""

    element: str = Field("*", min_length=1, max_length=1, description="Between elements.")
    component: str = Field(">", min_length=1, max_length=1, description="ISA16.")
    repetition: str = Field("^", min_length=1, max_length=1, description="Used from 00402 on.")
    segment: str = Field("~", min_length=1, max_length=1, description="After each segment.")
    newline: bool = Field(False, description="A line end after each segment, for eyes.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        signs = (self.element, self.component, self.repetition, self.segment)
        if len(set(signs)) < len(signs):
            raise ValueError("two delimiters are the same character")
        if any(not sign.isascii() or sign.isalnum() or sign in _NEVER_BETWEEN for sign in signs):
            raise ValueError(
                "a delimiter must not be a letter, a digit, a blank, a point or a minus"
            )
        if any(sign in "\r\n" for sign in signs[:3]):
            raise ValueError("a line end can only end a segment")
        return self


class GuideRule(Settings):
    """One line of the partner's companion guide, on top of the X12 guide."""

    at: str = Field(description="`REF`, `REF*DP`, or an element of it: `REF*DP/02`, `PO1/06`.")
    loop: str = Field(
        "",
        description="Ask it of each turn of this loop, such as `PO1`, or `PO1/N1` for N1 loops in "
        "PO1 loops; empty: of the whole set.",
    )
    presence: Literal["", "required", "forbidden"] = Field("", description="Must it be there?")
    min_chars: int = Field(0, ge=0, description="At least so many characters.")
    max_chars: int = Field(0, ge=0, description="At most so many; 0: as the X12 guide says.")
    codes: tuple[str, ...] = Field((), description="Only these values.")
    pattern: str = Field("", description="A regular expression the whole value must match.")
    when: str = Field(
        "", description="`BEG/02 is SA, NE`, `REF*DP is given`, `REF*DP is missing`; empty: always."
    )
    severity: Literal["reject", "error", "note"] = Field(
        "error", description="What breaking it costs: the set, an accept with errors, a note."
    )
    text: str = Field("", description="The rule in the partner's words, for the 997's reader.")
    example: str = Field("", description="A value for the example document of `oms-edi guide`.")


class X12Settings(Settings):
    """The partner's side of the envelope, and how strict we are with it."""

    isa_qualifier: IsaQualifier = Field("ZZ", description="ISA05 of what they send.")
    isa_id: IsaId = Field(description="ISA06 of what they send.")
    gs_id: GsId = Field(description="GS03 of what we send them.")
    version: str = Field(
        "004010",
        pattern=r"^00[3-8]0[1-7]0[A-Z0-9]{0,6}$",
        description="GS08 of what we send, 003040 to 008010, with an industry suffix such as VICS "
        "where they want one. Written and checked by the nearest of 004010 and 005010.",
    )
    charset: Literal["basic", "extended"] = Field(
        "extended",
        description="Characters they can read (X12.6): basic has capitals only, extended is ASCII. "
        "Free text is folded into it, such as é to e; an id that does not fit is refused.",
    )
    delimiters: DelimiterSettings = DelimiterSettings()
    acknowledge: Literal["always", "on_error", "never"] = Field(
        "always", description="When a group is answered with a 997."
    )
    acknowledge_with: Literal["997", "999"] = Field(
        "997", description="Which set answers their groups; a 999 is written in 005010X231A1."
    )
    acknowledged_within_h: int = Field(
        24,
        ge=0,
        description="Hours within which they answer what we send with a 997 or 999; later an "
        "exception opens. 0: they never do.",
    )
    strict: bool = Field(
        False,
        description="True rejects a set for any guide error; false accepts it with errors where "
        "its meaning is certain.",
    )
    tolerance: dict[Tolerance, Literal["note", "error", "reject"]] = Field(
        {},
        description="What a deviation of certain meaning costs, where it is not what docs/x12.md "
        "says: out_of_sequence, unknown_segment, misplaced_segment, trailing_empty, "
        "lower_case_code, missing_terminator, blanks, foreign_character, each to note, error or "
        "reject.",
    )
    accept_wrong_iea: bool = Field(
        False,
        description="Take interchanges whose IEA02 is not ISA13, with an error: some partners "
        "never set it right. False refuses them as damaged.",
    )
    guides: dict[str, tuple[GuideRule, ...]] = Field(
        {}, description='Companion guides: set, such as "850", to rules; also of what we send.'
    )
    accept_test: bool = Field(False, description="Take interchanges marked T as real ones.")
    on_duplicate: Literal["ignore", "acknowledge"] = Field(
        "acknowledge", description="A repeated interchange: stay silent, or say TA1 025."
    )


class TableSettings(Settings):
    """Orders as a table: one row a line, orders grouped by PO number."""

    qualifier: str = Field("VN", description="Item qualifier of the item column.")
    ship_to_qualifier: str = Field("92", description="N103 of the ship-to column.")
    default_unit: str = Field("EA", description="Unit where there is no unit column or value.")
    ignore_columns: tuple[str, ...] = Field((), description="Columns that may be there, unread.")
    columns: dict[OrderColumn, str] = Field(
        description="Our name of a value: header of the column it stands in."
    )


class CsvSettings(TableSettings):
    """The partner's order CSV: one row a line, orders grouped by PO number."""

    encoding: Literal["utf-8", "cp1252", "utf-16"] = Field("utf-8", description="A BOM is skipped.")
    delimiter: Literal[",", ";", "\t", "|"] = Field(",", description="Between values.")
    decimal: Literal[".", ","] = Field(".", description="Before the decimals of a number.")
    thousands: Literal["", ",", ".", " ", "'"] = Field(
        "", description="Between groups of three digits, where they write one."
    )
    date_format: str = Field("%Y-%m-%d", description="As in strptime.")


class StockCsvSettings(Settings):
    """A node's stock CSV: one row an item, a full snapshot."""

    delimiter: Literal[",", ";", "\t", "|"] = Field(",", description="Between values.")
    encoding: Literal["utf-8", "cp1252"] = Field("utf-8", description="A BOM is skipped.")
    item: str = Field("item", description="Header of the column with our item number.")
    quantity: str = Field("on_hand", description="Header of the column with units on hand.")


class StoreSettings(Settings):
    """A ship-to the partner names by code."""

    name: str = Field(description="N102 of the ship-to we write.")
    street: str = Field("", description="N301.")
    city: str = Field("", description="N401.")
    state: str = Field("", description="N402, two letters.")
    postal_code: str = Field(
        pattern=r"^[0-9]{5}(-?[0-9]{4})?$", description="Decides distance and freight zone."
    )
    country: str = Field("US", description="N404.")


class OrderSettings(Settings):
    """The terms of this customer's orders."""

    tier: int = Field(2, ge=1, le=9, description="1 goes first when stock is short.")
    weight: int = Field(
        1, ge=1, le=1000, description="Share of scarce stock within the tier, beside the others'."
    )
    price: PriceSettings = PriceSettings()
    quantity: QuantitySettings = QuantitySettings()
    dates: DateSettings = DateSettings()
    ship_to: PlaceSettings = PlaceSettings()
    money: MoneySettings = MoneySettings()
    duplicate_po: Action | Literal["ignore"] = Field(
        "hold", description="Same PO, same content, new envelope."
    )
    backorder: bool = Field(True, description="False cancels what cannot ship now.")
    line_minimum_percent: int = Field(
        0, ge=0, le=100, description="Less than this of a line is of no use; 100: whole lines only."
    )
    sourcing: SourcingSettings = SourcingSettings()
    ship_complete: bool = Field(False, description="Nothing ships until everything can.")
    quantity_method: Method = Field(
        "ordered_unit",
        description="What 18 DZ means: 18 dozen (ordered_unit) or 18 pieces (base_units); packs: "
        "the number counts case packs whatever the unit says; unit_and_pieces: 1.06 DZ is one "
        "dozen and six pieces.",
    )
    units: dict[str, str] = Field({}, description="Their unit code: ours.")
    item_qualifiers: tuple[str, ...] = Field(
        ("VN", "VP", "UP", "EN", "UK", "SK", "IN", "BP", "CB", "PI"),
        description="Item ids we look up, best first.",
    )
    items: dict[str, str] = Field({}, description="Their item code (IN, BP, ...): our item.")
    stores: dict[str, StoreSettings] = Field({}, description="Ship-to code: where that is.")
    carrier: str = Field("", description="Carrier name on the 940 if the order has no routing.")
    scac: str = Field("", max_length=4, description="W6610 and TD503 where nobody named another.")
    asn_structure: Literal["0001", "0002", "0004"] = Field(
        "0001",
        description="BSN05: 0001 cartons with items in them; 0002 items with cartons below, a mixed"
        " carton stands below each of its items; 0004 items without cartons.",
    )
    changes: ChangeSettings = ChangeSettings()
    status: StatusSettings = StatusSettings()
    documents: tuple[Literal["855", "856", "865"], ...] = Field(
        ("855", "856"),
        description="What we answer with. 865 answers changes; many retailers do not take it.",
    )
    answer_within_h: float = Field(
        24, gt=0, description="Hours after an order within which its 855 is owed."
    )
    notice_within_min: int = Field(
        60, gt=0, description="Minutes after a 945 within which its 856 is owed."
    )


class PartnerProfile(Settings):
    """A whole mapping file."""

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="May be left out: it is the name of the file.",
    )
    name: str = Field(description="For people.")
    role: Literal["customer", "warehouse", "supplier"] = Field(
        "customer",
        description="Customers order; warehouses get 940s and report; suppliers get 850s, answer "
        "by 855 and ship to the customer.",
    )
    channel: Literal["edi", "csv", "portal", "sales"] = Field(
        "edi",
        description="Its sales channel, for pools of scarce stock; how each order came in (edi, "
        "csv, json, xlsx, phone, api) is kept on the order.",
    )
    x12: X12Settings | None = Field(None, description="Absent: the partner sends no X12.")
    csv: CsvSettings | None = Field(None, description="Absent: the partner sends no order CSV.")
    order_json: JsonSettings | None = Field(
        None, description="`{}` is enough. Absent: the partner sends no JSON."
    )
    order_xlsx: XlsxSettings | None = Field(
        None, description="`{}` is enough. Absent: the partner sends no order forms."
    )
    stock_csv: StockCsvSettings | None = None
    stock_basis: Literal["as_told", "on_hand", "available"] = Field(
        "as_told",
        description="What their counts mean: on_hand is all that lies there, available what they "
        "have no order of ours for; as_told goes by QTY01 of the 846 (17 on hand, 33 available) "
        "and takes a CSV as on hand.",
    )
    stock: StockSettings = StockSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    orders: OrderSettings = OrderSettings()
    sftp: SftpSettings | None = Field(
        None, description="Their SFTP server; absent: files come and go by folder only."
    )
    webhook: WebhookSettings | None = Field(
        None, description="Their server that hears how orders stand; absent: none does."
    )
    penalties: dict[Penalized, PenaltySettings] = Field(
        {},
        description="What they charge us, by failure; the money at risk of exceptions follows"
        " from it.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.x12 is None and self.orders.status.tells_moves:
            raise ValueError("orders.status sends 870s, which needs x12; or `send: [csv]`")
        if "webhook" in self.orders.status.send and self.webhook is None:
            raise ValueError("orders.status sends to a webhook, and `webhook` says not where")
        return self
