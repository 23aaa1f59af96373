"""Start page and search results."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from archive.access.actions import Action
from portal.edge import needs

blueprint = Blueprint("search", __name__)


@blueprint.get("/")
@needs(Action.ACCOUNT_USE)
def start() -> ResponseReturnValue:
    """The way in: search box, class tree, own uploads."""
    return render_template("search/start.html")


@blueprint.get("/search")
@needs(Action.SEARCH_USE)
def results() -> ResponseReturnValue:
    """Results of a search."""
    return render_template("search/start.html")


@blueprint.get("/search/suggest")
@needs(Action.SEARCH_USE)
def suggest() -> ResponseReturnValue:
    """Completions for the search box."""
    return jsonify([])
