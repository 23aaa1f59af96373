"""Calls for machines that watch the portal: alive, ready, figures. None of them tells anything from the archive."""

from __future__ import annotations

import logging
from collections.abc import Callable

import sqlalchemy.exc
from elastic_transport import TransportError
from elasticsearch import ApiError
from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from redis import RedisError
from sqlalchemy import text

from archive.errors import NotFoundError
from mappings.aliases import Kind, alias_name
from portal import context
from portal.api.blueprint import TEXT, Answer, api, obj, operation
from portal.api.figures import render_figures

logger = logging.getLogger(__name__)
PROBE_SECONDS = 3


@api.get("/health/live")
@operation(None, "The process answers", answers={200: Answer("alive", obj(state=TEXT))})
def live() -> ResponseReturnValue:
    """Alive."""
    return jsonify(state="alive")


@api.get("/health/ready")
@operation(
    None,
    "Whether all parts answer; 503 when one does not",
    answers={200: Answer("ready", obj(state=TEXT, parts={"type": "object", "additionalProperties": TEXT}))},
)
def ready() -> ResponseReturnValue:
    """Ready."""
    parts = {name: "ok" if _answers(name, probe) else "down" for name, probe in PROBES.items()}
    is_ready = set(parts.values()) == {"ok"}
    return jsonify(state="ready" if is_ready else "not_ready", parts=parts), 200 if is_ready else 503


@api.get("/metrics")
@operation(
    None,
    "Figures for monitoring; answers only to configured addresses",
    answers={200: Answer("figures", TEXT, "text/plain")},
)
def metrics() -> ResponseReturnValue:
    """Figures in the text format of Prometheus."""
    archive = context.get_archive()
    if request.remote_addr not in archive.config.metrics_addresses:
        raise NotFoundError
    parts = {name: _answers(name, probe) for name, probe in PROBES.items()}
    return Response(render_figures(archive, parts), mimetype="text/plain; version=0.0.4")


def _answers(name: str, probe: Callable[[], object]) -> bool:
    try:
        return bool(probe())
    except (RedisError, TransportError, ApiError, sqlalchemy.exc.SQLAlchemyError) as err:
        logger.warning("%s does not answer: %s", name, type(err).__name__)
        return False


def _ask_database() -> object:
    with context.get_archive().database.reading() as session:
        return session.scalar(text("SELECT 1"))


def _ask_search() -> object:
    services = context.get_services()
    name = alias_name(services.archive.config.index_prefix, Kind.ITEMS)
    client = services.client.options(request_timeout=PROBE_SECONDS, max_retries=0)
    return client.count(index=name, terminate_after=1)


def _ask_queue() -> object:
    return context.get_valkey().ping()


PROBES = {"database": _ask_database, "queue": _ask_queue, "search": _ask_search}
