"""A fault at one system call after another, then a run without: the result must be the same.

python -m tests.faults.sweep [--every N] [--only kill,ENOSPC,EIO] [--mutants] [--jobs N]
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from oms_edi.domain.documents import ShippingOrder
from oms_edi.testing import Scenario, answer_940, answer_997
from tests.faults import keeping
from tests.faults.facts import differences, facts
from tests.faults.mutants import KILLED, TRACED
from tests.faults.order import violations, whole_before_named
from tests.faults.run import Fault, counts, run
from tests.support.edi import counted, interchange, x850, x860
from tests.support.site import NOW, Site

WHATS = ("kill", "ENOSPC", "EIO")
#: Calls that can fail so; a kill comes at any of them.
_FAILS = {
    "ENOSPC": ("write", "pwrite64", "openat", "mkdir", "ftruncate", "fsync"),
    "EIO": ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate"),
}


def _only_21(order: ShippingOrder) -> Scenario:
    """Of PO22 and PO23 the warehouse says nothing yet: whatever comes first, it ends the same."""
    return "short" if order.po_number == "PO21" else "none"


def _answers(site: Site, mutant: Callable[[], None]) -> None:
    """Orders of yesterday, of which one was shipped, one is changed now, and all were answered."""
    for number in (21, 22, 23):
        order = x850(f"PO{number}", f"1*{number}*EA*4.00**VN*A1")
        site.drop("buyer", interchange(order, control=number), f"{number}.edi")
    run(
        site.root, before=mutant
    )  # in a child: what a process loads once is loaded under faults, too
    for number, path in enumerate(site.outgoing("wh", "940"), start=1):
        if b"PO21" in (told := path.read_bytes()):
            said = answer_940(told, control_number=number, now=NOW, scenario=_only_21)
            site.drop("wh", said, "945.edi")
    for number, path in enumerate(site.outgoing("buyer", "855"), start=901):
        taken = answer_997(path.read_bytes(), control_number=number, now=NOW)
        site.drop("buyer", taken, f"997-{number}.edi")
    change = x860("PO22", "1*QD*10*12*EA*4.00**VN*A1")
    site.drop("buyer", interchange(change, control=30, functional_id="PC"), "change.edi")
    portal = {"po_number": "J-1", "ship_to": {"code": "P1"}}
    lines = [{"line": "1", "item": "A1", "quantity": 2, "unit_price": "4.00"}]
    site.drop("portal", json.dumps(portal | {"lines": lines}), "portal.json")


def mixed_inbox(site: Site, mutant: Callable[[], None] = lambda: None) -> None:
    """Good, bad, repeated, cut and strange files of several partners at once."""
    _answers(site, mutant)
    bad = counted("850", "0002", ["BEG*00*SA*", "PO1*1*5*EA*4.00**VN*A1", "CTT*1"])
    first = interchange(x850("PO1", "1*30*EA*4.00**VN*A1"), bad, control=1)
    site.drop("buyer", first, "1.edi")
    site.drop("buyer", first, "2-again.edi")
    damaged = interchange(x850("PO2"), control=2).replace(b"IEA*1*000000002", b"IEA*1*000000009")
    good = interchange(x850("PO3", "1*90*EA*4.00**VN*A1"), control=3)
    site.drop("buyer", damaged + good, "3.edi")
    site.drop("buyer", b"%PDF-1.7", "4.edi")
    for number in range(4, 14):
        order = x850(f"PO{number}", f"1*{number}*EA*4.00**VN*A1", "2*6*EA*7.50**VN*B2")
        site.drop("buyer", interchange(order, control=number), f"{number}0.edi")
    for number in range(1, 14):
        order = x850(f"Q{number}", ship_to="N1*ST*HOME~N3*1 ROAD~N4*TULSA*OK*74133")
        other = interchange(order, sender="BUYER5", version="005010", control=number)
        site.drop("buyer5", other, f"{number}.edi")
    header = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"
    site.drop("shop", f"{header}S-1,1,B2,60,EA,7.50,S9,\nS-2,1,B2,x,EA,7.50,S9,\n", "5.csv")
    site.drop("wh", "sku,on hand\nB2,45\nC3,25\n", "count.csv")  # nothing ships these


@dataclass(slots=True)
class Swept:
    """What a sweep found."""

    points: int = 0
    #: Runs that really ended by the fault.
    hit: int = 0
    wrong: list[str] = field(default_factory=list)


def sweep(
    folder: Path,
    *,
    whats: tuple[str, ...] = WHATS,
    every: int = 1,
    first: int = 1,
    mutant: Callable[[], None] = lambda: None,
    told: Callable[[str], None] = lambda text: None,
    enough: int = 10**9,
) -> Swept:
    """Sweep over every `every`-th point, beginning with the `first`; stop at `enough` faults."""
    template, base = Site(folder / "template"), folder / "base"
    mixed_inbox(template, mutant)
    shutil.copytree(template.root, base)
    trace = folder / "trace"
    if run(base, trace=trace):
        raise RuntimeError("the undisturbed run failed")
    wanted = facts(base)
    assert wanted["broken"] == [], wanted["broken"]
    plain = folder / "plain"  # what is wrong without any fault proves nothing
    shutil.copytree(template.root, plain)
    assert (run(plain, before=mutant), differences(facts(plain), wanted, killed=True)) == (0, [])
    swept = Swept()
    faults = list(faults_of(counts(trace), whats))[first - 1 :: every]
    for number, fault in enumerate(faults, start=1):
        site = folder / "site"
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(template.root, site)
        code = run(site, fault=fault, before=mutant)
        swept.points += 1
        swept.hit += code != 0
        wrong = _after(site, wanted, fault, mutant)
        swept.wrong += [f"{fault}: {what}" for what in wrong]
        if wrong:
            told(f"WRONG: {fault}: {wrong[0]}")
        if number % 100 == 0:
            told(f"{number} of {len(faults)} points, {len(swept.wrong)} wrong")
        if len(swept.wrong) >= enough:
            break
    return swept


def _after(
    site: Path, wanted: dict[str, Any], fault: Fault, mutant: Callable[[], None]
) -> list[str]:
    """Run again without the fault, and say what is wrong then."""
    for _ in range(2):  # a file that failed once may wait for the next run
        if code := run(site, before=mutant):
            return [f"the next run ended with {code}"]
    return differences(facts(site), wanted, killed=fault.what == "kill")


def faults_of(found: dict[str, int], whats: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault at every call that was counted."""
    for what in whats:
        for call, count in found.items():
            if call in _FAILS.get(what, found):
                for number in range(1, count + 1):
                    yield Fault(call=call, number=number, what=what)


