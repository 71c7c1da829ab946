"""Stand-ins for the other side, for demos and tests: a warehouse that answers 940s with 945s."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from oms_edi.domain.documents import AdviceLine, ShippingAdvice, ShippingOrder
from oms_edi.domain.item import check_digit
from oms_edi.domain.party import Party
from oms_edi.transactions import t940_shipping_order, t945_shipping_advice
from oms_edi.x12.control import interchange_control, set_control
from oms_edi.x12.envelope import GroupHeader, InterchangeHeader
from oms_edi.x12.scan import GroupStart, InterchangeStart, ScanLimits, SetRead, scan
from oms_edi.x12.write import Body, RenderedGroup, SetOut, assemble, render_set

#: How a warehouse ships an order: everything, some of it, or in two loads.
SCENARIOS = ("full", "short", "split")
