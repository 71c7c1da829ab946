"""Lived again: a replay from the journal, a simulation under other settings, and how books differ.

Above `steps`, which it does again; nothing of a running daemon asks it.
"""
