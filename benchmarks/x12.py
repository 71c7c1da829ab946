"""The X12 engine alone: reading, writing, memory; against pyx12 in the same run.

    python -m benchmarks.x12 [--orders 5000] [--large-mb 200]

Every part runs in a process of its own; its peak memory is what the kernel says of that process.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from benchmarks.made_orders import LINES, write_interchange
from benchmarks.pipeline import parse_and_validate, pyx12_validation


def write_and_validate(folder: Path) -> Callable[[], None]:
    """Write as many 855s as there are orders in the file, each checked against its guide."""
    from oms_edi.domain.documents import AcknowledgedLine, Acknowledgment, LineAnswer
    from oms_edi.transactions import t855_acknowledgment
    from oms_edi.x12.envelope import Delimiters
    from oms_edi.x12.write import SetOut, render_set
    from tests.support.rendered import check_rendered

    count = int((folder / "orders").read_text())
    delimiters = Delimiters()
    day = date(2026, 3, 5)

    def answer(n: int) -> Acknowledgment:
        lines = tuple(
            AcknowledgedLine(
                buyer_line=str(line),
                quantity=Decimal(12 + (n + line) % 24),
                unit="EA",
                unit_price=Decimal("4.25"),
                price_basis="PE",
                items=(("IN", f"BIT-{(n * 7 + line) % 200:04d}"),),
                answers=(LineAnswer(status="IA", quantity=Decimal(12 + (n + line) % 24), on=day),),
            )
            for line in range(1, LINES + 1)
        )
        return Acknowledgment(
            purpose="00",
            kind="AD",
            po_number=f"P{n:08d}",
            release_number="",
            ordered_on=day,
            order_id=f"SO{n}",
            acknowledged_on=day,
            lines=lines,
        )

    def run() -> None:
        for n in range(count):
            body = t855_acknowledgment.write(answer(n), version="004010")
            out = SetOut(set_id="855", control_number=f"{n % 9999 + 1:04d}", body=body)
            if check_rendered(render_set(out, delimiters), "855", "004010", delimiters):
                raise SystemExit("an 855 does not pass its guide")

    return run


PARTS: dict[str, Callable[[Path], Callable[[], None]]] = {
    "read_and_validate": parse_and_validate,
    "write_and_validate": write_and_validate,
    "pyx12_validation": pyx12_validation,
}


def make(folder: Path, orders: int) -> Path:
    """Write an interchange of so many orders into a folder."""
    folder.mkdir()
    write_interchange(folder / "orders.edi", orders)
    (folder / "orders").write_text(str(orders))
    return folder


def in_process(part: str, folder: Path) -> dict[str, float]:
    """Run one part in a process of its own; return wall seconds and peak memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.x12", "--part", part, "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--large-mb", type=int, default=200)
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        run = PARTS[chosen.part](chosen.folder)
        start = time.perf_counter()
        run()
        seconds = time.perf_counter() - start
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_mib": peak_mib}))
        return
    with tempfile.TemporaryDirectory(prefix="oms-edi-bench-") as name:
        measure(Path(name), chosen.orders, chosen.large_mb)


def measure(root: Path, orders: int, large_mb: int) -> None:
    """Run every part and print its figures."""
    folder = make(root / "orders", orders)
    found = {part: in_process(part, folder) for part in PARTS}
    print(f"{orders} documents of {LINES} lines\n")
    print(f"{'part':<22}{'seconds':>9}{'documents/s':>13}")
    for part, figures in found.items():
        print(f"{part:<22}{figures['seconds']:>9.2f}{orders / figures['seconds']:>13.0f}")
    peer = found["pyx12_validation"]["seconds"]
    for part in ("read_and_validate", "write_and_validate"):
        print(f"{part} / pyx12 validation of 850s: {peer / found[part]['seconds']:.1f} x (goal 15)")
    each = (folder / "orders.edi").stat().st_size / orders
    small = make(root / "small", max(1, round(1e6 / each)))
    large = make(root / "large", round(large_mb * 1e6 / each))
    few = in_process("read_and_validate", small)["peak_mib"]
    many = in_process("read_and_validate", large)["peak_mib"]
    print(
        f"\npeak memory: 1 MB interchange {few:.0f} MiB, {large_mb} MB {many:.0f} MiB,"
        f" {many - few:.0f} MiB more (goal 80 at most)"
    )


if __name__ == "__main__":
    main()
