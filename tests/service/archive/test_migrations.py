"""The schema that migrations make is the schema of the models, on both databases and from empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, Table, inspect, select, text
from sqlalchemy.orm import Session

from archive import setup
from archive.db import Database
from archive.models import Base, Department, Event, File, Page, utc_now
from archive.record import Archive
from config import Config


@pytest.fixture
def own_config(tmp_path: Path, database_url: str) -> Config:
    base = Config.load({"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")})
    return replace(base, database_url=database_url)


def test_head_equals_the_models(own_config: Config) -> None:
    setup.migrate(own_config)
    database = Database(own_config.database_url)
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
        made = inspect(connection)
        for table in Base.metadata.sorted_tables:
            wanted = {c.name for c in table.constraints if c.name and c.__visit_name__ == "check_constraint"}
            assert {c["name"] for c in made.get_check_constraints(table.name)} >= wanted
    database.close()


def test_migrating_again_changes_nothing(own_config: Config) -> None:
    setup.migrate(own_config)
    database = Database(own_config.database_url)
    assert setup.is_current(database)
    with database.writing() as session:
        session.add(Department(code="X", name="某科室"))
    setup.migrate(own_config)
    with database.reading() as session:
        assert session.scalar(select(Department.name)) == "某科室"
    database.close()


def test_altering_a_table_keeps_what_refers_to_its_rows(own_config: Config) -> None:
    own_config.data.mkdir(parents=True)
    database = Database(own_config.database_url)
    with database.writing() as session:
        settings = AlembicConfig()
        settings.set_main_option("script_location", str(setup.MIGRATIONS))
        settings.attributes["connection"] = session.connection()
        command.upgrade(settings, "0001")
        insert_row(session, "department", code="D")
        insert_row(session, "item", id="i", department="D")
        insert_row(session, "file", id="f", item_id="i")
        insert_row(session, "page", file_id="f", number=1)
    database.close()
    setup.migrate(own_config)
    database = Database(own_config.database_url)
    with database.reading() as session:
        assert session.execute(select(Page.file_id, Page.number)).all() == [("f", 1)]
        assert session.execute(select(File.id, File.item_id)).all() == [("f", "i")]
    database.close()


def insert_row(session: Session, name: str, **given: object) -> None:
    """A row of a table as it is in the database, whatever the models say; what must be filled gets any value."""
    table = Table(name, MetaData(), autoload_with=session.connection())
    anything = {str: "1", int: 1, float: 0.0, bool: False, bytes: b"1", object: {}, dict: {}, datetime: utc_now()}
    needed = [column for column in table.columns if not column.nullable and column.name not in given]
    session.execute(table.insert().values({c.name: anything[c.type.python_type] for c in needed} | given))


def test_a_database_without_schema_is_not_current(own_config: Config) -> None:
    own_config.data.mkdir(parents=True)
    database = Database(own_config.database_url)
    assert not setup.is_current(database)
    with database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    database.close()


def test_setting_up_twice_makes_one_key_ring_and_each_department_once(own_config: Config) -> None:
    assert setup.create_keys(own_config)
    assert setup.create_keys(own_config) is None
    setup.migrate(own_config)
    archive = Archive.open(own_config)
    more = [setup.NewDepartment("HQB", "后勤保障部", "Logistics", ("engineering",))]
    setup.seed(archive, more)
    setup.seed(archive, more)
    with archive.database.reading() as session:
        codes = session.scalars(select(Department.code).order_by(Department.code)).all()
        assert codes == ["DAS", "HQB"]
        assert len(session.scalars(select(Event)).all()) == 2
    archive.close()
