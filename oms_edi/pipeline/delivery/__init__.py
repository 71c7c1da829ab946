"""The way out, and servers: files put down, visits to partners' servers, calls of their APIs.

A visit also fetches, so this is above `intake`. Bytes travel in `oms_edi.transports`.
"""
