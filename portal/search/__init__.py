"""The search page: one box, results by item, facets, chips, help when nothing is found."""

from __future__ import annotations

from flask import Flask

from portal.search.views import blueprint


def init_app(app: Flask) -> None:
    """Registers the pages."""
    app.register_blueprint(blueprint)
