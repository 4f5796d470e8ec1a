"""Who asks, and the one place that says no: `require`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import Forbidden
from engine.transaction import Actor
from hotline.persons import Person
from hotline.roles import PERMISSIONS


class PasswordChangeDue(Forbidden):
    """This person must set a new password before anything else."""


@dataclass(frozen=True)
class Principal:
    """A person who proved who they are, by session (`scopes` None) or by API token.

    `permissions` is what counts: the person's own, cut down to the token's scopes.
    """

    person: Person
    actor: Actor
    permissions: frozenset[str]
    scopes: frozenset[str] | None = None
    session: str | None = None  # hash of the session's token
    renewal_due: bool = False

    @property
    def departments(self) -> frozenset[str]:
        """Departments whose tickets this person may see without `ticket.view_all`."""
        return self.person.departments


def principal_for(
    person: Person,
    *,
    scopes: frozenset[str] | None = None,
    session: str | None = None,
    renewal_due: bool = False,
) -> Principal:
    """The principal of a person; actor id is the login, which never changes and is never given twice."""
    granted = person.permissions if scopes is None else person.permissions & scopes
    name = person.name if scopes is None else f"{person.name}（接口）"
    actor = Actor(person.login, name, person.groups if "tasks" in granted else frozenset())
    return Principal(person, actor, granted, scopes, session, renewal_due)


def may(principal: Principal, permission: str) -> bool:
    """Whether a page should offer it; `require` still has to be asked when it is done."""
    return permission in principal.permissions


def require(principal: Principal, permission: str) -> None:
    """Raises Forbidden, naming what is missing."""
    if permission in principal.permissions:
        return
    label = PERMISSIONS.get(permission, permission)
    if permission in principal.person.permissions:
        raise Forbidden(f"访问令牌的范围不含“{label}”（{permission}），请换用含此范围的令牌。")
    raise Forbidden(f"您的岗位没有“{label}”的权限，如确需办理请联系系统管理员。")
