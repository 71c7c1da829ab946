"""The index orders are found in, as a page asks for it: open in its thread, and up to date enough.

What happened since the last page is taken in by the page that asks, as far as that is quick; the
rest, and the first time all of the book, by a thread that ends when it is done. Nobody who does not
look at orders pays for it.
"""

import logging
import threading
import time
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, DatabaseError

from oms_edi.store.database import attach
from oms_edi.store.search_index import (
    bring_up,
    is_damaged,
    is_sound,
    open_index,
    read_progress,
    remove_index,
)

log = logging.getLogger(__name__)

#: Events a page takes in at most: some 20 ms. The stock ledger is left to the background.
_AT_ONCE = 300
#: Seconds between two portions in the background: the machine is for orders, too.
_PAUSE_S = 0.02
#: Seconds the background waits for a page that takes something in.
_WAIT_S = 5.0


class Finder:
    """The index of one console."""

    def __init__(self) -> None:
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def index(self, book: Connection, book_path: Path) -> Connection:
        """Return this thread's connection to the index, up to date but for what takes long.

        One that cannot be written, on a full disk, is asked as it is.
        """
        path = book_path.with_name("search.db")
        try:
            return self._up_to_date(book, book_path, path)
        except DatabaseError as error:
            if not self.is_made_anew(path, error):
                log.warning("search_index.behind path=%s reason=%s", path, error)
                return self._opened(path)
        return self._up_to_date(book, book_path, path)

    def _up_to_date(self, book: Connection, book_path: Path, path: Path) -> Connection:
        index = self._opened(path)
        worker = self._worker
        is_left_alone = worker is None or not worker.is_alive()
        if is_left_alone and bring_up(book, index, events=_AT_ONCE, blocks=0):
            self._go_on(book_path, path)
        return index

    def is_made_anew(self, path: Path, error: DatabaseError) -> bool:
        """True if an error comes of a damaged index, which is removed then: the next page makes it.

        It is looked through as a whole first: the order book may be what is damaged.
        """
        known: tuple[int, Connection] | None = getattr(self._mine, "opened", None)
        if known is None or not is_damaged(error):
            return False
        with self._lock:
            if _inode(path) != known[0]:  # another page was quicker
                return True
            if is_sound(known[1]):
                return False
            log.error("search_index.damaged path=%s reason=%s", path, error)
            remove_index(path)
        return True

    def is_whole(self, index: Connection) -> bool:
        """True if every order is in it but for the newest changes."""
        done = read_progress(index)
        return done is not None and done.next_order == 0

    def _opened(self, path: Path) -> Connection:
        known: tuple[int, Connection] | None = getattr(self._mine, "opened", None)
        if known is None or _inode(path) != known[0]:
            if known is not None:
                self._mine.opened = None
                known[1].close()
            index = open_index(path)
            known = self._mine.opened = (path.stat().st_ino, index)
        return known[1]

    def _go_on(self, book_path: Path, path: Path) -> None:
        with self._lock:
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(
                    target=_bring_up, args=(book_path, path), name="search index", daemon=True
                )
                self._worker.start()


def _inode(path: Path) -> int:
    """Return which file lies there, 0 if none does."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _bring_up(book_path: Path, path: Path) -> None:
    """Take all of the book into the index."""
    try:
        with closing(attach(book_path)) as book, closing(open_index(path, wait_s=_WAIT_S)) as index:
            book.execute("PRAGMA query_only = ON")
            inode = _inode(path)
            is_more = True
            while is_more and _inode(path) == inode:
                time.sleep(_PAUSE_S)
                is_more = bring_up(book, index)
    except Exception:  # the next page begins again
        log.exception("search_index.failed path=%s", path)
