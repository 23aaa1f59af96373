"""The OpenAPI document, written from the declarations that the calls themselves carry."""

from __future__ import annotations

import re
from typing import Any, Final

from apispec import APISpec
from flask import Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule

from archive.access.actions import Action
from portal.api.blueprint import ID, PREFIX, TEXT, WHOLE, Answer, Operation, Parameter, Schema, api, obj, operation

VERSION: Final = "1"
_CONVERTERS: Final[dict[str, Schema]] = {"id": ID, "int": WHOLE | {"minimum": 1}}
_CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")
_ERROR: Final = obj(
    error={
        "type": "object",
        "required": ["code", "message", "request_id"],
        "properties": {
            "code": TEXT,
            "message": TEXT | {"description": "for people, in the language of Accept-Language (zh, en)"},
            "request_id": TEXT,
            "reason": TEXT,
            "fields": {"type": "object", "additionalProperties": TEXT},
        },
    }
)
_REFUSALS: Final = {"400": "Malformed", "401": "No valid token", "403": "Not granted", "404": "Missing or hidden"}


@api.get("/openapi.json")
@operation(Action.ACCOUNT_USE, "This document", answers={200: Answer("OpenAPI 3.1", {"type": "object"})})
def read_document() -> ResponseReturnValue:
    """The document."""
    return jsonify(build_document(current_app))


def build_document(app: Flask) -> dict[str, Any]:
    """OpenAPI 3.1 for every call below PREFIX."""
    spec = APISpec(title="Guidang", version=VERSION, openapi_version="3.1.0")
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Error", _ERROR)
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if rule.endpoint.startswith("api."):
            declared: Operation = getattr(app.view_functions[rule.endpoint], "operation")  # noqa: B009 - set by us
            path, in_path = describe_path(rule)
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            body = _describe(rule.endpoint, declared, in_path)
            spec.path(path=path, operations={method.lower(): body for method in methods})
    return spec.to_dict() | {"servers": [{"url": PREFIX}]}


def describe_path(rule: Rule) -> tuple[str, list[Schema]]:
    """The path below PREFIX in OpenAPI's form, and the parameters in it."""
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": _CONVERTERS.get(converter, TEXT)}
        for converter, name in _CONVERTER.findall(rule.rule)
    ]
    return _CONVERTER.sub(r"{\2}", rule.rule.removeprefix(PREFIX)), parameters


def _describe(endpoint: str, declared: Operation, in_path: list[Schema]) -> dict[str, Any]:
    responses: dict[str, Any] = {
        str(status): {"description": answer.description} | _content({answer.media_type: answer.schema})
        for status, answer in declared.answers.items()
    }
    if not declared.is_public:
        responses |= {status: _refusal(words) for status, words in _REFUSALS.items()}
    described: dict[str, Any] = {
        "operationId": endpoint.removeprefix("api."),
        "summary": declared.summary,
        "parameters": [*in_path, *(_parameter(one) for one in declared.parameters)],
        "responses": responses | {"default": _refusal("Any other failure")},
        "security": [] if declared.is_public else [{"token": []}],
    }
    if declared.body:
        described["requestBody"] = {"required": True} | _content(declared.body)
    return described


def _parameter(one: Parameter) -> Schema:
    return {
        "name": one.name,
        "in": one.location,
        "required": one.is_required,
        "description": one.description,
        "schema": one.schema,
    }


def _content(schemas: Any) -> Schema:
    found = {media_type: {"schema": schema} for media_type, schema in schemas.items() if schema is not None}
    return {"content": found} if found else {}


def _refusal(words: str) -> Schema:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
