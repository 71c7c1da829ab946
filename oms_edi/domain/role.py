"""Who may what in the console: each role may what the one before it may."""

from enum import StrEnum


class Role(StrEnum):
    """What a page or an act asks for, the least first."""

    ANYBODY = "anybody"  # no user has it: pages without a log-in
    VIEWER = "viewer"  # sees everything, changes nothing
    OPERATOR = "operator"  # acts on orders, stock, files, exceptions and master data
    ADMINISTRATOR = "administrator"  # also what reaches beyond one order: keys, links, settings

    def may(self, needed: "Role") -> bool:
        """True if who has this role may what needs that one."""
        return _LEVELS[self] >= _LEVELS[needed]


_LEVELS = {role: level for level, role in enumerate(Role)}
#: Roles a user may have.
ROLES = tuple(role for role in Role if role is not Role.ANYBODY)
