"""What an administrator does for the order book: backups, restores, checks, figures.

Nothing here decides about orders. What changes the book is an act in `oms_edi.pipeline`.
"""
