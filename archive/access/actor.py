"""Actors: who asks. Always passed explicitly; there is no "no actor".

ANONYMOUS may do nothing. SYSTEM is the program itself (index writing, upkeep) and the only unfiltered case; it is never
bound to a request. Every other actor is a user whose attributes were resolved when the request began, so that a change
of rights works on the next request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.models import Department, Grant, User, utc_now
from archive.scheme import load_scheme


class Role(StrEnum):
    """What a person is to the archive. Functions of the class scheme follow from roles and departments."""

    READER = "reader"
    CLERK = "clerk"
    ARCHIVIST = "archivist"
    MR_ARCHIVIST = "mr_archivist"
    LOGISTICS = "logistics"
    EQUIPMENT = "equipment"
    FINANCE = "finance"
    HR = "hr"
    HEAD = "head"
    AUTHORITY = "authority"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"


ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
"""三员: three different people, none of whom reads content (GB/T 22239-2019)."""

NOT_STAFF: Final = ADMINISTRATORS | {Role.AUTHORITY}

FUNCTION_OF_ROLE: Final = {
    Role.ARCHIVIST: "archivist",
    Role.MR_ARCHIVIST: "mr_archivist",
    Role.LOGISTICS: "engineering",
    Role.EQUIPMENT: "equipment",
    Role.FINANCE: "finance",
    Role.HR: "hr",
}


@dataclass(frozen=True)
class GrantedRight:
    """One valid grant as the rules see it: exactly one of the three objects is set."""

    item_id: str | None
    volume_id: str | None
    class_codes: frozenset[str]
    rights: frozenset[str]
    level: int


@dataclass(frozen=True)
class Actor:
    """A resolved identity. `functions` are the functional principals held, `staff` included for employees."""

    id: str
    name: str = field(repr=False)
    roles: frozenset[Role] = frozenset()
    functions: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    clearance: int = 1
    grants: tuple[GrantedRight, ...] = ()

    @property
    def is_system(self) -> bool:
        """Whether this is the program itself."""
        return self is SYSTEM

    @property
    def is_staff(self) -> bool:
        """Whether this is an employee who may search the archive."""
        return "staff" in self.functions


ANONYMOUS: Final = Actor(id="anonymous", name="anonymous", clearance=0)
SYSTEM: Final = Actor(id="system", name="system", clearance=5)


def resolve_actor(session: Session, user: User, *, now: datetime | None = None) -> Actor:
    """The actor for an active user, with the rights of this moment; ANONYMOUS for a disabled one."""
    if not user.is_active:
        return ANONYMOUS
    roles = frozenset(Role(row.role) for row in user.roles)
    departments = frozenset(row.department for row in user.memberships)
    return Actor(
        id=user.id,
        name=user.name,
        roles=roles,
        functions=_functions(session, roles, departments),
        departments=departments if not roles & NOT_STAFF else frozenset(),
        clearance=user.clearance,
        grants=_grants(session, user.id, now or utc_now()),
    )


def _functions(session: Session, roles: frozenset[Role], departments: frozenset[str]) -> frozenset[str]:
    if not roles or roles & NOT_STAFF:
        return frozenset({"authority"} if roles == {Role.AUTHORITY} else ())
    held = session.scalars(select(Department).where(Department.code.in_(departments)))
    of_departments = {function for department in held for function in department.functions}
    of_roles = {FUNCTION_OF_ROLE[role] for role in roles if role in FUNCTION_OF_ROLE}
    return frozenset({"staff"} | of_departments | of_roles)


def _grants(session: Session, user_id: str, now: datetime) -> tuple[GrantedRight, ...]:
    valid = select(Grant).where(
        Grant.user_id == user_id, Grant.revoked_at.is_(None), Grant.valid_from <= now, Grant.valid_until > now
    )
    scheme = load_scheme()
    return tuple(
        GrantedRight(
            item_id=grant.item_id,
            volume_id=grant.volume_id,
            class_codes=scheme.below(grant.class_code) if grant.class_code else frozenset(),
            rights=frozenset(grant.rights),
            level=grant.level,
        )
        for grant in session.scalars(valid)
    )
