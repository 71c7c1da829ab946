"""Many small files: 10,000 one-order interchanges dropped at once into 20 folders.

python -m benchmarks.files [FILES]      files a second end to end, with full durability, and memory

In one process: each file claimed, archived, read, its order routed, 997, 855 and 940 on disk. The
floor in the same run: the same bytes written, fsynced and renamed once, a file at a time.
"""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.support.edi import interchange, x850
from tests.support.site import MAPPINGS, Site

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PARTNERS = 20


def main() -> None:
    """Drop, run, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        site = _site(Path(folder) / "site")
        files = _drop(site, count)
        floor_s = _floor(Path(folder) / "floor", files)
        before_mib = _peak_mib()
        began = time.perf_counter()
        done = site.run()
        took_s = time.perf_counter() - began
        answered = site.query("SELECT count(*) FROM outbox WHERE set_id = '997' AND state = 'sent'")
    print(f"{count} files in {PARTNERS} folders, {PARTNERS} partners: {done}")
    print(f"answered with a 997 on disk: {answered[0][0]} interchanges of 997s")
    print(f"whole way, durable   {took_s:7.1f} s  {count / took_s:7.0f} files/s")
    print(
        f"floor                {floor_s:7.1f} s  {count / floor_s:7.0f} files/s"
        f"  {took_s / floor_s:.1f} x the time"
    )
    print(f"peak memory {_peak_mib():.0f} MiB, {before_mib:.0f} MiB before the first file")


def _site(root: Path) -> Site:
    site = Site(root)
    for number in range(PARTNERS):
        text = MAPPINGS["buyer"].replace("BUYER", f"B{number:02d}")
        site.configure(f"b{number:02d}", text)
    lines = "".join(f"{node},A1,10000000\n" for node in ("DAL", "RNO"))
    site.load("stock", f"node,item,on_hand\n{lines}")
    return site


def _drop(site: Site, count: int) -> list[bytes]:
    files = []
    for number in range(count):
        partner = number % PARTNERS
        content = interchange(
            x850(f"PO{number}"), control=number // PARTNERS + 1, sender=f"B{partner:02d}"
        )
        path = site.root / "inbox" / f"b{partner:02d}" / f"{number:05d}.edi"
        path.write_bytes(content)
        files.append(content)
    return files


def _floor(folder: Path, files: list[bytes]) -> float:
    """Write, fsync and rename each file once."""
    folder.mkdir()
    began = time.perf_counter()
    for number, content in enumerate(files):
        path = folder / f"{number}.tmp"
        with open(path, "wb") as writer:
            writer.write(content)
            writer.flush()
            os.fsync(writer.fileno())
        path.rename(folder / f"{number}.edi")
    return time.perf_counter() - began


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
