"""The command `ingest` done again, and cut off in the middle: nothing is added twice, what was left is finished."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive import accounts
from archive.access.actor import SYSTEM, Role
from archive.models import File, Item, Job
from archive.record import Archive
from config import ROOT, Config
from tests.indexer_world import make_archive

NUMBER = 400


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(
    request: pytest.FixtureRequest, config: Config, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Archive]:
    """An archive with an account for the command; no server is needed for taking in."""
    archive = make_archive(config, tmp_path, new_database(request.param))
    with archive.database.writing() as session:
        accounts.create_user(
            session, archive.keys, SYSTEM, name="lixia", roles=[Role.ARCHIVIST], departments=["HQB"], clearance=4
        )
    yield archive
    archive.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files with a manifest; every seventh row has none."""
    root = tmp_path / "delivery"
    root.mkdir()
    rows = []
    for n in range(NUMBER):
        row = {
            "path": f"扫描/{n:04}.txt",
            "title": f"巡查记录 {n}",
            "class": "WS·HQ",
            "department": "HQB",
            "date": "20240501",
        }
        if n % 7 == 0:
            row["path"] = ""
        else:
            place = root / row["path"]
            place.parent.mkdir(exist_ok=True)
            place.write_text(f"第 {n} 份记录", encoding="utf-8")
        rows.append(row)
    with (root / "manifest.csv").open("w", encoding="utf-8-sig", newline="") as target:
        table = csv.DictWriter(target, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return root


def begin(archive: Archive, folder: Path) -> subprocess.Popen[str]:
    config = archive.config
    environ = os.environ | {
        "GUIDANG_DATA": str(config.data),
        "GUIDANG_KEYS": str(config.keys),
        "DATABASE_URL": config.database_url,
        "REDIS_URL": "",
    }
    line = ["ingest", str(folder), "--manifest", str(folder / "manifest.csv"), "--as", "lixia"]
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "manage", *line],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(archive: Archive, folder: Path) -> Counter[str]:
    """Runs the command to its end; its counts."""
    process = begin(archive, folder)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return Counter({line.split()[1]: int(line.split()[0]) for line in said.splitlines()})


def count(archive: Archive) -> tuple[int, int]:
    """Files and items."""
    with archive.database.reading() as session:
        files = session.scalar(select(func.count()).select_from(File)) or 0
        return files, session.scalar(select(func.count()).select_from(Item)) or 0


def require_each_once(archive: Archive, folder: Path) -> None:
    """Every row of the manifest is one item, every file one file, with its own bytes."""
    with archive.database.reading() as session:
        titles = Counter(session.scalars(select(Item.title)))
        files = session.scalars(select(File)).all()
        totals = session.scalar(select(func.sum(Job.total)))
    assert titles == {f"巡查记录 {n}": 1 for n in range(NUMBER)}
    wanted = sorted(path.read_bytes() for path in folder.rglob("*.txt"))
    found = []
    for file in files:
        with archive.vault.reader(file.address) as blob:
            found.append(blob.read())
    assert sorted(found) == wanted
    assert totals == len(wanted)


def test_a_second_run_adds_nothing(archive: Archive, folder: Path) -> None:
    files = sum(1 for _ in folder.rglob("*.txt"))
    assert run(archive, folder) == {"accepted": files, "catalogued": NUMBER - files}
    before = count(archive)
    blobs = sorted(path.name for path in archive.config.vault.rglob("*") if path.is_file())
    assert run(archive, folder)["duplicate"] == files
    assert count(archive) == before
    assert sorted(path.name for path in archive.config.vault.rglob("*") if path.is_file()) == blobs
    require_each_once(archive, folder)


def test_files_that_came_later_are_taken_in_by_the_next_run(archive: Archive, folder: Path) -> None:
    run(archive, folder)
    (folder / "扫描" / "0001.txt").write_text("改过的记录", encoding="utf-8")
    again = run(archive, folder)
    assert again["accepted"] == 1
    assert again["duplicate"] == sum(1 for _ in folder.rglob("*.txt")) - 1


@pytest.mark.parametrize("at", [1, 130, 260])
def test_a_run_killed_in_the_middle_is_finished_by_the_next(archive: Archive, folder: Path, at: int) -> None:
    process = begin(archive, folder)
    while count(archive)[1] < at and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert 0 < count(archive)[1] < NUMBER
    run(archive, folder)
    require_each_once(archive, folder)
