"""The blueprint of the REST interface and the declaration that every call carries.

    @api.get("/files/<id:file_id>/text")
    @operation(Action.ITEM_READ, "Text of a file by page", answers={200: Answer("pages", schema)})
    def read_text(file_id: str) -> ResponseReturnValue: ...

The declaration is all there is: the edge takes the action from it, `portal.api.openapi` writes the document from it.
Calls authenticate by bearer token only and never by cookie, so they need no protection against forged forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from flask import Blueprint

from archive.access.actions import Action
from portal.edge import needs

Schema = dict[str, Any]
"""A JSON Schema as OpenAPI 3.1 understands it."""

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"
api = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Parameter:
    """One query or header parameter."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    location: Literal["query", "header"] = "query"
    is_required: bool = False


@dataclass(frozen=True)
class Answer:
    """One successful answer; errors all have the one shape and need no declaration."""

    description: str
    schema: Schema | None = None
    media_type: str = "application/json"


@dataclass(frozen=True)
class Operation:
    """What the document says about one call."""

    summary: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Schema]
    answers: Mapping[int, Answer]
    is_public: bool


def operation(
    action: Action | None,
    summary: str,
    *,
    parameters: tuple[Parameter, ...] = (),
    body: Mapping[str, Schema] | None = None,
    answers: Mapping[int, Answer],
) -> Callable[[View], View]:
    """Declares a call. `body` maps media type to schema. Without an action the endpoint must stand in `edge.PUBLIC`."""

    def declare(view: View) -> View:
        view.operation = Operation(summary, parameters, body or {}, answers, is_public=action is None)  # type: ignore[attr-defined]
        return needs(action)(view) if action is not None else view

    return declare


def obj(**properties: Schema) -> Schema:
    """An object whose named properties are all there."""
    return {"type": "object", "required": sorted(properties), "properties": properties}


def array(items: Schema) -> Schema:
    """A list of such values."""
    return {"type": "array", "items": items}


TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "format": "uuid"}
