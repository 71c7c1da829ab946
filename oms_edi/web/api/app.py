"""The API as an application of its own; the console mounts it at `/api`."""

from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from oms_edi.web.site import WebSite


def make_api(site: "WebSite") -> FastAPI:
    """Return it; its pages for people would load scripts from elsewhere, so there are none."""
    return FastAPI(title="oms-edi", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
