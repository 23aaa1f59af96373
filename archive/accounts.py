"""Users, passwords, API tokens, departments. Every act is audited in its own transaction.

Passwords: Argon2id with the library's current defaults (RFC 9106). Tokens: 256 random bits, of which only a keyed
digest is kept.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from archive import audit
from archive.access.actor import ADMINISTRATORS, Actor, Role
from archive.errors import ConflictError, InvalidError
from archive.models import ApiToken, Department, Membership, User, UserRole, utc_now
from archive.vault.keys import KeyRing

MIN_PASSWORD_LENGTH = 10
WITH_RIGHTS = (joinedload(User.roles), joinedload(User.memberships))
"""Loads with a user what his rights follow from, in one query: every request begins with it."""
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(16))
"""Checked when there is no such user, so that a wrong name costs as much as a wrong password."""


def create_user(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    *,
    name: str,
    roles: Iterable[Role],
    departments: Iterable[str] = (),
    clearance: int = 2,
    organisation: str = "",
    display_name: str = "",
    password: str | None = None,
) -> User:
    """Adds an account. Raises ConflictError for a name in use, InvalidError for values that break a rule."""
    chosen = frozenset(roles)
    _check_roles(chosen)
    if not name.strip() or len(name) > 100:
        raise InvalidError(details={"name": "required"})
    if not 1 <= clearance <= 5:
        raise InvalidError(details={"clearance": "out_of_range"})
    if find_user(session, name) is not None:
        raise ConflictError(details={"name": "in_use"})
    user = User(
        name=name,
        display_name=display_name or name,
        clearance=clearance,
        organisation=organisation,
        password_hash=hash_password(password) if password is not None else None,
        roles=[UserRole(role=role) for role in sorted(chosen)],
        memberships=[Membership(department=get_department(session, word).code) for word in departments],
    )
    session.add(user)
    session.flush()
    audit.record(session, keys, actor, "user:create", "user", user.id, detail={"roles": sorted(chosen)})
    return user


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise InvalidError(details={"role": "required"})
    if len(roles & ADMINISTRATORS) > 1 or (roles & ADMINISTRATORS and roles - ADMINISTRATORS):
        raise InvalidError(details={"role": "separated"})
    if Role.AUTHORITY in roles and len(roles) > 1:
        raise InvalidError(details={"role": "separated"})


def find_user(session: Session, name: str) -> User | None:
    """The account of that name."""
    return session.scalar(select(User).where(User.name == name))


def find_department(session: Session, word: str) -> Department | None:
    """The department of that code or name."""
    return session.get(Department, word) or session.scalar(select(Department).where(Department.name == word))


def list_departments(session: Session) -> list[Department]:
    """All departments, by code."""
    return list(session.scalars(select(Department).order_by(Department.code)))


def get_department(session: Session, word: str) -> Department:
    """The department of that code or name. Raises InvalidError."""
    department = find_department(session, word)
    if department is None:
        raise InvalidError(details={"department": "unknown"})
    return department


def create_department(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    name: str,
    *,
    code: str | None = None,
    name_en: str = "",
    functions: Iterable[str] = (),
) -> Department:
    """Adds a department; without a code it gets the next free D number. Raises ConflictError when in use."""
    taken = set(session.scalars(select(Department.code)))
    free = (number for number in itertools.count(len(taken) + 1) if f"D{number:03d}" not in taken)
    chosen = code or f"D{next(free):03d}"
    if chosen in taken or find_department(session, name) is not None:
        raise ConflictError(details={"department": "in_use"})
    department = Department(code=chosen, name=name, name_en=name_en, functions=sorted(functions))
    session.add(department)
    session.flush()
    audit.record(session, keys, actor, "department:create", "department", chosen)
    return department


def hash_password(password: str) -> str:
    """Argon2id hash. Raises InvalidError when the password is too short."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidError(details={"password": "too_short"})
    return _hasher.hash(password)


def is_password_right(user: User | None, password: str) -> bool:
    """Whether the password is the user's. Takes the same time for unknown, disabled and existing users."""
    stored = user.password_hash if user is not None and user.password_hash else _NOBODY
    try:
        right = _hasher.verify(stored, password)
    except VerificationError:
        return False
    return right and user is not None and user.is_active and user.password_hash is not None


def change_password(session: Session, keys: KeyRing, actor: Actor, user: User, password: str) -> None:
    """Sets a new password and ends every session of the user."""
    user.password_hash = hash_password(password)
    user.session_epoch += 1
    audit.record(session, keys, actor, "account:password", "user", user.id)


def end_sessions(session: Session, keys: KeyRing, actor: Actor, user: User) -> None:
    """Ends every session of the user."""
    user.session_epoch += 1
    audit.record(session, keys, actor, "account:sessions", "user", user.id)


def issue_token(session: Session, keys: KeyRing, actor: Actor, user: User) -> str:
    """A new API token; shown once, never stored."""
    token = secrets.token_urlsafe(32)
    row = ApiToken(user_id=user.id, digest=keys.keyed_hash("token", token.encode()))
    session.add(row)
    session.flush()
    audit.record(session, keys, actor, "user:token", "user", user.id, detail={"token": row.id})
    return token


def find_token_owner(session: Session, keys: KeyRing, token: str) -> User | None:
    """The user of a valid token."""
    digest = keys.keyed_hash("token", token.encode())
    owner = select(User).join(ApiToken, ApiToken.user_id == User.id).options(*WITH_RIGHTS)
    valid = owner.where(ApiToken.digest == digest, ApiToken.revoked_at.is_(None))
    return session.scalars(valid).unique().one_or_none()


def revoke_tokens(session: Session, keys: KeyRing, actor: Actor, user: User) -> None:
    """Ends every API token of the user."""
    for row in session.scalars(select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))):
        row.revoked_at = utc_now()
    audit.record(session, keys, actor, "user:token_revoke", "user", user.id)
