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
    said: set[str] = set()
    site.view.compile()
    _look(site, said)
    gc.collect()
    gc.freeze()  # what is there now stays: no page waits for the collector to look through it
    while not ended.wait(_IDLE_S):
        _look(site, said)


def _look(site: WebSite, said: set[str]) -> None:
    """Look at every figure, in a thread that then gives its connection back."""
    looking = threading.Thread(target=_count_all, args=(site, said), name="figures", daemon=True)
    looking.start()
    looking.join()


def _count_all(site: WebSite, said: set[str]) -> None:
    """Count what is old; without an order book, or settings, there is nothing to count.

    Why there is not is logged once for all figures; `said` is what was said at the last look.
    """
    reasons = set()
    for name, figures in FIGURES.items():
        try:
            _count(site, name, figures)
        except (OmsError, OSError) as error:
            reasons.add(str(error))
        except Exception:  # the top of a thread: who looks at the page is told
            log.exception("web.not_warm name=%s", name)
        finally:
            site.books.let_go()
    for reason in sorted(reasons - said):
        log.info("web.not_warm reason=%s", reason)
    said.clear()
    said.update(reasons)


def _count(site: WebSite, name: str, figures: Callable[..., object]) -> None:
    books, now = site.books, site.clock()
    path = Places(var=site.source.settings()[0].folders.var).database
    site.kept.get(name, lambda: figures(books.reading(path), now=now), let_go=books.let_go)
