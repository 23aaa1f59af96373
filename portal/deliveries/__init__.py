"""Deliveries of scanning firms: self-check, sample inspection, decision, acceptance sheet."""

from __future__ import annotations

from flask import Flask

from portal.deliveries import views

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Registers the pages."""
    app.register_blueprint(views.blueprint)
