"""Who is asking: sign-in, server-side sessions, bearer tokens, own account."""

from __future__ import annotations

from flask import Flask
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect

from portal.api.blueprint import api
from portal.auth import service
from portal.auth.sessions import PortalSessionInterface
from portal.auth.views import blueprint


def init_app(app: Flask) -> None:
    """Sessions in Valkey, Flask-Login over them, tokens against forged forms everywhere but on REST calls."""
    app.session_interface = PortalSessionInterface()
    login = LoginManager()
    # Its own check ties a session to one address; phones change theirs on every corridor.
    login.session_protection = None
    login.user_loader(service.find_signed_in)
    login.request_loader(service.find_bearer)
    login.init_app(app, add_context_processor=False)  # an error page must not ask the database who is there
    csrf = CSRFProtect()
    csrf.init_app(app)
    csrf.exempt(api)
    app.register_blueprint(blueprint)
