"""The steps: the only place where effects and decisions meet.

collect → ingest → fulfill → release → notify → deliver; `run` strings them together.
"""
