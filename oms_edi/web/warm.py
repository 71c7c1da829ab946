"""What the first visitor would wait for, made as the console starts, in a thread beside it.

Figures of the whole book, which a large one has to be read for; and templates. Figures are made
again now and then where nobody looks, so that who comes in the morning does not see last night's.
"""

import gc
import logging
import threading
from collections.abc import Callable

from oms_edi.errors import OmsError
from oms_edi.pipeline.frame.step import Places
from oms_edi.web.pages import FIGURES
from oms_edi.web.site import WebSite

log = logging.getLogger(__name__)


#: Seconds between looks where nobody else looks.
_IDLE_S = 600.0


def keep_warm(site: WebSite, ended: threading.Event) -> None:
    """Make it, and look at the figures now and then until the console has ended."""
    site.view.compile()
    _look(site)
    gc.collect()
    gc.freeze()  # what is there now stays: no page waits for the collector to look through it
    while not ended.wait(_IDLE_S):
        _look(site)


def _look(site: WebSite) -> None:
    """Look at every figure, in a thread that then gives its connection back."""
    looking = threading.Thread(target=_count_all, args=(site,), name="figures", daemon=True)
    looking.start()
    looking.join()


def _count_all(site: WebSite) -> None:
    """Count what is old; without an order book, or settings, there is nothing to count."""
    for name, figures in FIGURES.items():
        try:
            _count(site, name, figures)
        except (OmsError, OSError) as error:
            log.info("web.not_warm name=%s reason=%s", name, error)
        except Exception:  # the top of a thread: who looks at the page is told
            log.exception("web.not_warm name=%s", name)
        finally:
            site.books.let_go()


def _count(site: WebSite, name: str, figures: Callable[..., object]) -> None:
    books, now = site.books, site.clock()
    path = Places(var=site.source.settings()[0].folders.var).database
    site.kept.get(name, lambda: figures(books.reading(path), now=now), let_go=books.let_go)
