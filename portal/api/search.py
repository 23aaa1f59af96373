"""REST calls to search: results with facets, completions."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from archive.access.actions import Action
from portal import context, i18n
from portal.api.blueprint import ID, TEXT, WHOLE, Answer, Parameter, Schema, api, array, obj, operation
from portal.search.labels import Labels, load_labels
from retrieval import params
from retrieval.results import Bucket, Hit, SearchResult

_HIT = obj(
    id=ID,
    tier={"type": "string", "enum": ["strict", "related"]},
    archival_code={"type": ["string", "null"]},
    title=TEXT | {"description": "masked"},
    **{"class": TEXT},
    department=TEXT,
    date=TEXT | {"description": "YYYYMMDD, unknown parts 00"},
    volume_id={"type": ["string", "null"]},
    snippets=array(obj(page=WHOLE, file_id=ID, html=TEXT | {"description": "escaped, hits in <mark>"})),
    rights=array(TEXT),
)
_FOUND = obj(
    total=obj(value=WHOLE, relation={"type": "string", "enum": ["eq", "gte"]}),
    hits=array(_HIT),
    facets={"type": "object", "additionalProperties": array(obj(key=TEXT, label=TEXT, count=WHOLE))},
    next_cursor={"type": ["string", "null"]},
    took_ms=WHOLE,
    notices=array(obj(code=TEXT, message=TEXT)),
)


def _declare(parameter: params.Parameter) -> Parameter:
    value: Schema = {"type": "string"} | ({"enum": [str(c) for c in parameter.choices]} if parameter.choices else {})
    return Parameter(parameter.name, parameter.en, array(value) if parameter.is_repeatable else value)


@api.get("/search")
@operation(
    Action.SEARCH_USE,
    "Search; total and facets count the strict tier",
    parameters=tuple(_declare(parameter) for parameter in params.PARAMETERS),
    answers={200: Answer("one page of results", _FOUND)},
)
def search() -> ResponseReturnValue:
    """A page of results."""
    wanted = params.parse_request(dict(request.args.lists()))
    return jsonify(render_result(context.get_search().search(context.get_actor(), wanted), load_labels()))


@api.get("/suggest")
@operation(
    Action.SEARCH_USE,
    "Completions that this person may know",
    parameters=(Parameter("q", "what was typed so far"),),
    answers={200: Answer("titles, masked", obj(suggestions=array(obj(id=ID, title=TEXT))))},
)
def suggest() -> ResponseReturnValue:
    """Completions."""
    found = context.get_search().suggest(context.get_actor(), request.args.get("q", ""))
    return jsonify({"suggestions": [{"id": one.id, "title": one.title} for one in found]})


def render_result(result: SearchResult, labels: Labels) -> dict[str, Any]:
    """A result in the shape of the outer contract."""
    return {
        "total": {"value": result.total.value, "relation": result.total.relation},
        "hits": [_render_hit(hit) for hit in result.hits],
        "facets": {name: [_render_bucket(labels, name, b) for b in found] for name, found in result.facets.items()},
        "next_cursor": result.next_cursor,
        "took_ms": result.took_ms,
        "notices": [{"code": notice.value, "message": i18n.code_words(notice)} for notice in result.notices],
    }


def _render_hit(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.id,
        "tier": hit.tier.value,
        "archival_code": hit.archival_code,
        "title": hit.title,
        "class": hit.class_code,
        "department": hit.department,
        "date": hit.date,
        "volume_id": hit.volume_id,
        "snippets": [{"page": s.page, "file_id": s.file_id, "html": s.html} for s in hit.snippets],
        "rights": sorted(hit.rights),
    }


def _render_bucket(labels: Labels, facet: str, bucket: Bucket) -> dict[str, Any]:
    return {"key": bucket.key, "label": labels.value(facet, bucket.key), "count": bucket.count}
