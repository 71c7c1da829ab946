"""Many processes that fight for the same item through the acts and steps of production.

    python -m tests.support.writers SITE WRITERS ROUNDS

Each round a writer receives a unit, cancels an order of its own, or decides whatever is open: what
a person's commands and a second daemon beside the lock would do at the same instant. Exit code:
how many writers failed.
"""

import os
import random
import sys
import traceback
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

from oms_edi.config.config import load_config
from oms_edi.errors import NotFound, Refused, TransientError
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.steps import do_step
from oms_edi.store.database import attach
from tests.support.site import NOW


def fight(root: Path, number: int, rounds: int, start: int) -> None:
    """Be one writer."""
    config = load_config(root / "config.yaml")
    partners = load_partners(root / "mappings", config)
    chance = random.Random(number)
    os.read(start, 1)  # all begin together
    with closing(attach(Places(var=root / "var").database)) as connection:
        now = NOW + timedelta(seconds=number)
        step = Step(connection=connection, config=config, partners=partners, now=now)
        me = f"writer {number}"
        for count in range(rounds):
            what = (number + count) % 4
            with suppress(TransientError, NotFound, Refused):
                if what == 0:
                    acts.receive(step, "A1", "DAL", 1, actor=me, reason="found")
                elif what == 1 and chance.random() < 0.5:
                    po = f"PO{number:03d}"
                    acts.cancel(step, po, buyer_line=None, actor=me, reason="not wanted")
                else:
                    do_step(step, "fulfill")


def main() -> None:
    """Fork the writers, let them go, wait for them."""
    root, writers, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    start, go = os.pipe()
    children = []
    for number in range(writers):
        child = os.fork()
        if child == 0:
            os.close(go)
            try:
                fight(root, number, rounds, start)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(go)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(sum(code != 0 for code in codes))


if __name__ == "__main__":
    main()
