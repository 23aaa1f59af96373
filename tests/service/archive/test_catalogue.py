"""Catalogue: defaults of the class, sealed and masked fields, volumes, revisions, refusal by field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from archive import accounts, catalogue
from archive.access.actor import SYSTEM, Actor, Role, resolve_actor
from archive.catalogue import Description
from archive.errors import ConflictError, InvalidError, NotGrantedError
from archive.models import CaseVolume, Event, Item, Outbox
from archive.record import Archive
from archive.states import State
from archive.vault.errors import VaultError

LIFT = Description(title="电梯定期检验报告", class_code="ZY·HQ·DT", department="后勤保障部", date="20230615")
PATIENT = Description(
    title="住院病历（赵小六，心内科）",
    class_code="ZY·BL·ZY",
    department="病案室",
    sensitivity=5,
    state=State.FILED,
    meta={"name": "赵小六", "mr_no": "00990011", "sex": "1男", "diagnosis": "冠状动脉粥样硬化性心脏病"},
)


def create(archive: Archive, description: Description, actor: Actor = SYSTEM) -> Item:
    with archive.database.writing() as session:
        return catalogue.create_item(session, archive, actor, description)


def test_the_class_gives_what_the_clerk_did_not_say(archive: Archive) -> None:
    item = create(archive, LIFT)
    assert (item.sensitivity, item.retention, item.reading_scope, item.state) == (2, "D10", "本部门", "draft")
    assert (item.department, item.year) == ("HQB", 2023)
    assert item.date_from is not None
    assert item.date_from.isoformat() == "2023-06-15"


def test_record_event_and_index_promise_are_one(archive: Archive) -> None:
    item = create(archive, LIFT)
    with archive.database.reading() as session:
        assert session.scalar(select(Event.action).where(Event.object_id == item.id)) == "item:create"
        assert session.scalar(select(Outbox.topic).where(Outbox.subject_id == item.id)) == "index"
    with pytest.raises(RuntimeError), archive.database.writing() as session:
        lost = catalogue.create_item(session, archive, SYSTEM, LIFT)
        raise RuntimeError
    with archive.database.reading() as session:
        assert session.get(Item, lost.id) is None
        assert session.scalar(select(Event.id).where(Event.object_id == lost.id)) is None
        assert session.scalar(select(Outbox.id).where(Outbox.subject_id == lost.id)) is None


def test_sensitive_fields_are_sealed_and_the_title_is_masked(archive: Archive) -> None:
    item = create(archive, PATIENT)
    assert len(item.title_masked) == len(item.title)
    assert "赵小六" not in item.title_masked
    assert item.meta == {"sex": "1男"}
    assert catalogue.read_sealed(archive, item)["mr_no"] == "00990011"
    with archive.database.reading() as session:
        row = session.execute(text("SELECT meta, sealed FROM item WHERE id = :id"), {"id": item.id}).one()
    assert "00990011" not in str(row.meta)
    assert b"00990011" not in bytes(row.sealed)


def test_sealed_fields_cannot_be_moved_to_another_item(archive: Archive) -> None:
    item, other = create(archive, PATIENT), create(archive, PATIENT)
    other.sealed = item.sealed
    with pytest.raises(VaultError) as error:
        catalogue.read_sealed(archive, other)
    assert "00990011" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 301}, "title"),
        ({"class_code": "XX"}, "class"),
        ({"department": "没有的科"}, "department"),
        ({"date": "20230230"}, "date"),
        ({"sensitivity": 9}, "sensitivity"),
        ({"reading_scope": "公开"}, "reading_scope"),
        ({"archival_code": "H2-WS"}, "archival_code"),
        ({"reading_departments": ("没有的科",)}, "department"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(archive: Archive, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as error:
        create(archive, replace(LIFT, **wrong))  # type: ignore[arg-type]
    assert list(error.value.details) == [field]
    with archive.database.reading() as session:
        assert session.scalars(select(Item)).all() == []
        assert session.scalars(select(Outbox)).all() == []


def test_a_security_drawing_is_at_least_level_four(archive: Archive) -> None:
    drawing = Description(
        title="变配电所一次系统图",
        class_code="KJ·JJ·08",
        department="YB",
        sensitivity=2,
        meta={"security_drawing": True},
    )
    item = create(archive, drawing)
    assert (item.sensitivity, item.security_drawing) == (4, True)


def test_pieces_of_one_code_share_their_volume(archive: Archive) -> None:
    first = create(archive, replace(LIFT, class_code="KJ·SB·YL", archival_code="h002—kj·sb·yl—087—001"))
    second = create(archive, replace(LIFT, class_code="KJ·SB·YL", archival_code="H002-KJ·SB·YL-087-002"))
    assert first.archival_code == "H002-KJ·SB·YL-087-001"
    assert first.volume_id == second.volume_id is not None
    with archive.database.reading() as session:
        assert session.scalars(select(CaseVolume.archival_code)).all() == ["H002-KJ·SB·YL-087"]
    with pytest.raises(ConflictError) as error:
        create(archive, replace(LIFT, class_code="KJ·SB·YL", archival_code="H002-KJ·SB·YL-087-002"))
    assert error.value.details == {"archival_code": "in_use"}


def test_addressed_departments_are_resolved_and_all_is_kept(archive: Archive) -> None:
    letter = replace(LIFT, class_code="WS·XZ", addressed_departments=("财务科", "各科室"))
    assert create(archive, letter).addressed_departments == {"CWK", "*"}


def test_only_members_and_archivists_create_in_a_department(archive: Archive, archivist: Actor) -> None:
    with archive.database.writing() as session:
        user = accounts.create_user(
            session, archive.keys, SYSTEM, name="r", roles=[Role.READER], departments=["CWK"], password="correct horse"
        )
        member = resolve_actor(session, user)
    with pytest.raises(NotGrantedError):
        create(archive, LIFT, member)
    assert create(archive, replace(LIFT, department="财务科"), member).owner_id == member.id


def test_a_draft_changes_under_its_revision_only(archive: Archive) -> None:
    with archive.database.writing() as session:
        user = accounts.create_user(
            session, archive.keys, SYSTEM, name="c", roles=[Role.CLERK], departments=["HQB"], password="correct horse"
        )
        clerk = resolve_actor(session, user)
        item = catalogue.create_item(session, archive, clerk, LIFT)
    with archive.database.writing() as session:
        mine = session.get_one(Item, item.id)
        catalogue.update_item(session, archive, clerk, mine, {"title": "电梯检验报告"}, revision=1)
        assert (mine.title, mine.title_masked, mine.revision) == ("电梯检验报告", "电梯检验报告", 2)
        with pytest.raises(ConflictError):
            catalogue.update_item(session, archive, clerk, mine, {"title": "x"}, revision=1)
        with pytest.raises(InvalidError):
            catalogue.update_item(session, archive, clerk, mine, {"colour": "red"}, revision=2)
        mine.state = State.FILED
        with pytest.raises(NotGrantedError) as error:
            catalogue.update_item(session, archive, clerk, mine, {"title": "x"}, revision=2)
        assert error.value.reason == "locked"
