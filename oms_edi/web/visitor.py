"""Who looks at a page."""

from dataclasses import dataclass

from oms_edi.domain.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A user who is logged in, or whoever may look without."""

    #: Their name, which acts carry; "" for nobody.
    name: str
    role: Role
    #: What each of their forms must bring along.
    csrf: str
    #: True where there are users: somebody may log in.
    is_guarded: bool = False
    #: A token to be kept in the browser from now on, "" where it has one.
    visit: str = ""
    #: The token of a session that begins now, "" where none does.
    session: str = ""

    def may(self, needed: Role | str) -> bool:
        """True if they may what needs this role."""
        return self.role.may(Role(needed))
