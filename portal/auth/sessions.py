"""Server-side sessions in Valkey.

Threat: a stolen copy of Valkey, a planted cookie, a session that outlives its rights. Guarantee: the cookie is a random
256-bit name, of which Valkey holds only the hash; an unknown name is never adopted; signing in changes the name; a
session ended elsewhere is not revived by a request still running; values are JSON, so reading one runs no code.
Without Valkey nobody is recognised and the edge refuses. Residual risk: a stolen cookie works until its session ends.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask.globals import request_ctx
from flask.sessions import SessionInterface, SessionMixin
from redis import Redis, RedisError
from werkzeug.datastructures import CallbackDict

from portal import context

NAME = re.compile(r"[A-Za-z0-9_-]{43}")
VISITOR_SECONDS = 1800
"""Life of a session of somebody not signed in: time enough to type a password."""
SEEN_SECONDS = 300
"""How exactly "last seen" is kept; a write per request would cost more than it tells."""
USER = "_user_id"
STATELESS = ("/api/", "/static/", "/bootstrap/")
"""Paths that never open a session: REST calls carry a token, assets carry nothing."""


@dataclass(frozen=True)
class SessionRow:
    """One open session of a user, as the account page shows it. `id` names it, but does not open it."""

    id: str
    started: datetime
    seen: datetime
    address: str
    agent: str


class PortalSession(CallbackDict[str, Any], SessionMixin):
    """The values of one session. `name` is the secret in the cookie; None until the first save."""

    def __init__(self, values: dict[str, Any] | None = None, *, name: str | None = None, is_down: bool = False) -> None:
        super().__init__(values or {}, PortalSession._touch)
        self.name = name
        self.replaced: str | None = None
        self.is_down = is_down
        self.modified = False
        self.started = self.seen = time.time()

    def _touch(self) -> None:
        self.modified = True

    def regenerate(self) -> None:
        """Empties the session and gives it a new name with the next save."""
        self.clear()
        self.replaced, self.name = self.name or self.replaced, None


class SessionStore:
    """The sessions themselves, by the hash of their name, and the list of each user's."""

    def __init__(self, valkey: Redis, seconds: int) -> None:
        self._valkey = valkey
        self._seconds = seconds

    def load(self, name: str) -> PortalSession | None:
        """The session of that name, None for an unknown or ended one."""
        text = self._valkey.get(_key(name))
        if text is None:
            return None
        row = json.loads(str(text))
        session = PortalSession(row["values"], name=name)
        session.started, session.seen = row["started"], row["seen"]
        return session

    def save(self, session: PortalSession, *, address: str, agent: str) -> None:
        """Writes a new session under a fresh name, or an old one that still lives under its own."""
        if session.replaced is not None:
            self.end(_hash(session.replaced))
        user = session.get(USER)
        row = {"values": dict(session), "started": session.started, "seen": time.time()}
        row |= {"address": address, "agent": agent[:300]}
        if session.name is not None:
            self._valkey.set(_key(session.name), json.dumps(row), xx=True, keepttl=True)
            return
        session.name = secrets.token_urlsafe(32)
        seconds = self._seconds if user else VISITOR_SECONDS
        self._valkey.set(_key(session.name), json.dumps(row), ex=seconds)
        if user:
            index = _index(user)
            self._valkey.zadd(index, {_hash(session.name): time.time() + seconds})
            self._valkey.expire(index, seconds)

    def end(self, session_id: str) -> None:
        """Ends the session of that id."""
        self._valkey.delete(f"guidang:session:{session_id}")

    def list_rows(self, user_id: str) -> list[SessionRow]:
        """The user's open sessions, last seen first."""
        index = _index(user_id)
        self._valkey.zremrangebyscore(index, 0, time.time())
        ids: list[str] = self._valkey.zrange(index, 0, -1)  # type: ignore[assignment]
        texts = self._valkey.mget([f"guidang:session:{one}" for one in ids]) if ids else []
        rows = ((one, json.loads(text)) for one, text in zip(ids, texts, strict=True) if text)
        found = [SessionRow(one, _at(r["started"]), _at(r["seen"]), r["address"], r["agent"]) for one, r in rows]
        return sorted(found, key=lambda row: row.seen, reverse=True)


class PortalSessionInterface(SessionInterface):
    """Opens and saves sessions for the application."""

    def open_session(self, app: Flask, request: Request) -> PortalSession:
        """The session of the cookie, or an empty one; `is_down` when Valkey does not answer."""
        name = request.cookies.get(self.get_cookie_name(app), "")
        if request.path.startswith(STATELESS) or not NAME.fullmatch(name):
            return PortalSession()
        try:
            return find_store(app).load(name) or PortalSession()
        except RedisError:
            return PortalSession(is_down=True)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Writes what changed and sets the cookie of a new name."""
        if not isinstance(session, PortalSession) or session.is_down:
            return
        try:
            is_new = self._save(find_store(app), session)
        except RedisError:
            session.is_down = True  # the answer that says so is not saved again
            raise
        if not session and session.modified:
            response.delete_cookie(self.get_cookie_name(app), path="/")
        if is_new and session.name is not None:
            response.set_cookie(
                self.get_cookie_name(app),
                session.name,
                httponly=True,
                samesite=self.get_cookie_samesite(app),
                secure=self.get_cookie_secure(app),
                path="/",
            )

    def _save(self, store: SessionStore, session: PortalSession) -> bool:
        """Whether the session got a new name."""
        if not session and session.modified:
            if name := session.name or session.replaced:
                store.end(_hash(name))
            return False
        is_stale = bool(session.get(USER)) and time.time() - session.seen > SEEN_SECONDS
        if not session.modified and not is_stale:
            return False
        is_new = session.name is None
        store.save(session, address=request.remote_addr or "", agent=request.user_agent.string)
        return is_new


def find_store(app: Flask) -> SessionStore:
    """The application's session store."""
    services: context.Services = app.extensions["guidang"]
    return SessionStore(services.valkey, services.archive.config.session_hours * 3600)


def current_session() -> PortalSession:
    """The session of the running request."""
    return cast(PortalSession, request_ctx.session)


def session_id(session: PortalSession) -> str:
    """What names this session on the account page."""
    return _hash(session.name) if session.name else ""


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _key(name: str) -> str:
    return f"guidang:session:{_hash(name)}"


def _index(user_id: str) -> str:
    return f"guidang:sessions:{user_id}"
