"""Catalogues that exist as tables: upload, columns, preview, import, report; files attached to their records."""

from __future__ import annotations

from flask import Flask

from portal.imports import attach, views

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Registers the pages."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(attach.blueprint)
