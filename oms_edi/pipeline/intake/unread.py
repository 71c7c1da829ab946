"""Files that are claimed and that the machine cannot read now: no fault of theirs, but a person's
to know. They are read again in every pass.
"""

from collections.abc import Collection

from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store.exceptions import close_exception, open_subjects

_KIND = "file_waits"


def see_to_unread(step: Step, files: Collection[str]) -> None:
    """Tell a person of these files (partner and name), and no more of others, if that is news."""
    if set(files) != set(open_subjects(step.connection, _KIND)):
        tell_unread(step, files=sorted(files))


@act
def tell_unread(step: Step, *, files: list[str]) -> None:
    """Put claimed files that cannot be read in front of a person; close what was told of others."""
    for subject in set(open_subjects(step.connection, _KIND)) - set(files):
        close_exception(step.connection, _KIND, subject, at=step.at)
    for subject in files:
        text = f"{subject} was taken and cannot be read now: see the log, and the disk"
        attention(step, _KIND, subject, text, partner=subject.partition("/")[0])