def sweep_keeping(
    folder: Path,
    name: str,
    *,
    whats: tuple[str, ...] = WHATS,
    every: int = 1,
    first: int = 1,
    told: Callable[[str], None] = lambda text: None,
) -> Swept:
    """Sweep over a backup or a restore in the same way."""
    act, template = keeping.ACTS[name], folder / "template"
    keeping.prepare(template)
    base, trace = folder / "base", folder / "trace"
    shutil.copytree(template, base)
    if run(base, act=act.do, trace=trace):
        raise RuntimeError(f"the undisturbed {name} failed")
    wanted = act.expect(template, base)
    swept = Swept(wrong=whole_before_named(trace, base))
    faults = list(faults_of(counts(trace), whats))[first - 1 :: every]
    for number, fault in enumerate(faults, start=1):
        site = folder / "site"
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(template, site)
        code = run(site, act=act.do, fault=fault)
        swept.points += 1
        swept.hit += code != 0
        wrong = act.check(site, wanted) + ([f"ended with {code}"] if code == 1 else [])
        swept.wrong += [f"{name}, {fault}: {what}" for what in wrong]
        if wrong:
            told(f"WRONG: {name}, {fault}: {wrong[0]}")
        if number % 100 == 0:
            told(f"{name}: {number} of {len(faults)} points, {len(swept.wrong)} wrong")
    return swept


def order_of(folder: Path, mutant: Callable[[], None] = lambda: None) -> list[str]:
    """Return what came too early in a run."""
    site = Site(folder / "traced")
    mixed_inbox(site)
    trace = folder / "order"
    if run(site.root, trace=trace, before=mutant):
        raise RuntimeError("the traced run failed")
    return violations(trace, site.root)


def main() -> None:
    """Sweep and print; exit 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th point")
    parser.add_argument("--only", default=",".join(WHATS), help="kinds of faults")
    parser.add_argument("--mutants", action="store_true", help="sweep wrong code instead")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="sweep so many at once"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if options.mutants:
            sys.exit(_mutants(Path(name), every=options.every))
        whats = tuple(options.only.split(","))
        sys.exit(_all(Path(name), whats=whats, every=options.every, jobs=options.jobs))


def _mutants(root: Path, *, every: int) -> bool:
    failed = False
    for mutant, wrong in {**KILLED, **TRACED}.items():
        folder = _made(root / mutant)
        if mutant in TRACED:
            told = order_of(folder, wrong)
        else:
            told = sweep(folder, whats=("kill",), every=every, mutant=wrong, enough=1).wrong
        sys.stdout.write(f"{mutant}: {told[0] if told else 'NOT CAUGHT'}\n")
        failed |= not told
    return failed


def _all(root: Path, *, whats: tuple[str, ...], every: int, jobs: int) -> bool:
    """Sweep over a run, a backup and a restore; True if anything is wrong."""
    began = time.monotonic()
    early = order_of(root)
    wrong = list(early)
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        for name in ("run", *keeping.ACTS):
            shards = [
                pool.submit(
                    _shard,
                    _made(root / f"{name}-{number}"),
                    name,
                    whats=whats,
                    every=every * jobs,
                    first=1 + number * every,
                )
                for number in range(jobs)
            ]
            found = [shard.result() for shard in shards]
            wrong += [text for one in found for text in one.wrong]
            sys.stdout.write(
                f"{name}: {sum(one.points for one in found)} points,"
                f" {sum(one.hit for one in found)} ended it,"
                f" {sum(len(one.wrong) for one in found)} wrong\n"
            )
    sys.stdout.write("".join(f"{text}\n" for text in wrong))
    sys.stdout.write(f"{len(early)} calls too early, {time.monotonic() - began:.0f} s\n")
    return bool(wrong)


def _shard(folder: Path, name: str, **how: Any) -> Swept:
    if name == "run":
        return sweep(folder, told=_tell, **how)
    return sweep_keeping(folder, name, told=_tell, **how)


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
