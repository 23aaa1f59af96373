"""Fills an installation with the sample archive, through the same doors as everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import yaml

from archive import accounts, setup
from archive.access.actor import SYSTEM, Role, resolve_actor
from archive.record import Archive
from config import ROOT, Config
from indexer.ingest import Ingest

SAMPLES: Final = ROOT / "samples"
FILES: Final = SAMPLES / "files"
MANIFEST: Final = SAMPLES / "manifest.csv"
IMPORTER: Final = "archivist"
"""The demo account in whose name the sample archive is taken in."""
QUERY: Final = "竣工图"


@dataclass(frozen=True)
class DemoAccount:
    """One account of the demo and what to look at with it."""

    name: str
    password: str
    shows_zh: str
    shows_en: str


def prepare(config: Config) -> str | None:
    """Keys, database, departments. Returns the recovery key if keys were made."""
    recovery_key = setup.create_keys(config)
    setup.migrate(config)
    return recovery_key


def seed(archive: Archive) -> list[DemoAccount]:
    """Departments and accounts of the sample hospital, those that are missing."""
    departments = _read("departments.yaml")["departments"]
    setup.seed(
        archive,
        [setup.NewDepartment(d["code"], d["zh"], d.get("en", ""), tuple(d.get("functions", ()))) for d in departments],
    )
    table = _read("accounts.yaml")
    made = []
    with archive.database.writing() as session:
        for row in table["accounts"]:
            password = table["password_rule"].format(name=row["name"])
            made.append(DemoAccount(row["name"], password, row.get("shows_zh", ""), row.get("shows_en", "")))
            if accounts.find_user(session, row["name"]) is None:
                accounts.create_user(
                    session,
                    archive.keys,
                    SYSTEM,
                    name=row["name"],
                    display_name=row["zh"],
                    roles=[Role(role) for role in row["roles"]],
                    departments=[row["department"]] if row.get("department") else [],
                    clearance=row["clearance"],
                    organisation=row.get("organisation", ""),
                    password=password,
                )
    return made


def open_ingest(archive: Archive) -> Ingest:
    """The run that takes the sample archive in."""
    with archive.database.reading() as session:
        importer = accounts.find_user(session, IMPORTER)
        if importer is None:
            raise RuntimeError("the demo accounts are made first")
        return Ingest(archive, resolve_actor(session, importer))


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SAMPLES / name).read_text(encoding="utf-8"))
    return found
