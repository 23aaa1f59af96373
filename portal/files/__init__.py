"""Stored files as people see them: page viewer, page images, text, originals – masked, stamped, audited."""

from __future__ import annotations

from flask import Flask

from portal.files import api, views
from portal.files.drawing import init_images

__all__ = ["api", "init_app"]


def init_app(app: Flask) -> None:
    """Registers the pages and the page image service; the REST calls register themselves."""
    init_images(app)
    app.register_blueprint(views.blueprint)
