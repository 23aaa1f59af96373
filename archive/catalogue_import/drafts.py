"""An import between its steps: a row, and the table in the vault. Only whoever began it sees it.

Threat: a catalogue full of names lying in the clear in a temporary folder, or staying for ever. Guarantee: the table is
nowhere but in the vault, and goes when the import expires or is thrown away. Residual risk: none beyond the vault's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from archive import audit, outbox
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor, resolve_actor
from archive.catalogue_import import columns
from archive.catalogue_import.apply import apply_plan, require_import
from archive.catalogue_import.check import Checker, Line, Outcome, list_departments, preview
from archive.catalogue_import.columns import ColumnMapping
from archive.catalogue_import.plan import Options, Plan, build_plan
from archive.catalogue_import.tables import Table, pack_tables, unpack_tables
from archive.errors import ConflictError, InvalidError, NotFoundError, NotGrantedError
from archive.intake import clean_name
from archive.models import CatalogueImport, ColumnMemory, ImportLine, Outbox, User, new_id, utc_now
from archive.record import Archive
from archive.states import State

DRAFT_AGE: Final = timedelta(days=7)
REPORT_AGE: Final = timedelta(days=90)
STALE_AGE: Final = timedelta(minutes=10)
"""A short import still at work after this time has lost the process that ran it."""
AT_ONCE: Final = 500
"""Rows up to which an import runs while its person waits; longer ones are work for the worker."""
SOURCE_LENGTH: Final = 100


class Stage(StrEnum):
    """How far an import has come."""

    COLUMNS = "columns"  # uploaded, columns proposed
    READY = "ready"  # columns settled, can be previewed and begun
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Draft:
    """An import with its table, which is read when it is first asked for."""

    row: CatalogueImport
    archive: Archive = field(repr=False)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The sheets."""
        with self.archive.vault.reader(self.row.address) as stored:
            return unpack_tables(stored.read())

    @property
    def table(self) -> Table:
        """The sheet that was chosen."""
        return self.tables[self.row.sheet]

    @property
    def mapping(self) -> ColumnMapping:
        """What its columns are."""
        return ColumnMapping(self.row.heading_row, tuple(self.row.fields))

    @property
    def options(self) -> Options:
        """What counts for all rows."""
        kept = self.row.options
        return Options(**kept | {"state": State(kept["state"])}) if kept else Options()


def begin(archive: Archive, actor: Actor, tables: Sequence[Table], *, name: str, source: str) -> str:
    """Keeps an uploaded table, its columns proposed; the id of the import."""
    gate.require(actor, Action.CATALOGUE_IMPORT)
    source = source.strip()[:SOURCE_LENGTH]
    if not source:
        raise InvalidError(details={"source": "required"})
    stored = archive.vault.put(pack_tables(tables))
    sheet = max(range(len(tables)), key=lambda number: len(tables[number].rows))
    with archive.database.writing() as session:
        row = CatalogueImport(
            id=new_id(),
            user_id=actor.id,
            source=source,
            name=clean_name(name),
            address=stored.address,
            stage=Stage.COLUMNS,
            expires_at=utc_now() + DRAFT_AGE,
        )
        session.add(row)
        _propose(session, archive, row, tables, sheet)
        audit.record(session, archive.keys, actor, Action.CATALOGUE_IMPORT, "import", row.id, detail={"step": "begin"})
        return row.id


def _propose(session: Session, archive: Archive, row: CatalogueImport, tables: Sequence[Table], sheet: int) -> None:
    memory = session.get(ColumnMemory, row.source)
    mapping = columns.propose(tables[sheet], archive.scheme, memory.headings if memory else None)
    row.sheet, row.heading_row, row.fields = sheet, mapping.heading_row, list(mapping.fields)


def find_own(session: Session, actor: Actor, import_id: str) -> CatalogueImport:
    """The actor's own import. Raises NotFoundError, also for one of somebody else."""
    row = session.get(CatalogueImport, import_id)
    if row is None or row.user_id != actor.id:
        raise NotFoundError(action=Action.CATALOGUE_IMPORT, object_type="import", object_id=import_id)
    return row


def open_draft(archive: Archive, actor: Actor, import_id: str) -> Draft:
    """The actor's own import with its table. Raises NotFoundError."""
    with archive.database.reading() as session:
        return Draft(find_own(session, actor, import_id), archive)


