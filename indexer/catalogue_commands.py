"""Commands of catalogues: `catalogue import`, `catalogue attach`. Heavy modules are imported when a command runs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.console import Failure, get_actor, opened, spoken
from archive.errors import InvalidError
from archive.reasons import REASONS
from archive.states import State

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from archive.access.actor import Actor
    from archive.catalogue_import.check import Line
    from archive.catalogue_import.columns import ColumnMapping
    from archive.catalogue_import.plan import Options
    from archive.catalogue_import.tables import Table
    from archive.record import Archive
    from config import Config
    from indexer.attach import Attachment

OUTCOMES = {"created": "新建", "unchanged": "未变", "updated": "更新", "refused": "未导入"}
ATTACHED = {"attached": "已挂接", "present": "已有", "surplus": "多余", "refused": "已拒收", "missing": "缺文件"}


@click.group()
def catalogue() -> None:
    """Catalogues that exist as tables."""


@catalogue.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "name", required=True, metavar="USER", help="Account in whose name it happens.")
@click.option("--mapping", "source", default="", help="Source whose columns are remembered.")
@click.option("--sheet", default=1, show_default=True, help="Number of the sheet.")
@click.option("--class", "class_code", default="", help="Class of rows that name none.")
@click.option("--department", default="", help="Department of rows that name none.")
@click.option("--draft", is_flag=True, help="Enter as drafts, also where the account may file.")
@click.option("--update", "is_updating", is_flag=True, help="Update drafts that exist with other content.")
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each row.")
@spoken
def import_command(
    *,
    file: Path,
    name: str,
    source: str,
    sheet: int,
    class_code: str,
    department: str,
    draft: bool,
    is_updating: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take the catalogue FILE (.xlsx, .xls, .csv) over. Doing it again adds nothing twice."""
    from archive.access import policy
    from archive.access.actions import Action
    from archive.catalogue_import.check import list_departments
    from archive.catalogue_import.plan import Options

    with opened() as archive:
        with archive.database.reading() as session:
            actor = get_actor(session, name)
            departments = list_departments(session)
        if department and department not in departments:
            raise InvalidError(details={"department": "unknown"})
        if class_code and class_code not in archive.scheme.classes:
            raise InvalidError(details={"class": "unknown"})
        files = policy.permits(Action.ARCHIVE_IMPORT, actor) and not draft
        options = Options(
            class_code=class_code,
            department=departments.get(department, ""),
            state=State.FILED if files else State.DRAFT,
            is_updating=is_updating,
        )
        table = _read_table(archive.config, file, sheet)
        mapping = _propose(archive, table, source)
        lines = _import(archive, actor, table, mapping, options, is_dry=dry_run)
    _say(lines, as_json=as_json)
    sys.exit(any(line.outcome == "refused" for line in lines))


@catalogue.command("attach")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as", "name", required=True, metavar="USER", help="Account in whose name it happens.")
@click.option(
    "--manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Table with the columns path, archival_code and, to share out the pages of a PDF, pages.",
)
@click.option("--dry-run", is_flag=True, help="Match everything and attach nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each file and missing record.")
@spoken
def attach_command(*, folder: Path, name: str, manifest: Path | None, dry_run: bool, as_json: bool) -> None:
    """Attach the files in FOLDER to catalogued records by the archival codes in their names."""
    from archive.attach.manifest import read_manifest
    from indexer.attach import Attachment

    with opened() as archive:
        listed = read_manifest(_read_table(archive.config, manifest, 1)) if manifest is not None else {}
        with archive.database.reading() as session:
            actor = get_actor(session, name)
        done = Attachment(archive, actor)
        done.run(folder, listed, is_dry=dry_run)
    _say_attached(done, as_json=as_json)
    sys.exit(any(answer.outcome in ("surplus", "refused") for answer in done.answers))


