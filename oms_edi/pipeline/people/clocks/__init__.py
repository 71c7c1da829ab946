"""Clocks: what time makes an exception of, one module a family. All of them auto-close."""

from oms_edi.pipeline.people.clocks.clock import Clock
from oms_edi.pipeline.people.clocks.documents import DOCUMENTS
from oms_edi.pipeline.people.clocks.milestones import SHIP_DATE
from oms_edi.pipeline.people.clocks.rules import RULES
from oms_edi.pipeline.people.clocks.shipping import SHIPPING
from oms_edi.pipeline.people.clocks.silence import SILENCE
from oms_edi.pipeline.people.clocks.suppliers import SUPPLIERS

CLOCKS: tuple[Clock, ...] = (*DOCUMENTS, *SHIPPING, SUPPLIERS, SHIP_DATE, RULES, SILENCE)
