"""Handing in documents: the form, the streams into the vault, jobs and their outcomes."""

from __future__ import annotations

from flask import Flask

from portal.upload import api, resumable, views

__all__ = ["api", "init_app"]


def init_app(app: Flask) -> None:
    """Registers the pages; the REST calls register themselves."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(resumable.blueprint)
