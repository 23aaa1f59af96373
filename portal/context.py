"""What a view may take from the running application: the archive, Valkey, search, and who asks.

One object per application, made by `create_app`; nothing here is global to the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from elasticsearch import Elasticsearch
from flask import Flask, current_app, g
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from archive.access.actor import ANONYMOUS, Actor
from archive.record import Archive
from config import Config
from retrieval.service import SearchService

_KEY = "guidang"
NOBODY = "http://127.0.0.1:1"
"""Stands for an address that was not set: nothing listens there, so people are told that the server is down."""
SEARCH_SECONDS = 15.0
QUEUE_SECONDS = 3.0
"""A Valkey that does not answer in this time counts as down."""


@dataclass(frozen=True)
class Services:
    """The parts that views call."""

    archive: Archive
    valkey: Redis
    client: Elasticsearch
    search: SearchService


@dataclass(frozen=True)
class Person:
    """Who is signed in, as pages show it. Rights are in `actor` alone."""

    actor: Actor
    name: str
    display_name: str
    language: str


def init_app(app: Flask, archive: Archive) -> None:
    """Connects lazily: no server has to answer for the application to start."""
    valkey = Redis.from_url(
        archive.config.redis_url or NOBODY.replace("http", "redis"),
        socket_timeout=QUEUE_SECONDS,
        socket_connect_timeout=QUEUE_SECONDS,
        retry=Retry(NoBackoff(), 1),  # a connection that went stale, not a server that is down
        decode_responses=True,
    )
    client = _connect(archive.config)
    app.extensions[_KEY] = Services(archive, valkey, client, SearchService(archive, client))


def _connect(config: Config) -> Elasticsearch:
    authority: dict[str, Any] = {"ca_certs": config.elasticsearch_ca} if config.elasticsearch_ca else {}
    return Elasticsearch(
        config.elasticsearch_url or NOBODY,
        basic_auth=(config.elasticsearch_user, config.elasticsearch_password),
        **authority,
        request_timeout=SEARCH_SECONDS,
        max_retries=1,
    )


def get_services(app: Flask | None = None) -> Services:
    """The parts of the application; of the running one when none is named."""
    return cast(Services, (app or current_app).extensions[_KEY])


def get_archive() -> Archive:
    """The record of truth."""
    return get_services().archive


def get_valkey() -> Redis:
    """Sessions and counters."""
    return get_services().valkey


def get_search() -> SearchService:
    """Search within rights."""
    return get_services().search


def find_person() -> Person | None:
    """Who is signed in, None before the edge has decided and for nobody."""
    return cast("Person | None", g.get("person"))


def get_actor() -> Actor:
    """Who asks; ANONYMOUS when nobody is signed in."""
    person = find_person()
    return person.actor if person is not None else ANONYMOUS
