"""Names of companies in envelopes, as settings."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

#: No blanks around it, which are the padding of an ISA, and no usual delimiter.
_ID = re.compile(r"[!-)+-;=?-\]_`a-{}]([ -)+-;=?-\]_`a-{}]*[!-)+-;=?-\]_`a-{}])?")


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(
            "must be plain letters, digits and signs other than * ~ ^ > < |, without blanks around"
            " it: the padding is ours"
        )
    return text


def _qualifier(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{2}", text):
        raise ValueError("must be two letters or digits, such as ZZ or 01, in quotes")
    return text


#: ISA05, ISA07.
IsaQualifier = Annotated[str, Field(min_length=2, max_length=2), AfterValidator(_qualifier)]
#: ISA06, ISA08.
IsaId = Annotated[str, Field(min_length=1, max_length=15), AfterValidator(_id)]
#: GS02, GS03.
GsId = Annotated[str, Field(min_length=2, max_length=15), AfterValidator(_id)]
