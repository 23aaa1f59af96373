"""The operator's page: the work of the machine in figures."""

from __future__ import annotations

from flask import Flask

from portal.operations import views

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Registers the page."""
    app.register_blueprint(views.blueprint)
