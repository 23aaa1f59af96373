"""A private installation to measure on: folders, servers, and the project's processes as the Procfile starts them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psutil
from elasticsearch import Elasticsearch
from sqlalchemy import select

from archive import accounts, outbox, setup
from archive.access.actor import SYSTEM
from archive.models import File, User
from archive.reasons import Outcome
from archive.record import Archive
from config import Config
from indexer import demo
from indexer.bulk import connect
from indexer.ingest import Ingest, make_visible
from services import commands, probes
from services.cluster import EmbeddedServices
from services.commands import PLAIN_ENVIRONMENT
from services.places import log_file
from services.ports import find_free_base
from services.programs import PROGRAMS
from services.settings import write_settings

PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.25


class NotDoneError(Exception):
    """Something that was to be measured did not happen as it should."""


@dataclass(frozen=True)
class Installation:
    """An archive of its own with the departments and accounts of the demo; `folder` has room for files to take in."""

    folder: Path
    config: Config
    archive: Archive
    client: Elasticsearch
    environment: dict[str, str] = field(repr=False)

    @contextmanager
    def running(self, *names: str) -> Iterator[dict[str, psutil.Process]]:
        """The named programs (web, worker, beat) as processes of their own, stopped at the end."""
        with ExitStack() as stack:
            found = {}
            for name in names:
                command = replace(PROGRAMS[name](self.config), environment=self.environment)
                with log_file(self.config, name).open("ab") as log:
                    running = commands.start(command, log)
                stack.callback(running.stop)
                found[name] = psutil.Process(running.pid)
            if "web" in names:
                probes.wait_for(self.config, ["web"], seconds=60)
            yield found

    def take_in(self, folder: Path, manifest: Path | None = None) -> Ingest:
        """Takes a folder in as the command does and returns when all of it is registered."""
        run = demo.open_ingest(self.archive)
        run.take(run.plan(folder, manifest))
        return run

    def wait_until_done(self) -> None:
        """Returns when no promise is open and searches see everything. Raises NotDoneError."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            with self.archive.database.reading() as session:
                if not outbox.count_open(session):
                    break
            if time.monotonic() > end:
                raise NotDoneError("work is left")
            time.sleep(POLL_SECONDS)
        make_visible(self.archive, self.client)

    def require_searchable(self, run: Ingest) -> None:
        """Raises NotDoneError unless every file of the run was read."""
        counts = run.count()
        if set(counts) != {Outcome.SEARCHABLE}:
            raise NotDoneError(f"not all was read: {dict(counts)}")

    def list_files(self) -> list[File]:
        """All files, oldest first."""
        with self.archive.database.reading() as session:
            return list(session.scalars(select(File).order_by(File.created_at, File.id)))

    def get_user(self, name: str) -> User:
        """The demo account of that name."""
        with self.archive.database.reading() as session:
            user = accounts.find_user(session, name)
            if user is None:
                raise NotDoneError(f"no account {name}")
            return user

    def visit(self, name: str) -> httpx.Client:
        """The running portal as a program asks it in the name of a demo account."""
        user = self.get_user(name)
        with self.archive.database.writing() as session:
            token = accounts.issue_token(session, self.archive.keys, SYSTEM, user)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=probes.portal_address(self.config), headers=headers, timeout=120, trust_env=False)


@contextmanager
def open_installation(*servers: str) -> Iterator[Installation]:
    """A fresh installation with the named servers (search, parser, queue) running; all of it goes at the end."""
    with tempfile.TemporaryDirectory(prefix="guidang-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # the servers run as an unprivileged user
        places = {
            "GUIDANG_DATA": f"{folder}/data",
            "GUIDANG_KEYS": f"{folder}/keys",
            "GUIDANG_PORT": str(find_free_base(21000, 22000)),
        }
        config = write_settings(Config.load(places))
        setup.create_keys(config)
        setup.migrate(config)
        stack.enter_context(EmbeddedServices(config)).start(*servers)
        archive = Archive.open(config)
        stack.callback(archive.close)
        demo.seed(archive)
        client = stack.enter_context(connect(config).options(request_timeout=120))
        yield Installation(folder, config, archive, client, PLAIN_ENVIRONMENT | places)
