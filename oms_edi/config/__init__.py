"""The operator's configuration: `config.yaml` as frozen values, one module a section of it.

Partners are not here: one mapping file each, see `oms_edi.partners`.
"""
