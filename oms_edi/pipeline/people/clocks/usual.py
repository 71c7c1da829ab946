"""What is usual of each partner: how many files come in an hour of a weekday, the longest gap.

Learned from the files of the last weeks and kept in memory; learned anew once an hour.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from oms_edi.pipeline.frame.step import Step
from oms_edi.store import due
from oms_edi.store.timeline import stamp

_HOUR = timedelta(hours=1)


@dataclass(kw_only=True)
class Habit:
    """The files of one partner."""

    #: The hours in which files came, oldest first, and how many.
    hours: list[tuple[datetime, int]] = field(default_factory=list)
    #: Files of all those weeks by (weekday, hour), UTC.
    slots: Counter[tuple[int, int]] = field(default_factory=Counter)
    longest_gap: timedelta = timedelta(0)

    def add(self, hour: datetime, count: int) -> None:
        """Note files that came in an hour, no earlier than those before."""
        if self.hours:
            self.longest_gap = max(self.longest_gap, hour - self.hours[-1][0])
        self.hours.append((hour, count))
        self.slots[hour.weekday(), hour.hour] += count

    @property
    def files(self) -> int:
        """All of them."""
        return sum(count for _, count in self.hours)

    def expected(self, start: datetime, end: datetime, weeks: float) -> float:
        """Return how many files usually come between two instants."""
        mean, at = 0.0, start
        while at < end:
            until = min(end, at.replace(minute=0, second=0, microsecond=0) + _HOUR)
            share = (until - at) / _HOUR
            mean += self.slots[at.weekday(), at.hour] / weeks * share
            at = until
        return mean

    def came(self, since: datetime) -> int:
        """Return how many came in the hours that began at `since` or later."""
        return sum(count for hour, count in self.hours if hour >= since)


class Usual:
    """Every partner's habit, learned in an hour and kept up with every file since."""

    def __init__(self) -> None:
        self.habits: dict[str, Habit] = {}
        self._hour: datetime | None = None
        self._last_file = 0

    def learn(self, step: Step) -> None:
        """Learn all of it again if an hour began since the last time, else what came since."""
        hour = step.now.replace(minute=0, second=0, microsecond=0)
        if self._hour != hour:
            self._hour, self._last_file, self.habits = hour, 0, {}
        since = hour - timedelta(days=step.config.watch.silence.history_days)
        newest = due.newest_file(step.connection)
        if newest == self._last_file:
            return
        for partner, text, count in due.arrivals(
            step.connection, stamp(since), after=self._last_file
        ):
            self.habits.setdefault(partner, Habit()).add(
                datetime.fromisoformat(f"{text}:00:00").replace(tzinfo=UTC), count
            )
        self._last_file = newest
