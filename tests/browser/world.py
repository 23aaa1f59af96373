"""A small archive of sample papers with its accounts, taken in by the real pipeline, and the portal over it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from werkzeug.serving import make_server

from archive import accounts, catalogue, intake, setup
from archive.access.actor import SYSTEM, Role
from archive.catalogue import Description
from archive.models import Item, User
from archive.outbox import Topic
from archive.record import Archive
from archive.states import State
from config import ROOT, Config
from indexer.worker import Worker
from portal import create_app
from samples.records import Record, load_records

SAMPLES = ROOT / "samples"
PAPERS = ("S14", "S18", "S19", "S48", "S51", "S52", "S57", "S58")
"""Scans of contract, report, rules and letters, and two medical records: enough for every page, little to recognise."""


def password(name: str) -> str:
    """Password of a demo account."""
    rule: str = _read("accounts.yaml")["password_rule"]
    return rule.format(name=name)


def build(config: Config, *, papers: Collection[str] = PAPERS) -> Archive:
    """A new archive with departments, accounts and the papers, read and indexed."""
    setup.create_keys(config)
    setup.migrate(config)
    archive = Archive.open(config)
    rows = _read("departments.yaml")["departments"]
    setup.seed(archive, [setup.NewDepartment(r["code"], r["zh"], r["en"], tuple(r["functions"])) for r in rows])
    _add_accounts(archive)
    items = {record.sample_id: _add(archive, record) for record in load_records() if record.sample_id in papers}
    with archive.database.writing() as session:
        for record in load_records():
            for link in record.data.get("relations", []) if record.sample_id in items else []:
                if link["target"] in items:
                    catalogue.relate(session, items[record.sample_id], items[link["target"]], link["type"])
    drain(archive)
    return archive


def drain(archive: Archive) -> None:
    """Does all promised work in this process."""
    worker = Worker(archive)
    try:
        while sum(worker.work(topic) for topic in Topic):
            pass
        worker.client.indices.refresh(index=f"{archive.config.index_prefix}-*")
    finally:
        worker.close()


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SAMPLES / name).read_text(encoding="utf-8"))
    return loaded


def _add_accounts(archive: Archive) -> None:
    with archive.database.writing() as session:
        for row in _read("accounts.yaml")["accounts"]:
            accounts.create_user(
                session,
                archive.keys,
                SYSTEM,
                name=row["name"],
                display_name=row["zh"].partition("（")[0],
                roles=[Role(role) for role in row["roles"]],
                departments=[row["department"]] if "department" in row else [],
                organisation=row.get("organisation", ""),
                clearance=row["clearance"],
                password=password(row["name"]),
            )


def _add(archive: Archive, record: Record) -> str:
    data = record.data
    stored = None
    if record.file:
        with (SAMPLES / "files" / record.file).open("rb") as source:
            stored = intake.store(archive, source)
    with archive.database.writing() as session:
        item = catalogue.create_item(session, archive, SYSTEM, _describe(record))
        if stored is not None:
            job = intake.open_job(session, SYSTEM, "import")
            intake.register(session, archive, SYSTEM, item, stored, name=Path(record.file).name, job=job)
        item.on_hold = bool(data.get("on_hold"))
    return item.id


def _describe(record: Record) -> Description:
    data = record.data
    return Description(
        title=record.title,
        class_code=data["class"],
        department=data["department"],
        archival_code=data["archival_code"],
        date=data["date"],
        year=data["year"],
        doc_no=data.get("doc_no", ""),
        creators=tuple(data["creator"]),
        keywords=tuple(data.get("keywords", [])),
        persons=tuple(data.get("persons", [])),
        sensitivity=data["sensitivity"],
        retention=data["retention"],
        reading_scope=data["reading_scope"],
        reading_departments=tuple(data.get("reading_departments", [])),
        page_count=data.get("pages"),
        carrier=data["carrier"],
        origin=data["origin"],
        location=data.get("location", ""),
        meta=record.meta,
        state=State(data["state"]),
    )


def find_item(archive: Archive, code: str) -> Item:
    """The item of an archival code, its files loaded."""
    with archive.database.reading() as session:
        item = session.query(Item).filter(Item.archival_code == code).one()
        _ = item.files
        return item


def find_user(archive: Archive, name: str) -> User:
    """The account of that name."""
    with archive.database.reading() as session:
        user = accounts.find_user(session, name)
        assert user is not None
        return user


@contextmanager
def serve(archive: Archive, port: int = 0) -> Iterator[str]:
    """The portal on a free port of this machine; its address."""
    app = create_app(archive.config, archive=archive)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def private_config(config: Config, folder: Path) -> Config:
    """Settings of an archive of its own on the servers of `config`."""
    return replace(
        config,
        data=folder / "data",
        keys=folder / "keys",
        database_url=f"sqlite:///{folder / 'data' / 'guidang.db'}",
        index_prefix=f"{config.index_prefix}-{folder.name}",
    )