def choose_sheet(archive: Archive, actor: Actor, draft: Draft, sheet: int) -> None:
    """Takes another sheet of the workbook; its columns are proposed anew. Raises InvalidError, ConflictError."""
    if not 0 <= sheet < len(draft.tables):
        raise InvalidError(details={"sheet": "unknown"})
    with archive.database.writing() as session:
        row = _find_open(session, actor, draft.row.id)
        _propose(session, archive, row, draft.tables, sheet)
        row.stage = Stage.COLUMNS


def settle_columns(archive: Archive, actor: Actor, draft: Draft, mapping: ColumnMapping, options: Options) -> None:
    """Fixes columns and options, and remembers the columns for the source. Raises InvalidError by field."""
    require_import(actor, options)
    faults = mapping.faults()
    if faults or len(mapping.fields) != draft.table.width:
        raise InvalidError(details={"columns": faults[0] if faults else "unknown"})
    known = {*columns.FIELDS, *columns.template_fields(archive.scheme), ""}
    if not known.issuperset(mapping.fields):
        raise InvalidError(details={"columns": "unknown_field"})
    if options.class_code and options.class_code not in archive.scheme.classes:
        raise InvalidError(details={"class": "unknown"})
    with archive.database.writing() as session:
        if options.department and options.department not in list_departments(session):
            raise InvalidError(details={"department": "unknown"})
        row = _find_open(session, actor, draft.row.id)
        row.heading_row, row.fields = mapping.heading_row, list(mapping.fields)
        row.options, row.stage = asdict(options), Stage.READY
        headings = columns.remember(draft.table, mapping)
        memory = ColumnMemory(source=row.source, headings=headings, changed_by=actor.id, changed_at=utc_now())
        session.merge(memory)


def _find_open(session: Session, actor: Actor, import_id: str) -> CatalogueImport:
    row = find_own(session, actor, import_id)
    if row.stage not in (Stage.COLUMNS, Stage.READY):
        raise ConflictError(details={"import": "changed"})
    return row


def plan_draft(session: Session, archive: Archive, draft: Draft) -> Plan:
    """The plan of an import as its columns stand."""
    return build_plan(draft.table, draft.mapping, draft.options, archive.scheme, list_departments(session))


def preview_draft(archive: Archive, actor: Actor, draft: Draft) -> list[Line]:
    """What importing would make of every row; nothing is written."""
    with archive.database.reading() as session:
        plan = plan_draft(session, archive, draft)
        return preview(session, Checker(archive, actor, draft.mapping, draft.options), plan)


def start(archive: Archive, actor: Actor, draft: Draft) -> None:
    """Begins the import: at once when it is short, else as work for the worker. Raises ConflictError."""
    require_import(actor, draft.options)
    with archive.database.reading() as session:
        total = plan_draft(session, archive, draft).row_total
    with archive.database.writing() as session:
        row = find_own(session, actor, draft.row.id)
        if row.stage != Stage.READY:
            raise ConflictError(details={"import": "changed"})
        row.stage, row.total, row.expires_at = Stage.WORKING, total, utc_now() + REPORT_AGE
        if total > AT_ONCE:
            outbox.promise(session, outbox.Topic.IMPORT, row.id)
        detail = {"step": "start", "rows": total}
        audit.record(session, archive.keys, actor, Action.CATALOGUE_IMPORT, "import", row.id, detail=detail)
    if total <= AT_ONCE:
        run(archive, draft.row.id)


def run(archive: Archive, import_id: str) -> None:
    """Imports what is left of a begun import, with the rights that its person has now. Idempotent."""
    with archive.database.reading() as session:
        row = session.get(CatalogueImport, import_id)
        if row is None or row.stage != Stage.WORKING:
            return
        actor = resolve_actor(session, session.get_one(User, row.user_id))
        done = set(session.scalars(select(ImportLine.row).where(ImportLine.import_id == import_id)))
        draft = Draft(row, archive)
        plan = plan_draft(session, archive, draft)

    def record(session: Session, lines: Sequence[Line]) -> None:
        _record(session, import_id, lines)

    try:
        lane = outbox.Lane(import_id, draft.options.department, is_bulk=plan.row_total > AT_ONCE)
        apply_plan(archive, actor, plan, draft.mapping, draft.options, record, lane=lane, done=done)
    except NotGrantedError:
        stop(archive, import_id, "import_not_allowed")
        return
    with archive.database.writing() as session:
        ended = session.get_one(CatalogueImport, import_id)
        ended.stage = Stage.DONE
        detail = {"step": "done"} | count_lines(session, import_id)
        audit.record(session, archive.keys, actor, Action.CATALOGUE_IMPORT, "import", import_id, detail=detail)


