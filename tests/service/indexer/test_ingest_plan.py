"""Planning: everything is checked before anything is written, departments to be made included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive.access.actor import SYSTEM
from archive.models import CaseVolume, Department, Event, Item
from archive.record import Archive
from config import Config
from indexer.ingest import Ingest
from indexer.manifest import Fault, ManifestError
from tests.indexer_world import make_archive


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(
    request: pytest.FixtureRequest, tmp_path: Path, config: Config, new_database: Callable[[str], str]
) -> Iterator[Archive]:
    """An archive on each kind of database; planning needs no other server."""
    archive = make_archive(config, tmp_path, new_database(request.param))
    yield archive
    archive.close()


def plan(archive: Archive, folder: Path, *rows: str, is_creating: bool) -> list[str]:
    """Departments of the entries planned from a manifest of these rows."""
    manifest = folder / "m.csv"
    manifest.write_text("\n".join(("title,class,department,archival_code", *rows)), encoding="utf-8")
    entries = Ingest(archive, SYSTEM).plan(folder, manifest, is_creating=is_creating)
    return [entry.description.department for entry in entries]


def count_rows(archive: Archive) -> list[int]:
    with archive.database.reading() as session:
        tables = (Department, Event, Item, CaseVolume)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_missing_departments_are_faults_unless_they_may_be_made(archive: Archive, tmp_path: Path) -> None:
    before = count_rows(archive)
    with pytest.raises(ManifestError) as caught:
        plan(archive, tmp_path, "通知,WS·HQ,新建科,", "通报,WS·HQ,HQB,", is_creating=False)
    assert caught.value.faults == (Fault(2, "department", "unknown"),)
    assert count_rows(archive) == before


def test_missing_departments_are_made_once_and_used(archive: Archive, tmp_path: Path) -> None:
    first, second, third = plan(
        archive, tmp_path, "通知,WS·HQ,新建科,", "通报,WS·HQ,新建科,", "函,WS·HQ,后勤保障部,", is_creating=True
    )
    assert (first, third) == (second, "HQB")
    with archive.database.reading() as session:
        assert session.get_one(Department, first).name == "新建科"
        made = select(func.count()).where(Event.action == "department:create", Event.object_id == first)
        assert session.scalar(made) == 1


def test_a_later_fault_leaves_no_department_behind(archive: Archive, tmp_path: Path) -> None:
    """The code is only found wrong when the entry is checked against its class and department."""
    before = count_rows(archive)
    with pytest.raises(ManifestError) as caught:
        plan(archive, tmp_path, "通知,WS·HQ,新建科,", "通报,WS·HQ,另一科,某号", is_creating=True)
    assert caught.value.faults == (Fault(3, "archival_code", "not_a_code"),)
    assert count_rows(archive) == before
