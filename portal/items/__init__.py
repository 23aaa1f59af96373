"""Items and case volumes: catalogue entry, pieces, files, and what the reader may do with them."""

from __future__ import annotations

from flask import Flask

from portal.items.views import blueprint


def init_app(app: Flask) -> None:
    """Registers the pages."""
    app.register_blueprint(blueprint)