def _record(session: Session, import_id: str, lines: Sequence[Line]) -> None:
    session.add_all(
        ImportLine(
            import_id=import_id,
            row=line.row,
            outcome=line.outcome,
            reason=line.reason,
            column=line.column,
            item_id=line.item_id,
        )
        for line in lines
    )
    session.get_one(CatalogueImport, import_id).done += len(lines)


def stop(archive: Archive, import_id: str, reason: str) -> None:
    """Gives an import up; what it wrote stays."""
    with archive.database.writing() as session:
        row = session.get(CatalogueImport, import_id)
        if row is not None and row.stage == Stage.WORKING:
            row.stage, row.reason = Stage.STOPPED, reason


def count_lines(session: Session, import_id: str) -> dict[str, int]:
    """Rows by outcome."""
    query = select(ImportLine.outcome, func.count()).where(ImportLine.import_id == import_id)
    return {row.outcome: row[1] for row in session.execute(query.group_by(ImportLine.outcome))}


def list_lines(session: Session, import_id: str) -> list[ImportLine]:
    """What became of the rows so far, in their order."""
    return list(session.scalars(select(ImportLine).where(ImportLine.import_id == import_id).order_by(ImportLine.row)))


def list_refused(session: Session, import_id: str, *, limit: int) -> list[ImportLine]:
    """The first rows that were not imported."""
    refused = select(ImportLine).where(ImportLine.import_id == import_id, ImportLine.outcome == Outcome.REFUSED)
    return list(session.scalars(refused.order_by(ImportLine.row).limit(limit)))


def discard(archive: Archive, actor: Actor, import_id: str) -> None:
    """Throws an import away before it began. Raises ConflictError once it has."""
    with archive.database.writing() as session:
        row = _find_open(session, actor, import_id)
        address = row.address
        session.delete(row)
    archive.vault.destroy(address)


def resume_stale(archive: Archive) -> None:
    """Makes work for the worker of imports whose process died."""
    with archive.database.reading() as session:
        old = CatalogueImport.expires_at < utc_now() + REPORT_AGE - STALE_AGE
        promised = select(Outbox.subject_id).where(Outbox.topic == outbox.Topic.IMPORT)
        query = select(CatalogueImport.id).where(old, CatalogueImport.stage == Stage.WORKING)
        lost = session.scalars(query.where(CatalogueImport.id.not_in(promised))).all()
    if lost:
        with archive.database.writing() as session:
            outbox.promise_all(session, outbox.Topic.IMPORT, [(import_id, "") for import_id in lost])


def list_own(session: Session, actor: Actor) -> list[CatalogueImport]:
    """The actor's imports, newest first."""
    mine = select(CatalogueImport).where(CatalogueImport.user_id == actor.id)
    return list(session.scalars(mine.order_by(CatalogueImport.created_at.desc()).limit(50)))


def list_sources(session: Session) -> list[str]:
    """Sources whose columns are remembered."""
    return list(session.scalars(select(ColumnMemory.source).order_by(ColumnMemory.source)))


def remove_expired(archive: Archive) -> int:
    """Removes imports past their time with their tables; returns how many."""
    with archive.database.writing() as session:
        old = CatalogueImport.expires_at < utc_now()
        gone = session.execute(
            select(CatalogueImport.id, CatalogueImport.address).where(old, CatalogueImport.stage != Stage.WORKING)
        ).all()
        ids = [import_id for import_id, _ in gone]
        session.execute(delete(ImportLine).where(ImportLine.import_id.in_(ids)))
        session.execute(delete(CatalogueImport).where(CatalogueImport.id.in_(ids)))
    for _, address in gone:
        archive.vault.destroy(address)
    return len(gone)
