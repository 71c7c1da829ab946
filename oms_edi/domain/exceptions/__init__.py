"""Everything that may need a person: the registry of kinds of exceptions, one module a queue.

A new kind is one row in the module of its queue; documentation and checks follow from it.
"""

from oms_edi.domain.exceptions import (
    edi,
    finance,
    master_data,
    orders,
    purchasing,
    stock,
    system,
    warehouse,
)
from oms_edi.domain.exceptions.kind import Kind, Queue, Severity, Units

KINDS: dict[str, Kind] = {
    kind.name: kind
    for module in (orders, finance, master_data, stock, warehouse, purchasing, edi, system)
    for kind in module.KINDS
}

__all__ = ["KINDS", "Kind", "Queue", "Severity", "Units"]
