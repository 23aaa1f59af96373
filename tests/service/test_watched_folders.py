"""Watched folders: whole files are taken in once and moved; what is unfit says why; links lead nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from archive import accounts
from archive.access.actor import SYSTEM, Role
from archive.models import File, Item, Job, WatchedFile, WatchedFolder, utc_now
from archive.record import Archive
from config import ROOT, Config
from indexer import watch
from indexer.inbox import Inbox
from tests.indexer_world import make_archive


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(
    request: pytest.FixtureRequest, config: Config, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Archive]:
    archive = make_archive(config, tmp_path, new_database(request.param))
    with archive.database.writing() as session:
        accounts.create_user(
            session, archive.keys, SYSTEM, name="zhao", roles=[Role.CLERK], departments=["HQB"], clearance=3
        )
    yield archive
    archive.close()


@pytest.fixture
def folder(archive: Archive, tmp_path: Path) -> Path:
    place = tmp_path / "后勤收件"
    place.mkdir()
    with archive.database.writing() as session:
        user = accounts.find_user(session, "zhao")
        assert user is not None
        session.add(WatchedFolder(path=str(place), department="HQB", class_code="WS·HQ", user_id=user.id))
    return place


def command(archive: Archive, *line: str) -> str:
    config = archive.config
    environ = os.environ | {
        "GUIDANG_DATA": str(config.data),
        "GUIDANG_KEYS": str(config.keys),
        "DATABASE_URL": config.database_url,
        "REDIS_URL": "",
    }
    started = [sys.executable, "-m", "flask", "--app", "manage", "watch", *line]
    ended = subprocess.run(started, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def look(archive: Archive) -> watch.Look:
    """The look after the one that found the files whole."""
    watch.look_everywhere(archive)
    with archive.database.writing() as session:
        session.execute(update(WatchedFile).values(seen_at=utc_now() - timedelta(minutes=1)))
    return watch.look_everywhere(archive)


def files(archive: Archive) -> list[tuple[str, str, str, str]]:
    """Name of each file; title, class and department of its item."""
    with archive.database.reading() as session:
        rows = session.execute(
            select(File.name, Item.title, Item.class_code, Item.department).join(File.item).order_by(File.name)
        )
        return [tuple(row) for row in rows]


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_whole_file_is_taken_in_and_moved(archive: Archive, folder: Path) -> None:
    (folder / "电梯年检.txt").write_text("合格", encoding="utf-8")
    (folder / "二期").mkdir()
    (folder / "二期" / "水泵.txt").write_text("正常", encoding="utf-8")
    assert watch.look_everywhere(archive) == watch.Look(waiting=2)
    assert names(folder) == {"电梯年检.txt", "二期/水泵.txt"}
    assert look(archive).taken == 2
    assert names(folder) == {"done/电梯年检.txt", "done/二期/水泵.txt"}
    assert [row[:2] for row in files(archive)] == [("水泵.txt", "水泵"), ("电梯年检.txt", "电梯年检")]
    with archive.database.reading() as session:
        job = session.scalars(select(Job)).one()
        assert (job.kind, job.name, job.department, job.total) == ("folder", "后勤收件", "HQB", 2)
        assert not session.scalars(select(WatchedFile)).all()
    assert look(archive) == watch.Look()


def test_a_file_that_still_grows_waits(archive: Archive, folder: Path) -> None:
    place = folder / "大文件.txt"
    for size in (10, 20, 30):
        place.write_bytes(b"x" * size)
        assert watch.look_everywhere(archive) == watch.Look(waiting=1)
        with archive.database.writing() as session:
            session.execute(update(WatchedFile).values(seen_at=utc_now() - timedelta(minutes=1)))
    assert watch.look_everywhere(archive).taken == 1


@pytest.mark.parametrize("ending", [".csv", ".json"])
def test_a_description_beside_the_file_is_used_and_moves_with_it(archive: Archive, folder: Path, ending: str) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4")
    if ending == ".csv":
        text = "title,date,keywords\n二号锅炉检验报告,20240501,锅炉；检验\n"
    else:
        text = json.dumps({"title": "二号锅炉检验报告", "date": "20240501", "keywords": ["锅炉", "检验"]})
    (folder / f"a.pdf{ending}").write_text(text, encoding="utf-8")
    assert look(archive).taken == 1
    assert names(folder) == {"done/a.pdf", f"done/a.pdf{ending}"}
    with archive.database.reading() as session:
        item = session.scalars(select(Item)).one()
        assert (item.title, item.date, item.keywords) == ("二号锅炉检验报告", "20240501", ["锅炉", "检验"])


@pytest.mark.parametrize(
    ("sidecar", "said"),
    [
        ("title,colour\n锅炉,红\n", "没有这个字段"),
        ("title,date\n锅炉,昨天\n", "不是有效日期"),
        ("title\n一\n二\n", "列数"),
        ("{broken", "不是有效的 JSON"),
        ("title,department\n锅炉,没有的科室\n", "没有这个值"),
    ],
)
def test_an_unfit_description_goes_to_failed_with_the_reason(
    archive: Archive, folder: Path, sidecar: str, said: str
) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4")
    (folder / "a.pdf.csv").write_text(sidecar, encoding="utf-8")
    assert look(archive).failed == 1
    assert names(folder) == {"failed/a.pdf", "failed/a.pdf.csv", "failed/a.pdf.reason.txt"}
    reason = (folder / "failed" / "a.pdf.reason.txt").read_text(encoding="utf-8")
    assert said in reason
    assert "Not taken in." in reason
    assert files(archive) == []


def test_an_empty_file_goes_to_failed(archive: Archive, folder: Path) -> None:
    (folder / "空.txt").touch()
    assert look(archive).failed == 1
    assert "0 字节" in (folder / "failed" / "空.txt.reason.txt").read_text(encoding="utf-8")


def test_the_same_name_again_replaces_nothing(archive: Archive, folder: Path) -> None:
    for content in ("一", "二", "一"):
        (folder / "a.txt").write_text(content, encoding="utf-8")
        assert look(archive).taken == 1
    assert names(folder) == {"done/a.txt", "done/a-2.txt", "done/a-3.txt"}
    assert len(files(archive)) == 2  # the third has the bytes of the first


def test_links_and_hidden_and_unfinished_files_are_left_alone(archive: Archive, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    (folder / "link.txt").symlink_to(secret)
    (folder / "more").symlink_to(tmp_path)
    os.link(secret, folder / "hard.txt")
    os.mkfifo(folder / "pipe.txt")
    for name in (".hidden", "~$a.docx", "b.part"):
        (folder / name).write_text("x", encoding="utf-8")
    found = look(archive)
    assert found.taken == 0
    assert files(archive) == []
    assert secret.read_text(encoding="utf-8") == "SECRET"


def test_a_link_in_the_place_of_done_moves_nothing_out(archive: Archive, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "done").symlink_to(outside)
    (folder / "a.txt").write_text("a", encoding="utf-8")
    look(archive)
    assert not list(outside.iterdir())
    with archive.database.reading() as session:
        assert session.scalars(select(WatchedFolder.problem)).one() == "not_openable"
    (folder / "done").unlink()
    look(archive)
    assert names(folder) == {"done/a.txt"}
    assert len(files(archive)) == 1  # taken in before, only moved now


def test_who_lost_the_right_takes_nothing_in(archive: Archive, folder: Path) -> None:
    (folder / "a.txt").write_text("a", encoding="utf-8")
    with archive.database.writing() as session:
        user = accounts.find_user(session, "zhao")
        assert user is not None
        user.is_active = False
    look(archive)
    assert names(folder) == {"a.txt"}
    listed = json.loads(command(archive, "list", "--json"))
    assert (listed["as"], listed["problem"]) == ("zhao", "not_role")


def test_two_workers_do_not_look_into_one_folder_at_once(archive: Archive, folder: Path) -> None:
    for n in range(30):
        (folder / f"{n}.txt").write_text(f"{n}", encoding="utf-8")
    watch.look_everywhere(archive)
    with archive.database.writing() as session:
        session.execute(update(WatchedFile).values(seen_at=utc_now() - timedelta(minutes=1)))
    threads = [Thread(target=watch.look_everywhere, args=(archive,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(archive)) == 30


def test_a_worker_killed_at_any_moment_adds_nothing_twice(archive: Archive, folder: Path) -> None:
    for n in range(40):
        (folder / f"{n:02}.txt").write_text(f"{n}", encoding="utf-8")
    watch.look_everywhere(archive)
    with archive.database.writing() as session:
        session.execute(update(WatchedFile).values(seen_at=utc_now() - timedelta(minutes=1)))
    environ = os.environ | {
        "GUIDANG_DATA": str(archive.config.data),
        "GUIDANG_KEYS": str(archive.config.keys),
        "DATABASE_URL": archive.config.database_url,
        "REDIS_URL": "",
    }
    line = "from archive.record import Archive; from config import Config; from indexer.watch import look_everywhere; "
    line += "look_everywhere(Archive.open(Config.load()))"
    for at in (3, 11, 25):
        process = subprocess.Popen([sys.executable, "-c", line], cwd=ROOT, env=environ)
        while count(archive) < at and process.poll() is None:
            time.sleep(0.002)
        process.kill()
        process.wait()
        with archive.database.writing() as session:  # the lease of the dead runs out
            session.execute(update(WatchedFolder).values(leased_until=None))
    watch.look_everywhere(archive)
    assert names(folder) == {f"done/{n:02}.txt" for n in range(40)}
    assert [row[0] for row in files(archive)] == [f"{n:02}.txt" for n in range(40)]


def count(archive: Archive) -> int:
    with archive.database.reading() as session:
        return session.scalar(select(func.count()).select_from(File)) or 0


def test_the_archives_own_folders_and_folders_within_each_other_are_not_watched(archive: Archive, folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    for place in (archive.config.vault, archive.config.keys, inner, folder.parent):
        with pytest.raises(AssertionError):
            command(archive, "add", str(place), "--department", "HQB", "--class", "WS·HQ", "--as", "zhao")
    command(archive, "remove", str(folder))
    assert command(archive, "list") == ""
    command(archive, "add", str(inner), "--department", "后勤保障部", "--class", "WS·HQ", "--as", "zhao")
    (inner / "a.txt").write_text("a", encoding="utf-8")
    assert "1 taken" in command(archive, "run", "--once")
    assert names(inner) == {"done/a.txt"}


def test_numbered_images_are_taken_in_together_once_all_lie_still(archive: Archive, folder: Path) -> None:
    with archive.database.writing() as session:
        session.execute(update(WatchedFolder).values(is_joining=True))
    for number in (1, 2, 10):
        (folder / f"合同_{number}.jpg").write_bytes(b"image %d" % number)
    (folder / "说明.txt").write_bytes(b"words")
    (folder / "合同_1.jpg.json").write_text(json.dumps({"title": "维保合同"}), encoding="utf-8")
    watch.look_everywhere(archive)
    with archive.database.writing() as session:
        earlier = utc_now() - timedelta(minutes=1)
        session.execute(update(WatchedFile).where(WatchedFile.path != "合同_10.jpg").values(seen_at=earlier))
    assert watch.look_everywhere(archive).taken == 1, "a page may still be on its way"
    assert [name for name, *_ in files(archive)] == ["说明.txt"]
    assert look(archive).taken == 1
    assert ("合同.zip", "维保合同", "WS·HQ", "HQB") in files(archive)
    assert {path.name for path in folder.iterdir()} == {"done"}
    assert {path.name for path in (folder / "done").iterdir()} == {
        *("合同_1.jpg", "合同_1.jpg.json", "合同_2.jpg", "合同_10.jpg", "说明.txt")
    }


def test_pages_that_were_taken_in_before_a_crash_are_only_moved(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with archive.database.writing() as session:
        session.execute(update(WatchedFolder).values(is_joining=True))
    for number in (1, 2, 3):
        (folder / f"{number}.jpg").write_bytes(b"image %d" % number)
    put_away, moved = Inbox.put_away, list[str]()

    def die_after_the_first(inbox: Inbox, path: str, where: str, reason: str = "") -> None:
        if moved:
            raise MemoryError
        moved.append(path)
        put_away(inbox, path, where, reason)

    with monkeypatch.context() as dying:
        dying.setattr(Inbox, "put_away", die_after_the_first)
        with pytest.raises(MemoryError):
            look(archive)
    look(archive)
    assert {path.name for path in folder.iterdir()} == {"done"}
    assert [name for name, *_ in files(archive)] == [f"{folder.name}.zip"]
