"""The edge: default deny, request ids, security headers.

Threat: a view that forgot its check, a page framed or scripted by somebody else, a cached secret. Guarantee: one guard
runs before every view; what is not in PUBLIC needs a signed-in actor and the action that the view declares; an
undeclared view keeps the application from starting; every answer carries the headers below. Residual risk: actions on
items are decided by the view, which must call the gate (tests enumerate the routes).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import redis
from flask import Flask, Response, current_app, g, request, session
from flask_login import current_user

from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import ANONYMOUS
from archive.audit import request_id
from portal import context
from portal.errors import SignInNeededError

PUBLIC: Final = (
    "account.sign_in",
    "account.language",
    "api.live",
    "api.metrics",  # answers only to configured addresses
    "api.ready",
    "bootstrap.static",
    "static",
)
"""Endpoints that need nobody. Everything else needs a signed-in actor."""

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

View = TypeVar("View", bound=Callable[..., Any])


def needs(action: Action) -> Callable[[View], View]:
    """Marks a view with the action that it performs; stands directly above the function, under the route."""

    def mark(view: View) -> View:
        view.action = action  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Registers the guard and the headers."""
    app.before_request(_begin)
    app.before_request(_guard)
    app.after_request(_finish)
    app.teardown_request(_end)


def check_views(app: Flask) -> None:
    """Raises RuntimeError when a view is neither public nor declares an action."""
    silent = [name for name in app.view_functions if name not in PUBLIC and find_action(app, name) is None]
    if silent:
        raise RuntimeError(f"views without an action: {', '.join(sorted(silent))}")


def find_action(app: Flask, endpoint: str) -> Action | None:
    """The action that an endpoint declares."""
    return getattr(app.view_functions[endpoint], "action", None)


def _begin() -> None:
    g.started = time.monotonic()
    request_id.set(secrets.token_hex(8))


def _guard() -> None:
    """Lets through what is public, or declared and permitted. Raises SignInNeededError, NotGrantedError."""
    if getattr(session, "is_down", False):
        raise redis.ConnectionError  # nobody can be recognised: refuse, never let in
    if current_user.is_authenticated:
        g.person = current_user.person
    if request.endpoint is None or request.endpoint in PUBLIC:
        return  # without an endpoint the router's own error follows
    actor = context.get_actor()
    if actor is ANONYMOUS:
        raise SignInNeededError
    action = find_action(current_app, request.endpoint)
    if action is None:
        raise RuntimeError("a view without an action")
    if action not in policy.ITEM_ACTIONS:
        gate.require(actor, action)


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-ID"] = request_id.get()
    return response


def _end(_error: BaseException | None) -> None:
    request_id.set("")
