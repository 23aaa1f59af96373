"""Setting an archive up, and bringing an older one up to date. Every step may be repeated without harm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from archive import accounts
from archive.access.actor import SYSTEM
from archive.db import Database
from archive.record import Archive
from archive.vault.errors import KeyFileExistsError
from archive.vault.keys import KeyRing
from config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


class MigrationError(Exception):
    """The schema cannot be brought up to date."""


@dataclass(frozen=True)
class NewDepartment:
    """A department to be there; found again by its code."""

    code: str
    name: str
    name_en: str = ""
    functions: tuple[str, ...] = ()


def create_keys(config: Config) -> str | None:
    """Makes the key ring where there is none. Returns its recovery key, which is shown once and stored nowhere."""
    try:
        return KeyRing.create(config.key_file)[1]
    except KeyFileExistsError:
        return None


def migrate(config: Config) -> None:
    """Brings the database to the schema of this version, from any older one or from empty.

    Raises MigrationError, with nothing changed, when rows would be left that refer to missing ones.
    """
    config.data.mkdir(parents=True, exist_ok=True)
    database = Database(config.database_url)
    is_sqlite = database.engine.dialect.name == "sqlite"
    if is_sqlite:
        # To alter a table SQLite builds it anew and drops the old one; with foreign keys on, that deletes what refers
        # to its rows. The switch has no effect within a transaction.
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=OFF"))
    try:
        with database.writing() as session:
            settings = _alembic()
            settings.attributes["connection"] = session.connection()
            command.upgrade(settings, "head")
            if is_sqlite and session.execute(text("PRAGMA foreign_key_check")).first() is not None:
                raise MigrationError("rows refer to missing ones")
    finally:
        database.close()


def is_current(database: Database) -> bool:
    """Whether the database has the schema of this version."""
    with database.engine.connect() as connection:
        stamped = MigrationContext.configure(connection).get_current_revision()
    return stamped == ScriptDirectory.from_config(_alembic()).get_current_head()


def seed(archive: Archive, departments: Iterable[NewDepartment] = ()) -> None:
    """Adds the departments that are missing: the archive room of the class scheme and those given."""
    room = archive.scheme.archive_room
    wanted = (NewDepartment(room.code, room.name, room.name_en), *departments)
    with archive.database.writing() as session:
        for department in wanted:
            if accounts.find_department(session, department.code) is None:
                accounts.create_department(
                    session,
                    archive.keys,
                    SYSTEM,
                    department.name,
                    code=department.code,
                    name_en=department.name_en,
                    functions=department.functions,
                )


def _alembic() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return settings
