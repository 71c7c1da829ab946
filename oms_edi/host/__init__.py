"""The machine: users, folders, units and keys that root makes once. Plan, then act.

Nothing here touches the order book; what a running daemon needs is in `oms_edi.daemon`.
"""