def _say_attached(done: Attachment, *, as_json: bool) -> None:
    for answer in done.answers:
        if as_json:
            click.echo(json.dumps(asdict(answer), ensure_ascii=False))
        elif answer.reason:
            chinese, english = REASONS[answer.reason]
            click.echo(f"{answer.path}: {english} {chinese}")
    for record in done.missing:
        if as_json:
            line = {"path": "", "outcome": "missing", "code": record.code, "item_id": record.item_id}
            click.echo(json.dumps(line | {"file_id": "", "reason": ""}, ensure_ascii=False))
        else:
            click.echo(f"{record.code}: No file came for this record. 没有这条目录的文件。")
    counts = Counter(str(answer.outcome) for answer in done.answers) + Counter(missing=len(done.missing))
    for outcome, count in counts.items():
        click.echo(f"{count:7} {outcome} {ATTACHED[outcome]}", err=as_json)


def _read_table(config: Config, file: Path, sheet: int) -> Table:
    from archive.catalogue_import.tables import Table
    from render.clamd import Scanner, ScannerUnavailableError, require_clean
    from render.errors import ToolError, ToolUnavailableError
    from render.memory_file import MemoryFile
    from render.sheets import read_sheets

    try:
        scanner = Scanner(config.scanner_address) if config.scanner != "off" else None
        with file.open("rb") as source, MemoryFile(source) as document:
            require_clean(document, scanner, is_required=config.scanner == "required")
            sheets = read_sheets(document)
    except ToolError as err:
        raise InvalidError(details={file.name: err.reason}) from err
    except ScannerUnavailableError as err:
        raise Failure("The virus scanner does not answer.", "病毒扫描服务没有应答。") from err
    except ToolUnavailableError as err:
        raise Failure("The reader of tables does not start.", "表格读取程序无法启动。") from err
    if not 1 <= sheet <= len(sheets):
        raise InvalidError(details={"sheet": "unknown"})
    found = sheets[sheet - 1]
    return Table(found.name, found.rows, found.broken)


def _propose(archive: Archive, table: Table, source: str) -> ColumnMapping:
    """The columns as remembered for the source, else by their headings. Raises InvalidError."""
    from archive.catalogue_import.columns import propose
    from archive.models import ColumnMemory

    memory = None
    if source:
        with archive.database.reading() as session:
            memory = session.get(ColumnMemory, source)
        if memory is None:
            raise InvalidError(details={"mapping": "unknown"})
    mapping = propose(table, archive.scheme, memory.headings if memory else None)
    if mapping.faults():
        raise InvalidError(details={"columns": mapping.faults()[0]})
    return mapping


def _import(
    archive: Archive, actor: Actor, table: Table, mapping: ColumnMapping, options: Options, *, is_dry: bool
) -> list[Line]:
    from archive.catalogue_import.apply import apply_plan, require_import
    from archive.catalogue_import.check import Checker, list_departments, preview
    from archive.catalogue_import.plan import build_plan
    from archive.outbox import Lane

    require_import(actor, options)
    with archive.database.reading() as session:
        plan = build_plan(table, mapping, options, archive.scheme, list_departments(session))
        if is_dry:
            return preview(session, Checker(archive, actor, mapping, options), plan)
    lines: list[Line] = []

    def record(_session: Session, portion: Sequence[Line]) -> None:
        lines.extend(portion)

    lane = Lane("catalogue", options.department, is_bulk=True)
    apply_plan(archive, actor, plan, mapping, options, record, lane=lane)
    return sorted(lines, key=lambda line: line.row)


def _say(lines: Sequence[Line], *, as_json: bool) -> None:
    from archive.catalogue_import.tables import column_letter

    for line in lines:
        column = column_letter(line.column) if line.column is not None else ""
        if as_json:
            found: dict[str, Any] = {"row": line.row + 1, "outcome": line.outcome, "item_id": line.item_id}
            click.echo(json.dumps(found | {"column": column, "reason": line.reason}, ensure_ascii=False))
        elif line.reason:
            chinese, english = REASONS[line.reason]
            click.echo(f"row {line.row + 1} 第{line.row + 1}行 {column}: {english} {chinese}")
    for outcome, count in Counter(str(line.outcome) for line in lines).items():
        click.echo(f"{count:7} {outcome} {OUTCOMES[outcome]}", err=as_json)
