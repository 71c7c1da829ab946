"""X12 syntax: bytes to interchanges, groups, transaction sets, segments, and back.

Knows no business. What a set means is read and written in `oms_edi.transactions`.
"""
