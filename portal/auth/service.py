"""Signing in and out, bearer tokens, own password and sessions: between HTTP and `archive.accounts`."""

from __future__ import annotations

from flask import Request, current_app, session
from flask_login import UserMixin, login_user
from sqlalchemy.orm import Session

from archive import accounts, audit
from archive.access.actor import ANONYMOUS, Actor, resolve_actor
from archive.errors import InvalidError, NotFoundError
from archive.models import User
from portal import context
from portal.auth.sessions import current_session, find_store
from portal.auth.throttle import Throttle
from portal.context import Person
from portal.words import in_language

EPOCH = "epoch"


class SignedIn(UserMixin):
    """Flask-Login's user: carries the person of this request."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.id = person.actor.id


def find_signed_in(user_id: str) -> SignedIn | None:
    """The user of a session: still active, and the session not older than the last "end all sessions"."""
    with context.get_archive().database.reading() as db:
        user = db.get(User, user_id, options=accounts.WITH_RIGHTS)
        if user is None or session.get(EPOCH) != user.session_epoch:
            return None
        return _signed_in(resolve_actor(db, user), user)


def find_bearer(request: Request) -> SignedIn | None:
    """The owner of the bearer token of a REST call (RFC 6750); pages never accept one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not request.path.startswith("/api/") or scheme.lower() != "bearer" or not token:
        return None
    archive = context.get_archive()
    with archive.database.reading() as db:
        user = accounts.find_token_owner(db, archive.keys, token.strip())
        return _signed_in(resolve_actor(db, user), user) if user is not None else None


def _signed_in(actor: Actor, user: User) -> SignedIn | None:
    if actor is ANONYMOUS:
        return None
    return SignedIn(Person(actor, user.name, user.display_name, user.language))


def sign_in(name: str, password: str, address: str) -> Person | None:
    """Opens a session for the right password, else None. Raises TooManyAttemptsError, RedisError."""
    archive = context.get_archive()
    throttle = build_throttle()
    throttle.take(name, address)
    with archive.database.reading() as db:
        user = accounts.find_user(db, name)
        is_right = accounts.is_password_right(user, password)
        found = _signed_in(resolve_actor(db, user), user) if is_right and user is not None else None
    with archive.database.writing() as db:
        audit.record(
            db,
            archive.keys,
            found.person.actor if found else ANONYMOUS,
            "session:sign_in",
            "user",
            user.id if user is not None else "",
            verdict=audit.DONE if found else audit.FAILED,
            reason="" if found else "wrong_credentials",
            detail={"address": address},
        )
    if found is None or user is None:
        return None
    throttle.forgive(name)
    open_session(found, user.session_epoch)
    return found.person


def open_session(found: SignedIn, epoch: int) -> None:
    """Gives the visitor a new session, whatever he came with."""
    current_session().regenerate()
    login_user(found)
    session[EPOCH] = epoch


def sign_out(actor: Actor) -> None:
    """Ends the running session."""
    archive = context.get_archive()
    with archive.database.writing() as db:
        audit.record(db, archive.keys, actor, "session:sign_out", "user", actor.id)
    session.clear()


def change_password(person: Person, current: str, new: str, repeated: str, *, address: str) -> None:
    """Sets a new password; every other session ends. Raises InvalidError by field, TooManyAttemptsError."""
    if new != repeated:
        raise InvalidError(details={"repeated": "not_the_same"})
    throttle = build_throttle()
    throttle.take(person.name, address)
    archive = context.get_archive()
    with archive.database.reading() as db:
        if not accounts.is_password_right(db.get(User, person.actor.id), current):
            raise InvalidError(details={"current": "wrong_password"})
    throttle.forgive(person.name)
    with archive.database.writing() as db:
        user = _get_user(db, person)
        accounts.change_password(db, archive.keys, person.actor, user, new)
    open_session(SignedIn(person), user.session_epoch)


def end_other_sessions(person: Person) -> None:
    """Ends every session of the person but the running one."""
    archive = context.get_archive()
    with archive.database.writing() as db:
        user = _get_user(db, person)
        accounts.end_sessions(db, archive.keys, person.actor, user)
    open_session(SignedIn(person), user.session_epoch)


def end_session(person: Person, session_id: str) -> None:
    """Ends one session of the person. Raises NotFoundError when it is none of his."""
    store = find_store(current_app)
    if session_id not in {row.id for row in store.list_rows(person.actor.id)}:
        raise NotFoundError
    archive = context.get_archive()
    with archive.database.writing() as db:
        audit.record(db, archive.keys, person.actor, "session:end", "user", person.actor.id)
    store.end(session_id)


def list_own_departments(person: Person) -> list[str]:
    """Names of the departments that the person belongs to."""
    with context.get_archive().database.reading() as db:
        own = _get_user(db, person).memberships
        names = {row.code: in_language(row.name, row.name_en) for row in accounts.list_departments(db)}
        return [names[row.department] for row in own]


def choose_language(person: Person, language: str) -> None:
    """Remembers the language with the account."""
    with context.get_archive().database.writing() as db:
        _get_user(db, person).language = language


def _get_user(db: Session, person: Person) -> User:
    user = db.get(User, person.actor.id)
    if user is None:
        raise NotFoundError
    return user


def build_throttle() -> Throttle:
    """The throttle of this application."""
    archive = context.get_archive()
    config = archive.config
    return Throttle(context.get_valkey(), archive.keys, limit=config.login_attempts, seconds=config.login_wait_seconds)
