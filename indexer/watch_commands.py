"""Commands for watched folders: `watch add`, `watch list`, `watch remove`, `watch run`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive import accounts, audit
from archive.access.actor import SYSTEM
from archive.console import Failure, opened, spoken
from archive.models import User, WatchedFolder
from archive.record import Archive

SECONDS = 5.0


@click.group()
def watch() -> None:
    """Folders from which files are taken in by themselves."""


@watch.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path))
@click.option("--department", required=True, help="Code or name: whose papers these are.")
@click.option("--class", "class_code", required=True, help="Class where folder name and description say nothing.")
@click.option("--as", "name", required=True, metavar="USER", help="Account in whose name it happens.")
@click.option("--join-pages", is_flag=True, help="Make numbered images (001.jpg, 002.jpg …) one file of pages.")
@spoken
def add(*, path: Path, department: str, class_code: str, name: str, join_pages: bool) -> None:
    """Watch PATH. Files move to its folders `done` and, with the reason, `failed`."""
    with opened() as archive:
        place = _require_place(archive, path)
        if class_code not in archive.scheme.classes:
            raise Failure(f"There is no class {class_code}.", f"没有门类 {class_code}。")
        with archive.database.writing() as session:
            user = accounts.find_user(session, name)
            if user is None or not user.is_active:
                raise Failure(f"There is no active account {name}.", f"没有可用的账号 {name}。")
            _require_apart(session, place)
            code = accounts.get_department(session, department).code
            folder = WatchedFolder(
                path=str(place), department=code, class_code=class_code, user_id=user.id, is_joining=join_pages
            )
            session.add(folder)
            session.flush()
            audit.record(session, archive.keys, SYSTEM, "watch:add", "folder", folder.id, detail={"user": user.id})
    click.echo(f"watched 已监控: {place}")


@watch.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each folder.")
@spoken
def list_folders(*, as_json: bool) -> None:
    """Show the watched folders and whether they can be read."""
    with opened() as archive, archive.database.reading() as session:
        rows = session.execute(
            select(WatchedFolder, User.name).join(User, User.id == WatchedFolder.user_id).order_by(WatchedFolder.path)
        ).all()
        for folder, name in rows:
            values: dict[str, Any] = {
                "path": folder.path,
                "department": folder.department,
                "class": folder.class_code,
                "as": name,
                "join_pages": folder.is_joining,
                "looked_at": folder.looked_at.isoformat(timespec="seconds") if folder.looked_at else None,
                "problem": folder.problem,
            }
            click.echo(
                json.dumps(values, ensure_ascii=False) if as_json else "  ".join(str(v) for v in values.values())
            )


@watch.command()
@click.argument("path", type=click.Path(path_type=Path))
@spoken
def remove(*, path: Path) -> None:
    """Stop watching PATH. What lies there stays there."""
    with opened() as archive, archive.database.writing() as session:
        place = str(path.absolute().resolve())
        folder = session.scalar(select(WatchedFolder).where(WatchedFolder.path == place))
        if folder is None:
            raise Failure(f"{place} is not watched.", f"未监控 {place}。")
        session.execute(delete(WatchedFolder).where(WatchedFolder.id == folder.id))
        audit.record(session, archive.keys, SYSTEM, "watch:remove", "folder", folder.id)


@watch.command()
@click.option("--once", is_flag=True, help="Look twice, as a whole file needs, and end.")
@spoken
def run(*, once: bool) -> None:
    """Look into the folders from here, as the clock does where it runs."""
    from indexer.watch import look_everywhere

    with opened() as archive:
        looks = 0
        while not once or looks < 2:
            found = look_everywhere(archive)
            click.echo(f"{found.taken} taken 已接收  {found.failed} failed 未接收  {found.waiting} waiting 等待")
            looks += 1
            if not once or looks < 2:
                time.sleep(SECONDS)


def _require_place(archive: Archive, path: Path) -> Path:
    """The folder's real place. Raises Failure for one that holds the archive itself, or lies in it."""
    place = path.absolute().resolve()
    for own in (archive.config.data.resolve(), archive.config.keys.resolve()):
        if place.is_relative_to(own) or own.is_relative_to(place):
            raise Failure("The archive's own folders cannot be watched.", "不能监控系统自己的目录。")
    return place


def _require_apart(session: Session, place: Path) -> None:
    for other in session.scalars(select(WatchedFolder.path)):
        if place.is_relative_to(other) or Path(other).is_relative_to(place):
            raise Failure(f"{other} is watched already.", f"{other} 已在监控中。")
