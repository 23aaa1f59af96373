"""Batches: what came in together, how far it is, what failed and why, and what to do about it."""

from __future__ import annotations

from flask import Flask

from portal.batches import views

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Registers the pages."""
    app.register_blueprint(views.blueprint)
