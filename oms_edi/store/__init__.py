"""The database: the only SQL. Functions take and return values; a transaction is the caller's.

`store.database` opens it, `store.schema` says what is in it. Every function that writes expects
to be inside `write_tx` and never commits.
"""
