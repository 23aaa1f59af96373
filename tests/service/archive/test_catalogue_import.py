"""Catalogues into the record: whole volumes or nothing, nothing twice, within rights, and through a dead worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from archive import accounts, catalogue, outbox
from archive.access.actor import SYSTEM, Actor, Role, resolve_actor
from archive.catalogue_import import drafts
from archive.catalogue_import.check import Checker, Line
from archive.catalogue_import.drafts import Stage
from archive.catalogue_import.plan import Entry, Options
from archive.catalogue_import.tables import Table
from archive.errors import ConflictError, InvalidError, NotFoundError, NotGrantedError
from archive.models import CaseVolume, CatalogueImport, ImportLine, Item, Outbox, User, utc_now
from archive.outbox import Topic
from archive.record import Archive
from archive.states import State
from indexer.catalogues import MOST_ATTEMPTS
from indexer.worker import Worker

HEAD = ("档号", "题名", "责任者", "日期", "页号")
VOLUME = "H002-KJ·SB·YL-087"
ROWS = (
    (VOLUME, "64排螺旋CT档案", "设备科", "2021至2023", ""),
    (f"{VOLUME}-001", "采购合同", "设备科；财务科", "2021-03-01", "1-5"),
    (f"{VOLUME}-002", "验收报告", "设备科", "2021-09-18", "6-9"),
)
FILED = Options(department="HQB", state=State.FILED)


def person(archive: Archive, name: str, role: Role, *departments: str) -> Actor:
    with archive.database.writing() as session:
        user = accounts.create_user(
            session, archive.keys, SYSTEM, name=name, roles=[role], departments=departments, password="correct horse"
        )
        return resolve_actor(session, user)


@pytest.fixture
def archivist(archive: Archive) -> Actor:
    return person(archive, "archivist", Role.ARCHIVIST)


@pytest.fixture
def clerk(archive: Archive) -> Actor:
    return person(archive, "clerk", Role.CLERK, "HQB")


def upload(
    archive: Archive, actor: Actor, rows: Sequence[Sequence[str]], options: Options = FILED, *, source: str = "旧系统"
) -> str:
    """An import whose columns are settled."""
    import_id = drafts.begin(archive, actor, [Table("", (HEAD, *map(tuple, rows)))], name="目录.xlsx", source=source)
    draft = drafts.open_draft(archive, actor, import_id)
    drafts.settle_columns(archive, actor, draft, draft.mapping, options)
    return import_id


def take_over(
    archive: Archive, actor: Actor, rows: Sequence[Sequence[str]], options: Options = FILED
) -> list[ImportLine]:
    """Imports rows; what became of each."""
    import_id = upload(archive, actor, rows, options)
    drafts.start(archive, actor, drafts.open_draft(archive, actor, import_id))
    return lines_of(archive, import_id)


def lines_of(archive: Archive, import_id: str) -> list[ImportLine]:
    with archive.database.reading() as session:
        query = select(ImportLine).where(ImportLine.import_id == import_id).order_by(ImportLine.row)
        return list(session.scalars(query))


def items(archive: Archive) -> dict[str, Item]:
    with archive.database.reading() as session:
        return {str(item.archival_code): item for item in session.scalars(select(Item))}


def test_volume_and_pieces_stand_in_the_record_and_wait_for_the_index(archive: Archive, archivist: Actor) -> None:
    lines = take_over(archive, archivist, ROWS)
    assert [(line.row, line.outcome) for line in lines] == [(1, "created"), (2, "created"), (3, "created")]
    found = items(archive)
    assert {code: (i.title, i.state, i.page_count) for code, i in found.items()} == {
        VOLUME: ("64排螺旋CT档案", "filed", None),
        f"{VOLUME}-001": ("采购合同", "filed", 5),
        f"{VOLUME}-002": ("验收报告", "filed", 4),
    }
    assert found[f"{VOLUME}-001"].creators == ["设备科", "财务科"]
    with archive.database.reading() as session:
        volume = session.scalars(select(CaseVolume)).one()
        assert (volume.title, volume.archival_code) == ("64排螺旋CT档案", VOLUME)
        assert {item.volume_id for item in found.values()} == {volume.id}
        assert outbox.count_open(session, Topic.INDEX, [item.id for item in found.values()]) == 3


def test_the_preview_says_what_the_import_does_and_writes_nothing(archive: Archive, archivist: Actor) -> None:
    rows = (*ROWS, (f"{VOLUME}-002", "又一件", "", "", ""), ("H002-WS·XZ·2023·D30-0001", "通知", "", "13月", ""))
    import_id = upload(archive, archivist, (*rows, ("H002-WS·XZ·2023·D30-0002", "纪要", "", "", "")))
    told = drafts.preview_draft(archive, archivist, drafts.open_draft(archive, archivist, import_id))
    assert items(archive) == {}
    drafts.start(archive, archivist, drafts.open_draft(archive, archivist, import_id))
    said = [(line.row, line.outcome, line.reason, line.column) for line in told]
    assert said == [(li.row, li.outcome, li.reason, li.column) for li in lines_of(archive, import_id)]
    assert [(row, reason) for row, _, reason, _ in said if reason] == [
        (1, "volume_refused"),
        (2, "volume_refused"),
        (3, "volume_refused"),
        (4, "double_row"),
        (5, "not_a_date"),
    ]
    assert set(items(archive)) == {"H002-WS·XZ·2023·D30-0002"}


def test_doing_it_again_adds_nothing_and_changes_nothing(archive: Archive, archivist: Actor) -> None:
    take_over(archive, archivist, ROWS)
    before = {code: item.revision for code, item in items(archive).items()}
    lines = take_over(archive, archivist, ROWS)
    assert [line.outcome for line in lines] == ["unchanged"] * 3
    assert {code: item.revision for code, item in items(archive).items()} == before


def test_other_content_is_a_fault_unless_drafts_are_to_be_updated(archive: Archive, clerk: Actor) -> None:
    draft = Options(department="HQB")
    take_over(archive, clerk, ROWS, draft)
    changed = [*ROWS[:2], (f"{VOLUME}-002", "安装验收报告", "设备科", "2021-09-18", "6-9")]
    refused = take_over(archive, clerk, changed, draft)
    assert [(line.outcome, line.reason, line.column) for line in refused] == [
        ("refused", "volume_refused", None),
        ("refused", "volume_refused", None),
        ("refused", "differs", 1),
    ]
    updated = take_over(archive, clerk, changed, replace(draft, is_updating=True))
    assert [line.outcome for line in updated] == ["unchanged", "unchanged", "updated"]
    assert items(archive)[f"{VOLUME}-002"].title == "安装验收报告"


def test_what_is_filed_is_never_changed(archive: Archive, archivist: Actor) -> None:
    take_over(archive, archivist, ROWS)
    changed = [(f"{VOLUME}-002", "别的题名", "", "", "")]
    (line,) = take_over(archive, archivist, changed, replace(FILED, is_updating=True))
    assert (line.outcome, line.reason) == ("refused", "not_editable")
    assert items(archive)[f"{VOLUME}-002"].title == "验收报告"


def test_a_clerk_imports_drafts_of_the_own_department_only(archive: Archive, clerk: Actor) -> None:
    with pytest.raises(NotGrantedError):
        upload(archive, clerk, ROWS, FILED)
    lines = take_over(archive, clerk, ROWS, Options(department="CWK"))
    assert {(line.outcome, line.reason) for line in lines} == {("refused", "other_department")}
    assert items(archive) == {}
    take_over(archive, clerk, ROWS, Options(department="HQB"))
    assert {item.state for item in items(archive).values()} == {"draft"}


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ARCHIVIST, Role.MR_ARCHIVIST, Role.CLERK)])
def test_nobody_else_imports(archive: Archive, role: Role) -> None:
    with pytest.raises(NotGrantedError):
        upload(archive, person(archive, "somebody", role), ROWS)


def test_a_hidden_record_is_only_told_to_be_taken(archive: Archive, clerk: Actor) -> None:
    hidden = catalogue.Description(
        title="举报信", class_code="WS·JC", department="YB", archival_code="H002-WS·JC·2023·D30-0001", state=State.FILED
    )
    with archive.database.writing() as session:
        catalogue.create_item(session, archive, SYSTEM, hidden)
    for title in ("举报信", "别的"):
        row = ("H002-WS·JC·2023·D30-0001", title, "", "", "")
        (line,) = take_over(archive, clerk, [row], Options(department="HQB", is_updating=True))
        assert (line.outcome, line.reason, line.item_id) == ("refused", "in_use", None)


def test_an_import_belongs_to_whoever_began_it(archive: Archive, archivist: Actor, clerk: Actor) -> None:
    import_id = upload(archive, archivist, ROWS)
    with pytest.raises(NotFoundError):
        drafts.open_draft(archive, clerk, import_id)
    with pytest.raises(NotFoundError):
        drafts.discard(archive, clerk, import_id)


def test_an_import_begins_once(archive: Archive, archivist: Actor) -> None:
    import_id = upload(archive, archivist, ROWS)
    draft = drafts.open_draft(archive, archivist, import_id)
    drafts.start(archive, archivist, draft)
    with pytest.raises(ConflictError):
        drafts.start(archive, archivist, draft)
    with pytest.raises(ConflictError):
        drafts.discard(archive, archivist, import_id)


def test_columns_are_remembered_for_their_source(archive: Archive, archivist: Actor) -> None:
    head = ("编码", "名目", "日期")
    table = Table("", (head, ("H002-WS·XZ·2023·D30-0001", "通知", "")))
    import_id = drafts.begin(archive, archivist, [table], name="a.csv", source="老系统")
    draft = drafts.open_draft(archive, archivist, import_id)
    with pytest.raises(InvalidError) as error:
        drafts.settle_columns(archive, archivist, draft, draft.mapping, FILED)
    assert error.value.details == {"columns": "no_title_column"}
    chosen = replace(draft.mapping, fields=("archival_code", "title", "date"))
    drafts.settle_columns(archive, archivist, draft, chosen, FILED)
    again = drafts.begin(archive, archivist, [table], name="b.csv", source="老系统")
    assert drafts.open_draft(archive, archivist, again).mapping == chosen
    other = drafts.begin(archive, archivist, [table], name="c.csv", source="别处")
    assert drafts.open_draft(archive, archivist, other).mapping.fields == ("", "", "date")


def many(count: int) -> list[tuple[str, ...]]:
    return [(f"H002-WS·XZ·2023·D30-{n:04d}", f"通知{n}", "", "", "") for n in range(1, count + 1)]


def test_a_long_import_is_work_for_the_worker_and_survives_its_death(archive: Archive, archivist: Actor) -> None:
    import_id = upload(archive, archivist, many(drafts.AT_ONCE + 1))
    drafts.start(archive, archivist, drafts.open_draft(archive, archivist, import_id))
    assert items(archive) == {}
    with archive.database.reading() as session:
        assert outbox.count_open(session, Topic.IMPORT, [import_id]) == 1
    commits = Counter[str]()

    class DeathError(Exception):
        pass

    def die(_connection: object) -> None:
        commits["n"] += 1
        if commits["n"] == 3:
            raise DeathError

    event.listen(archive.database.engine, "commit", die)
    with pytest.raises(DeathError):
        drafts.run(archive, import_id)
    event.remove(archive.database.engine, "commit", die)
    half = len(items(archive))
    assert 0 < half < drafts.AT_ONCE
    assert len(lines_of(archive, import_id)) == half, "lines and records are one"
    worker = Worker(archive)
    assert worker.work(Topic.IMPORT) == 1
    assert Counter(line.outcome for line in lines_of(archive, import_id)) == {"created": drafts.AT_ONCE + 1}
    with archive.database.reading() as session:
        row = session.get_one(CatalogueImport, import_id)
        assert (row.stage, row.done, row.total) == (Stage.DONE, drafts.AT_ONCE + 1, drafts.AT_ONCE + 1)
        assert outbox.count_open(session, Topic.IMPORT) == 0


def test_a_short_import_whose_process_died_is_taken_up_by_the_worker(archive: Archive, archivist: Actor) -> None:
    import_id = upload(archive, archivist, ROWS)
    with archive.database.writing() as session:
        row = session.get_one(CatalogueImport, import_id)
        row.stage, row.expires_at = Stage.WORKING, utc_now() + drafts.REPORT_AGE
    drafts.resume_stale(archive)
    assert Worker(archive).work(Topic.IMPORT) == 0, "it may still be at work"
    with archive.database.writing() as session:
        session.get_one(CatalogueImport, import_id).expires_at -= drafts.STALE_AGE
    drafts.resume_stale(archive)
    assert Worker(archive).work(Topic.IMPORT) == 1
    assert len(lines_of(archive, import_id)) == len(items(archive)) == 3


def test_a_code_taken_meanwhile_keeps_only_its_own_volume_out(
    archive: Archive, archivist: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    if archive.database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    import_id = upload(archive, archivist, (*ROWS, ("H002-KJ·SB·YL-090-001", "说明书", "", "", "")))
    draft = drafts.open_draft(archive, archivist, import_id)
    other = catalogue.Description(
        title="别人的", class_code="KJ·SB·YL", department="HQB", archival_code=f"{VOLUME}-001", state=State.FILED
    )
    judge, others = Checker.judge, [other]

    def judge_while_another_writes(checker: Checker, session: Session, entries: Iterable[Entry]) -> list[Line]:
        lines = judge(checker, session, entries)
        if others:
            with archive.database.writing() as second:
                catalogue.create_item(second, archive, SYSTEM, others.pop())
        return lines

    monkeypatch.setattr(Checker, "judge", judge_while_another_writes)
    drafts.start(archive, archivist, draft)
    outcomes = {line.row: line.outcome for line in lines_of(archive, import_id)}
    assert outcomes == {1: "refused", 2: "refused", 3: "refused", 4: "created"}


def test_an_import_that_keeps_killing_its_worker_is_given_up(archive: Archive, archivist: Actor) -> None:
    import_id = upload(archive, archivist, many(drafts.AT_ONCE + 1))
    drafts.start(archive, archivist, drafts.open_draft(archive, archivist, import_id))
    for _ in range(MOST_ATTEMPTS):
        with archive.database.writing() as session:
            (lease,) = outbox.take(session, Topic.IMPORT, limit=1)
            session.get_one(Outbox, lease.id).leased_until = utc_now() - timedelta(seconds=1)
    Worker(archive).work(Topic.IMPORT)
    with archive.database.reading() as session:
        row = session.get_one(CatalogueImport, import_id)
        assert (row.stage, row.reason) == (Stage.STOPPED, "import_stopped")
        assert outbox.count_open(session, Topic.IMPORT) == 0
    assert items(archive) == {}


def test_rights_lost_in_between_stop_the_import(archive: Archive, archivist: Actor) -> None:
    import_id = upload(archive, archivist, many(drafts.AT_ONCE + 1))
    drafts.start(archive, archivist, drafts.open_draft(archive, archivist, import_id))
    with archive.database.writing() as session:
        session.get_one(User, archivist.id).is_active = False
    drafts.run(archive, import_id)
    assert items(archive) == {}
    with archive.database.reading() as session:
        row = session.get_one(CatalogueImport, import_id)
        assert (row.stage, row.reason) == (Stage.STOPPED, "import_not_allowed")


def test_tables_go_when_their_time_is_over(archive: Archive, archivist: Actor) -> None:
    kept, old, thrown = (upload(archive, archivist, ROWS) for _ in range(3))
    drafts.discard(archive, archivist, thrown)
    with archive.database.writing() as session:
        session.get_one(CatalogueImport, old).expires_at = utc_now() - timedelta(minutes=1)
    assert drafts.remove_expired(archive) == 1
    with archive.database.reading() as session:
        left = session.scalars(select(CatalogueImport)).one()
    assert left.id == kept
    assert list(archive.vault.iter_addresses(timedelta(0))) == [left.address]
