"""Clocks: what time makes an exception of, one module a family. All of them auto-close."""

from oms_edi.pipeline.clocks.clock import Clock
from oms_edi.pipeline.clocks.documents import DOCUMENTS
from oms_edi.pipeline.clocks.milestones import SHIP_DATE
from oms_edi.pipeline.clocks.rules import RULES
from oms_edi.pipeline.clocks.shipping import SHIPPING
from oms_edi.pipeline.clocks.silence import SILENCE
from oms_edi.pipeline.clocks.suppliers import SUPPLIERS

CLOCKS: tuple[Clock, ...] = (*DOCUMENTS, *SHIPPING, SUPPLIERS, SHIP_DATE, RULES, SILENCE)
