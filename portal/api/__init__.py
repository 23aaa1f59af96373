"""REST interface, version 1. The outer contract: other programs rely on its shapes (docs/architecture.md)."""

from __future__ import annotations

from flask import Flask

from portal.api import health, items, openapi, search
from portal.api.blueprint import api

__all__ = ["health", "init_app", "items", "openapi", "search"]


def init_app(app: Flask) -> None:
    """Registers all calls; comes last, when every module has declared its own."""
    app.register_blueprint(api)
