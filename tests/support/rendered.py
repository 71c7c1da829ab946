"""What our own guide has against a set as it is rendered, for tests of writers."""

from collections.abc import Sequence

from oms_edi.domain.issue import Issue
from oms_edi.pipeline.frame.outgoing import check_segments
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.overlay import Rule


def check_rendered(
    text: str, set_id: str, version: str, delimiters: Delimiters, rules: Sequence[Rule] = ()
) -> list[Issue]:
    """What our own guide and a partner's rules have against the text of a set."""
    segments = text.split(delimiters.segment)
    if not segments[-1].strip():
        segments.pop()
    return check_segments(segments, set_id, version, delimiters, rules)
