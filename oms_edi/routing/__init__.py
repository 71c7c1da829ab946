"""Who ships what: filters, exact solution, explanation. Pure: values and `now` in, values out.

`oms_edi.routing.decide` is the way in; the kinds of filter are in `oms_edi.routing.rules`.
"""
