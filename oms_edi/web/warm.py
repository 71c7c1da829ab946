"""What the first visitor would wait for, made as the console starts, in a thread beside it.

Figures of the whole book, which a large one has to be read for; and templates.
"""

import gc
import logging
from collections.abc import Callable

from oms_edi.errors import OmsError
from oms_edi.pipeline.frame.step import Places
from oms_edi.web.pages import FIGURES
from oms_edi.web.site import WebSite

log = logging.getLogger(__name__)


def warm(site: WebSite) -> None:
    """Make it; without an order book, or settings, there is nothing to count."""
    site.view.compile()
    for name, figures in FIGURES.items():
        try:
            _count(site, name, figures)
        except (OmsError, OSError) as error:
            log.info("web.not_warm name=%s reason=%s", name, error)
        except Exception:  # the top of a thread: who looks at the page is told
            log.exception("web.not_warm name=%s", name)
        finally:
            site.books.let_go()
    gc.collect()
    gc.freeze()  # what is there now stays: no page waits for the collector to look through it


def _count(site: WebSite, name: str, figures: Callable[..., object]) -> None:
    books, now = site.books, site.clock()
    path = Places(var=site.source.settings()[0].folders.var).database
    site.kept.get(name, lambda: figures(books.reading(path), now=now), let_go=books.let_go)
