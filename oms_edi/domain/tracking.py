"""Where a carrier shows what became of a load, by its SCAC; the customers' side of a shipment."""

from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote


class Carrier(NamedTuple):
    """A carrier as customers know it."""

    name: str
    #: Address of its tracking page; the tracking or PRO number stands for {}.
    page: str


_UPS = Carrier("UPS", "https://www.ups.com/track?tracknum={}")
_FEDEX = Carrier("FedEx", "https://www.fedex.com/fedextrack/?trknbr={}")
_USPS = Carrier("USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}")
_DHL = Carrier("DHL", "https://www.dhl.com/us-en/home/tracking.html?tracking-id={}")
_XPO = Carrier("XPO", "https://app.ltl.xpo.com/appjs/tracking/details/{}")
_RLC = Carrier(
    "R+L Carriers",
    "https://www2.rlcarriers.com/freight/shipping/shipment-tracing?pro={}&docType=PRO",
)
_ODFL = Carrier(
    "Old Dominion", "https://www.odfl.com/us/en/tools/trace-track-ltl-freight.html?proNumbers={}"
)
_SAIA = Carrier("Saia", "https://www.saia.com/track/details;pro={}")
_ESTES = Carrier(
    "Estes", "https://www.estes-express.com/myestes/shipment-tracking/?query={}&type=PRO"
)
_ABF = Carrier("ABF Freight", "https://arcb.com/tools/tracking.html#/{}")

#: SCAC (National Motor Freight Traffic Association): the carrier.
CARRIERS = MappingProxyType(
    {
        **dict.fromkeys(("UPSN", "UPSG", "UPSS", "UPSC"), _UPS),
        **dict.fromkeys(("FDEG", "FDXG", "FDE", "FDEN", "FDX", "FXFE", "FXNL", "FXFW"), _FEDEX),
        **dict.fromkeys(("USPS", "USPN"), _USPS),
        **dict.fromkeys(("DHLC", "DHLG"), _DHL),
        **dict.fromkeys(("XPOL", "CNWY"), _XPO),
        "RLCA": _RLC,
        "ODFL": _ODFL,
        "SAIA": _SAIA,
        "EXLA": _ESTES,
        "ABFS": _ABF,
    }
)


def carrier_name(scac: str, told: str) -> str:
    """Return what customers call a carrier: its name as told, or as we know it."""
    known = CARRIERS.get(scac.upper())
    return told or (known.name if known else scac)


def tracking_link(scac: str, number: str) -> str:
    """Return where to follow a load or parcel, "" if the carrier has no page we know."""
    known = CARRIERS.get(scac.upper())
    return known.page.format(quote(number, safe="")) if known and number else ""
