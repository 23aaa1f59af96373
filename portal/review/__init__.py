"""Correcting recognised text: the queue of uncertain pages, and one page, each line beside its piece of the scan."""

from __future__ import annotations

from flask import Flask

from portal.review import views

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Registers the pages."""
    app.register_blueprint(views.blueprint)
