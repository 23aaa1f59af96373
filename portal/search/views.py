"""Start page, search results, completions."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from archive.access import policy
from archive.access.actions import Action
from portal import context
from portal.edge import needs
from portal.search import model
from portal.search.labels import load_labels
from retrieval.errors import SearchUnavailableError
from retrieval.params import Facet, SearchRequest, parse_request
from retrieval.results import SearchResult, Tier

blueprint = Blueprint("search", __name__)
OVERVIEW = SearchRequest(size=1, facets=(Facet.CLASS, Facet.YEAR))


@blueprint.get("/")
@needs(Action.ACCOUNT_USE)
def start() -> ResponseReturnValue:
    """The way in: the class tree with what this person may find in it."""
    actor = context.get_actor()
    if not policy.permits(Action.SEARCH_USE, actor):
        return render_template("search/start_closed.html")
    try:
        result = context.get_search().search(actor, OVERVIEW)
    except SearchUnavailableError as err:
        return render_template("search/start.html", classes=(), years=(), total=None, problem=err.code)
    groups = model.build_groups(OVERVIEW, result, load_labels(), context.get_archive().scheme)
    found = {group.name: group.values + group.more for group in groups}
    return render_template(
        "search/start.html", classes=found.get("class", ()), years=found.get("year", ())[:12], total=result.total.value
    )


@blueprint.get("/search")
@needs(Action.SEARCH_USE)
def results() -> ResponseReturnValue:
    """Results of a search."""
    wanted = parse_request(dict(request.args.lists()))
    return _render(wanted, context.get_search().search(context.get_actor(), wanted))


@blueprint.get("/search/suggest")
@needs(Action.SEARCH_USE)
def suggest() -> ResponseReturnValue:
    """Completions for the search box: titles only."""
    found = context.get_search().suggest(context.get_actor(), request.args.get("q", ""))
    return jsonify([suggestion.title for suggestion in found])


def _render(wanted: SearchRequest, result: SearchResult) -> str:
    labels = load_labels()
    first = replace(wanted, cursor="")
    return render_template(
        "search/results.html",
        wanted=wanted,
        result=result,
        strict=[hit for hit in result.hits if hit.tier is Tier.STRICT],
        related=[hit for hit in result.hits if hit.tier is Tier.RELATED],
        labels=labels,
        groups=model.build_groups(first, result, labels, context.get_archive().scheme),
        chips=model.build_chips(first, labels),
        sorts=model.build_sorts(first),
        first=model.build_address(first),
        unfiltered=model.build_address(replace(first, filters=())),
        following=model.build_address(replace(wanted, cursor=result.next_cursor)) if result.next_cursor else "",
    )
