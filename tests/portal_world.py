"""The portal over the demo records, with accounts: what the tests of its pages and calls stand on.

Fixtures are functions here, so that the folders whose tests need them import them into their own conftest.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import redis
from elasticsearch import Elasticsearch
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive import accounts
from archive.access.actor import SYSTEM, Role
from archive.models import Event, Item, User
from archive.record import Archive
from config import Config
from mappings.aliases import Kind, alias_name
from portal import create_app
from tests.service.retrieval.world import load_world, open_archive, private_config

PASSWORD = "kept for tests only"
TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')
PEOPLE: dict[str, tuple[Role, str, int]] = {
    "archivist": (Role.ARCHIVIST, "", 4),
    "publicity": (Role.READER, "XCK", 2),
    "logistics": (Role.LOGISTICS, "HQB", 3),
    "clerk": (Role.CLERK, "HQB", 3),
    "officer": (Role.AUTHORITY, "", 1),
    "sysadmin": (Role.SYSTEM_ADMIN, "", 1),
    "secadmin": (Role.SECURITY_ADMIN, "", 1),
    "auditor": (Role.AUDITOR, "", 1),
}
ADMINISTRATORS = ("sysadmin", "secadmin", "auditor")


def add_people(archive: Archive) -> dict[str, str]:
    """Adds the accounts; an API token by name."""
    tokens = {}
    with archive.database.writing() as session:
        for name, (role, department, clearance) in PEOPLE.items():
            user = accounts.create_user(
                session,
                archive.keys,
                SYSTEM,
                name=name,
                roles=[role],
                departments=[department] if department else [],
                clearance=clearance,
                password=PASSWORD,
            )
            tokens[name] = accounts.issue_token(session, archive.keys, SYSTEM, user)
    return tokens


def read_token(page: TestResponse) -> str:
    """The token of the forms on a page."""
    found = TOKEN_FIELD.search(page.text)
    assert found, page.text[:500]
    return found[1]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **form: str) -> TestResponse:
    """Fills in the sign-in page."""
    token = read_token(client.get("/sign-in"))
    return client.post("/sign-in", data={"csrf_token": token, "name": name, "password": password, **form})


def post(client: FlaskClient, path: str, page: str = "/account", **form: str) -> TestResponse:
    """Sends a form with the token of `page`."""
    return client.post(path, data={"csrf_token": read_token(client.get(page)), **form})


def read_events(archive: Archive, action: str) -> list[Event]:
    """Events of an action, oldest first."""
    with archive.database.reading() as session:
        return list(session.scalars(select(Event).where(Event.action == action).order_by(Event.at)))


@dataclass
class Portal:
    """The application with its archive, sample records (item id by sample id) and accounts."""

    app: Flask
    archive: Archive
    ids: dict[str, str]
    tokens: dict[str, str] = field(repr=False)

    def visitor(self) -> FlaskClient:
        """A browser of nobody."""
        return self.app.test_client()

    def browser(self, name: str) -> FlaskClient:
        """A browser in which the person is signed in."""
        client = self.visitor()
        assert sign_in(client, name).status_code == 302
        return client

    def call(self, name: str, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """A REST call with the person's token."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} | options.pop("headers", {})
        return self.visitor().open(f"/api/v1{path}", method=method, headers=headers, **options)

    def user(self, name: str) -> User:
        """The account as it stands."""
        with self.archive.database.reading() as session:
            found = accounts.find_user(session, name)
            assert found is not None
            return found

    def item(self, item_id: str) -> Item:
        """The item as it stands."""
        with self.archive.database.reading() as session:
            return session.get_one(Item, item_id)

    def again(self, **changes: Any) -> Portal:
        """The same archive behind another application with changed settings, as after a restart."""
        archive = replace(self.archive, config=replace(self.archive.config, **changes))
        return replace(self, app=create_app(archive.config, archive=archive), archive=archive)


@pytest.fixture(scope="session")
def _shared_portal(
    es: Elasticsearch, valkey_url: str, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    # Each folder that imports this fixture gets a portal of its own.
    private = private_config(config, tmp_path_factory.mktemp("portal"), f"portal{secrets.token_hex(3)}")
    private = replace(private, redis_url=valkey_url)
    archive = open_archive(private)
    ids = load_world(archive, es)
    yield Portal(create_app(private, archive=archive), archive, ids, add_people(archive))
    for kind in Kind:
        for index in es.indices.get_alias(name=alias_name(private.index_prefix, kind)):
            es.indices.delete(index=index)
    archive.close()


@pytest.fixture
def portal(_shared_portal: Portal, valkey: redis.Redis) -> Portal:
    """The portal with no session open and no attempt counted. Sample records must not be changed."""
    return _shared_portal
