"""The clock of what does not come: a partner that sends fewer files than it usually does."""

from collections.abc import Iterator
from datetime import timedelta

from oms_edi.config.watch import Silence
from oms_edi.domain.counted import counted
from oms_edi.domain.silence import is_too_few
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.clock import Clock, Finding, Memory
from oms_edi.pipeline.people.clocks.usual import Habit
from oms_edi.store.timeline import stamp

_HOUR = timedelta(hours=1)
#: A gap no longer than this is none: night, or a batch sent in one go.
_SHORTEST_GAP = timedelta(hours=12)


def _find(step: Step, memory: Memory) -> Iterator[Finding]:
    memory.usual.learn(step)
    for partner, habit in memory.usual.habits.items():
        text = _silent(step, habit, step.config.watch.silence)
        if text and step.partners.find(partner):
            yield Finding(subject=partner, text=f"{partner} {text}", partner=partner)


def _silent(step: Step, habit: Habit, settings: Silence) -> str:
    """Return what is unusual; "" while all is as usual, or nothing is usual yet."""
    first, last = habit.hours[0][0], habit.hours[-1][0]
    if habit.files < settings.least_files:
        return ""
    if last - first < timedelta(days=settings.known_after_days):
        return ""
    weeks = (step.now - first) / timedelta(days=7)
    chance = settings.chance_percent / 100
    least = settings.least_mean
    since = min(last + _HOUR, step.now)
    mean = habit.expected(since, step.now, weeks)
    if is_too_few(0, mean, chance=chance, least_mean=least):
        return f"sent no file since {stamp(last)}; usually {least:g} or more come in such a time"
    today = step.now.replace(hour=0, minute=0, second=0, microsecond=0)
    mean = habit.expected(today, step.now, weeks)
    came = habit.came(today)
    if is_too_few(came, mean, chance=chance, least_mean=least):
        return f"sent {counted(came, 'file')} on {today:%Y-%m-%d} so far, far fewer than usual"
    daily = habit.files / weeks / 7
    gap = step.now - last
    if daily < least and gap > 2 * max(habit.longest_gap, _SHORTEST_GAP):
        hours = habit.longest_gap / _HOUR
        return f"sent no file since {stamp(last)}; its longest gap so far was {hours:.0f} h"
    return ""


SILENCE = Clock(kind="silence", find=_find)
