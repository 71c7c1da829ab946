"""Who gets what from where, when the rest comes, and why.

The rules are pure and live in `oms_edi.routing`; here they meet stock and orders.
"""
