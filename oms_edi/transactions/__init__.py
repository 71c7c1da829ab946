"""What transaction sets mean: one module a set, `read` segments to a value, `write` a value.

Syntax is `oms_edi.x12`; what follows from a value is decided in `oms_edi.pipeline`.
"""
