"""Ways an order or a count is written beside X12, and how to tell what a file is."""

from oms_edi.channels.recognize import KINDS_REFUSED, kind_of

__all__ = ["KINDS_REFUSED", "kind_of"]
