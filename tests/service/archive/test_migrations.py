"""The schema that migrations make is the schema of the models, on both databases and from empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from archive import setup
from archive.db import Database
from archive.models import Base, Department, Event
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
