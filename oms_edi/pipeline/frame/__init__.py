"""What every step stands in: the step itself, its turn in the journal, batches, documents owed.

Imports nothing else of `oms_edi.pipeline`.
"""
