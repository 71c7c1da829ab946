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
    #: True where users are configured: somebody may log in.
    is_guarded: bool

    def may(self, needed: Role) -> bool:
        """True if they may what needs this role."""
        return self.role.may(needed)
