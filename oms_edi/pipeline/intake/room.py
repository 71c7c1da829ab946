"""Room on the disk: without it no file is taken, so that what is owed can still be delivered."""

import shutil

from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store.exceptions import close_exception, open_subjects

_SUBJECT = "folders.var"


def has_room(step: Step) -> bool:
    """Say whether files may be taken; a person is told once, and it ends by itself."""
    free = shutil.disk_usage(step.places.var).free
    is_low = free < step.config.intake.min_free_bytes
    if is_low != (_SUBJECT in open_subjects(step.connection, "disk_low")):
        tell_room(step, free_bytes=free, is_low=is_low)
    return not is_low


@act
def tell_room(step: Step, *, free_bytes: int, is_low: bool) -> None:
    """Put it in front of a person that the disk is nearly full, or no more."""
    if is_low:
        wanted = step.config.intake.min_free_bytes
        text = (
            f"{free_bytes // 1_000_000} MB are free where folders.var lies, and"
            f" intake.min_free_bytes asks for {wanted // 1_000_000}: no file is taken"
        )
        attention(step, "disk_low", _SUBJECT, text)
    else:
        close_exception(step.connection, "disk_low", _SUBJECT, at=step.at)
