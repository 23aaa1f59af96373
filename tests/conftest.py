"""Fixtures for every test: a private configuration, real servers started when first asked for, real databases.

Nothing here is a stand-in. What a machine lacks skips locally with a reason and fails where `CI=true`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from config import Config
from services.accounts import find_account, make_private
from services.cluster import EmbeddedServices
from services.errors import JavaError
from services.places import state_folder
from services.settings import write_settings
from tests.needs import missing
from tests.ports import pick_port
from tests.postgresql import PostgresqlServer, find_programs

DATABASE_KINDS = ("sqlite", "postgresql")

# No test asserts times: an example may take as long as a busy machine needs.
hypothesis.settings.register_profile("guidang", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("guidang")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of this session's private installation: its folders, ports and index prefix.

    Hand `os.environ | environment` to a child process to make it work on the same installation as `config`.
    """
    folder = tmp_path_factory.mktemp("guidang")
    inherited = {name: os.environ[name] for name in ("JAVA_HOME", "GUIDANG_JAVA_HOME") if name in os.environ}
    return inherited | {
        "GUIDANG_DATA": str(folder / "data"),
        "GUIDANG_KEYS": str(folder / "keys"),
        "GUIDANG_PORT": str(pick_port()),
        "GUIDANG_INDEX_PREFIX": f"guidang{uuid.uuid4().hex[:8]}",
        "GUIDANG_ELASTICSEARCH_HEAP_MB": "512",
        "GUIDANG_TIKA_HEAP_MB": "512",
    }


@pytest.fixture(scope="session")
def config(environment: dict[str, str]) -> Iterator[Config]:
    """Settings of the private installation with its addresses and secrets generated; no server is started."""
    settings = write_settings(Config.load(environment))
    yield settings
    shutil.rmtree(state_folder(settings))  # may lie outside the temporary folder, see services.places


@pytest.fixture(scope="session")
def services(config: Config) -> Iterator[EmbeddedServices]:
    """The session's embedded servers; none runs until a fixture or test calls `start`. All stop at the end."""
    with EmbeddedServices(config) as embedded:
        yield embedded


def _start(embedded: EmbeddedServices, name: str) -> None:
    try:
        embedded.start(name)
    except JavaError as err:
        missing(f"Java ({err})")


@pytest.fixture(scope="session")
def elasticsearch_url(services: EmbeddedServices, config: Config) -> str:
    """Address of a running Elasticsearch; account and password are in `config`."""
    _start(services, "search")
    return config.elasticsearch_url


@pytest.fixture(scope="session")
def tika_url(services: EmbeddedServices, config: Config) -> str:
    """Address of a running Tika server."""
    _start(services, "parser")
    return config.tika_urls[0]


@pytest.fixture(scope="session")
def valkey_url(services: EmbeddedServices, config: Config) -> str:
    """Address, with password, of a running Valkey."""
    _start(services, "queue")
    return config.redis_url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A private PostgreSQL cluster on loopback, owned by an unprivileged user, without durability."""
    programs = find_programs()
    if programs is None:
        missing("PostgreSQL (initdb)")
    account = find_account()
    # Not under pytest's own folder: its parents are closed to the unprivileged user.
    folder = make_private(Path("/var/tmp") / f"guidang-postgresql-{secrets.token_hex(8)}", account)
    try:
        with PostgresqlServer(programs, folder, account, pick_port()) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes an empty database of the kind (`sqlite` or `postgresql`) and returns its SQLAlchemy URL.

    For fixtures of wider scope than a test; tests themselves take `database_url`.
    """

    def create(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'guidang.db'}"
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        return server.create_database(f"test_{secrets.token_hex(8)}")

    return create


@pytest.fixture
def sqlite_url(new_database: Callable[[str], str]) -> str:
    """SQLAlchemy URL of an SQLite file that does not exist yet."""
    return new_database("sqlite")


@pytest.fixture
def postgresql_url(new_database: Callable[[str], str]) -> str:
    """SQLAlchemy URL of an empty PostgreSQL database."""
    return new_database("postgresql")


@pytest.fixture(params=DATABASE_KINDS)
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """SQLAlchemy URL of an empty database, once for each kind."""
    return new_database(request.param)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit tests reach nothing beyond this machine."""
    if "unit" not in request.path.relative_to(Path(__file__).parent).parts[:1]:
        return
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a unit test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect_locally)
