"""Whatever is changed, shipped and received in whatever order: quantities and answers agree."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms_edi.errors import OmsError
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.shipping.warehouse_said import warehouse_said
from oms_edi.testing import answer_940, last_words
from tests.support.edi import interchange, named, x850, x860
from tests.support.site import MAPPINGS, Site

LINES = {"1": "A1", "2": "B2"}
PRICES = {"A1": "4.00", "B2": "7.50", "C3": "1.25"}
#: Answers of an 855 or 865 by which units will come, or came.
COMING = {"IA", "IQ", "IP", "IB", "IH", "DR"}

quantity = st.integers(1, 220)
a_change = st.one_of(
    st.tuples(st.just("CA"), st.sampled_from("12"), quantity),
    st.tuples(st.just("QD"), st.sampled_from("12"), quantity),
    st.tuples(st.just("QI"), st.sampled_from("12"), quantity),
    st.tuples(st.just("DI"), st.sampled_from("12"), st.just(0)),
    st.tuples(st.just("AI"), st.just("3"), quantity),
)
an_event = st.one_of(
    st.tuples(st.just("change"), st.lists(a_change, min_size=1, max_size=2)),
    st.tuples(st.just("cancel"), st.just(())),
    st.tuples(st.just("ship"), st.sampled_from(["full", "short", "split"])),
    st.tuples(st.just("receive"), st.sampled_from(["A1", "B2", "C3"])),
    st.tuples(st.just("said"), st.sampled_from(["agreed", "refused"])),
    st.tuples(st.just("drop line"), st.sampled_from("12")),
)


class World:
    """A site, and what its customer was told."""

    def __init__(self, root: Path) -> None:
        self.site = Site(root)
        self.site.configure("buyer", MAPPINGS["buyer"] + '  documents: ["855", "856", "865"]\n')
        self.control = 0
        self.shipped_files: set[str] = set()

    def send(self, text: str, functional_id: str) -> None:
        self.control += 1
        content = interchange(text, control=self.control, functional_id=functional_id)
        self.site.drop("buyer", content, f"{self.control}.edi")

    def do(self, what: str, how: Any) -> None:
        self.site.now += timedelta(minutes=10)
        step = self.site.step()
        try:
            match what:
                case "change":
                    pocs = [self.poc(*one) for one in how]
                    bch = f"BCH*04*SA*{{po}}**{self.control + 1}*20260302"
                    self.send(x860("PO1", *pocs, bch=bch), "PC")
                case "cancel":
                    bch = f"BCH*01*SA*{{po}}**{self.control + 1}*20260302"
                    self.send(x860("PO1", bch=bch), "PC")
                case "ship":
                    self.ship(how)
                case "receive":
                    acts.receive(step, how, "DAL", 40, actor="ann", reason="truck")
                case "said":
                    warehouse_said(step, "SO100001-1", how, actor="ann", reason="by phone")
                case "drop line":
                    acts.cancel(step, "PO1", buyer_line=how, actor="ann", reason="called off")
        except OmsError:
            pass  # refused: nothing is to happen then
        finally:
            step.connection.close()

    def poc(self, code: str, line: str, units: int) -> str:
        item = LINES.get(line, "C3")
        return f"{line}*{code}*{units}*{units}*EA*{PRICES[item]}**VN*{item}"

    def ship(self, how: Any) -> None:
        """Have the warehouses answer what they have not answered yet."""
        for warehouse in ("wh", "wh2"):
            paths = self.site.outgoing(warehouse, "940")
            sent = [path.read_bytes() for path in paths]
            for path, content, silent in zip(paths, sent, last_words(sent), strict=True):
                if path.name in self.shipped_files or silent:
                    continue
                self.shipped_files.add(path.name)
                answer = answer_940(
                    content,
                    control_number=int(path.stem.split("_")[1]),
                    now=self.site.now,
                    scenario=lambda _: how,
                )
                self.site.drop(warehouse, answer, f"945_{path.stem}.edi")

    def check(self, runner: Runner) -> None:
        assert self.site.divergences() == []
        lines: dict[str, list[dict[str, Any]]] = {}
        for line in self.site.order()["lines"]:
            lines.setdefault(line["buyer_line"], []).append(line)
        if any(change["state"] != "settled" for change in self.site.order()["changes"]):
            return
        told = dict(self.told())
        for number, rows in lines.items():
            coming = sum(row["ordered"] - row["cancelled"] for row in rows)
            assert told.get(number, 0) == coming, (number, told, rows)

    def told(self) -> Iterator[tuple[str, int]]:
        """Units by line the customer expects after every 855 and 865, oldest first."""
        expected: dict[str, int] = {}
        paths = [*self.site.outgoing("buyer", "855"), *self.site.outgoing("buyer", "865")]
        for path in sorted(paths, key=lambda path: path.stem.split("_")[1]):
            segments = [s.split("*") for s in path.read_bytes().decode().split("~")]
            if path.name.startswith("855"):
                expected.clear()
            number = ""
            for segment in segments:
                if segment[0] in ("PO1", "POC"):
                    number = segment[1]
                    answers = answers_of(segments, segment)
                    if segment[0] == "PO1" or not answers <= {"IR", "R2"}:
                        expected[number] = 0
                elif segment[0] == "ACK" and segment[1] in COMING:
                    expected[number] += int(segment[2])
        yield from expected.items()


def answers_of(segments: list[list[str]], line: list[str]) -> set[str]:
    """ACK01 of the answers to a line."""
    found = set()
    for segment in segments[segments.index(line) + 1 :]:
        if segment[0] != "ACK":
            break
        found.add(segment[1])
    return found


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False
)
@given(
    first=st.tuples(st.integers(1, 160), st.integers(1, 60)),
    events=st.lists(an_event, min_size=2, max_size=7),
)
def test_lines_add_up_and_the_customer_knows_what_comes(
    first: tuple[int, int], events: list[tuple[str, Any]]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "site")
        world.site.root.mkdir(exist_ok=True)
        lines = (f"1*{first[0]}*EA*4.00**VN*A1", f"2*{first[1]}*EA*7.50**VN*B2")
        world.send(x850("PO1", *lines), "PO")
        site = world.site
        with owner(site.config):
            runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
            runner.once()
            for what, how in events:
                world.do(what, how)
                runner.once()
                world.check(runner)
            runner.connection.close()
        for path in site.outgoing("buyer", "997"):
            assert {segment[1] for segment in named(path.read_bytes(), "AK5")} <= {"A"}
