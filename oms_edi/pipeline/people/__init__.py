"""What people do and are told: acts on orders and exceptions, clocks, notifications.

A kind of exception is declared in `oms_edi.domain.exceptions` and opened by `frame.attention`.
"""
