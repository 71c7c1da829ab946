"""How a partner's JSON and XLSX orders are read: what the document itself may leave open."""

from pydantic import Field

from oms_edi.config.settings import Settings


class DocumentSettings(Settings):
    """What an order document may leave open."""

    qualifier: str = Field("VN", description="Item qualifier of items that name none.")
    ship_to_qualifier: str = Field("92", description="N103 of a ship-to code.")
    default_unit: str = Field("EA", description="Unit of lines that name none.")


class JsonSettings(DocumentSettings):
    """The partner's JSON orders, one file an order, a list, or one a line (`order.schema.json`)."""


class XlsxSettings(DocumentSettings):
    """The partner's order forms, as `oms-edi template` writes them: each sheet an order."""
