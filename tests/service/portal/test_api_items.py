"""REST items: create with files, read masked, change with revision, refuse what breaks a rule."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from archive.models import File, Item, Job, Outbox
from archive.outbox import Topic
from tests.portal_world import Portal, read_events

GIVEN = {
    "title": "三号锅炉年度检验报告",
    "class": "ZY·HT",
    "department": "HQB",
    "date": "2024-03-05",
    "creators": ["市特检院"],
    "meta": {"contract_no": "HT-2024-003"},
}
MISSING = "00000000-0000-4000-8000-999999999999"


def send(portal: Portal, name: str, given: object = GIVEN, files: tuple[tuple[str, bytes], ...] = ()) -> Any:
    metadata = given if isinstance(given, str) else json.dumps(given)
    data = {"metadata": metadata, "files": [(io.BytesIO(content), file) for file, content in files]}
    return portal.call(name, "/items", "POST", data=data, content_type="multipart/form-data")


def count(portal: Portal, table: type) -> int:
    with portal.archive.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def count_blobs(portal: Portal) -> int:
    return sum(1 for path in portal.archive.config.vault.rglob("*") if path.is_file() and len(path.name) == 64)


def test_an_item_with_files_is_registered_and_its_job_may_be_watched(portal: Portal) -> None:
    made = send(portal, "clerk", files=(("第一页.txt", "锅炉压力正常".encode()), ("../二.txt", b"second")))
    assert made.status_code == 201
    body = made.get_json()
    assert made.headers["Location"] == f"/api/v1/items/{body['id']}"
    item = portal.call("clerk", f"/items/{body['id']}")
    assert item.get_json()["title"] == GIVEN["title"]
    assert item.get_json()["state"] == "draft"
    files = portal.call("clerk", f"/items/{body['id']}/files").get_json()["files"]
    assert [(file["name"], file["size"], file["outcome"]) for file in files] == [
        ("第一页.txt", 18, ""),
        ("二.txt", 6, ""),
    ]
    job = portal.call("clerk", f"/jobs/{body['job_id']}").get_json()
    assert [file["file_id"] for file in job["files"]] == [file["id"] for file in files]
    assert job["progress"] == 0
    assert portal.call("archivist", f"/jobs/{body['job_id']}").status_code == 404, "a job is its owner's"
    with portal.archive.database.reading() as session:
        promised = set(session.scalars(select(Outbox.subject_id).where(Outbox.topic == Topic.INGEST)))
    assert {file["id"] for file in files} <= promised
    assert read_events(portal.archive, "item:create")[-1].object_id == body["id"]


def test_an_item_without_files_has_a_finished_job(portal: Portal) -> None:
    body = send(portal, "clerk").get_json()
    job = portal.call("clerk", f"/jobs/{body['job_id']}").get_json()
    assert (job["state"], job["progress"], job["files"]) == ("done", 1.0, [])


@pytest.mark.parametrize(
    ("given", "files", "status", "name"),
    [
        (GIVEN | {"title": ""}, (), 422, "title"),
        (GIVEN | {"title": "长" * 301}, (), 422, "title"),
        (GIVEN | {"class": "NO"}, (), 422, "class"),
        ({k: v for k, v in GIVEN.items() if k != "department"}, (), 422, "department"),
        (GIVEN | {"department": "no such"}, (), 422, "department"),
        (GIVEN | {"date": "someday"}, (("好.txt", b"good"),), 422, "date"),
        (GIVEN | {"sensitivity": 9}, (), 422, "sensitivity"),
        (GIVEN | {"state": "filed"}, (), 422, "state"),
        (GIVEN | {"meta": {"unheard": 1}}, (), 422, "meta.unheard"),
        (GIVEN, (("空.txt", b""),), 422, "files.0"),
        (GIVEN, (("好.txt", b"good"), ("空.txt", b"")), 422, "files.1"),
        ("{not json", (("好.txt", b"good"),), 400, ""),
        ("[]", (("好.txt", b"good"),), 422, "metadata"),
    ],
)
def test_a_form_that_breaks_a_rule_leaves_nothing_behind(
    portal: Portal, given: object, files: tuple[tuple[str, bytes], ...], status: int, name: str
) -> None:
    before = count(portal, Item), count(portal, File), count(portal, Job), count_blobs(portal)
    refused = send(portal, "clerk", given, files)
    assert refused.status_code == status, refused.text
    error = refused.get_json()["error"]
    assert not name or list(error["fields"]) == [name]
    assert (count(portal, Item), count(portal, File), count(portal, Job), count_blobs(portal)) == before


def test_nobody_registers_for_a_department_of_others(portal: Portal) -> None:
    before = count(portal, Item), count_blobs(portal)
    assert send(portal, "publicity", files=(("a.txt", b"a"),)).status_code == 403
    for name in ("officer", "sysadmin", "secadmin", "auditor"):
        assert send(portal, name, files=(("a.txt", b"a"),)).status_code == 403
    assert (count(portal, Item), count_blobs(portal)) == before


def test_a_draft_is_changed_on_the_revision_it_was_read_at(portal: Portal) -> None:
    item_id = send(portal, "clerk").get_json()["id"]
    tag = portal.call("clerk", f"/items/{item_id}").headers["ETag"]
    changed = portal.call(
        "clerk",
        f"/items/{item_id}",
        "PATCH",
        json={"title": "四号锅炉", "date": None, "meta": {"contract_no": None}},
        headers={"If-Match": tag},
    )
    assert changed.status_code == 200, changed.text
    body = changed.get_json()
    assert (body["title"], body["date"], body["creators"], body["meta"]) == ("四号锅炉", "", ["市特检院"], {})
    assert changed.headers["ETag"] != tag
    again = portal.call("clerk", f"/items/{item_id}", "PATCH", json={"title": "五号"}, headers={"If-Match": tag})
    assert again.status_code == 412
    assert portal.call("clerk", f"/items/{item_id}").get_json()["title"] == "四号锅炉"


@pytest.mark.parametrize("tag", [None, "*", 'W/"1"', '"1", "2"', '"x"'])
def test_a_change_must_name_one_revision(portal: Portal, tag: str | None) -> None:
    item_id = send(portal, "clerk").get_json()["id"]
    headers = {"If-Match": tag} if tag else {}
    answer = portal.call("clerk", f"/items/{item_id}", "PATCH", json={"title": "x"}, headers=headers)
    assert answer.status_code in (428, 412)
    assert portal.call("clerk", f"/items/{item_id}").get_json()["title"] == GIVEN["title"]


@pytest.mark.parametrize(
    ("data", "status"), [(b"{", 400), (b"", 400), (b"\xff\xfe", 400), (b"[]", 422), (b'{"year": "x"}', 422)]
)
def test_a_malformed_change_is_told(portal: Portal, data: bytes, status: int) -> None:
    item_id = send(portal, "clerk").get_json()["id"]
    tag = portal.call("clerk", f"/items/{item_id}").headers["ETag"]
    answer = portal.call("clerk", f"/items/{item_id}", "PATCH", data=data, headers={"If-Match": tag})
    assert answer.status_code == status
    assert answer.get_json()["error"]["message"]


def test_a_filed_item_is_not_changed_any_more(portal: Portal) -> None:
    item_id = portal.ids["S14"]
    tag = portal.call("archivist", f"/items/{item_id}").headers["ETag"]
    answer = portal.call("archivist", f"/items/{item_id}", "PATCH", json={"title": "x"}, headers={"If-Match": tag})
    assert answer.status_code == 403


def test_an_unchanged_item_is_not_sent_again(portal: Portal) -> None:
    item_id = portal.ids["S14"]
    first = portal.call("archivist", f"/items/{item_id}")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = portal.call("archivist", f"/items/{item_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_sensitive_fields_are_starred_for_those_without_the_right(portal: Portal) -> None:
    given = GIVEN | {
        "title": "关于张建国合同的说明",
        "persons": ["张建国"],
        "abstract": "张建国，电话 13800138000",
        "sensitivity": 2,
    }
    item_id = send(portal, "clerk", given).get_json()["id"]
    own = portal.call("clerk", f"/items/{item_id}").get_json()
    assert (own["persons"], own["masked"]) == (["张建国"], [])
    with portal.archive.database.writing() as session:
        session.get_one(Item, item_id).state = "filed"
        session.get_one(Item, item_id).reading_scope = "全院"
    other = portal.call("publicity", f"/items/{item_id}")
    assert other.status_code == 200
    assert "张建国" not in other.text
    assert "13800138000" not in other.text
    assert {"title", "persons"} <= set(other.get_json()["masked"])
    assert other.get_json()["persons"] == ["***"]


def test_what_comes_from_the_content_needs_the_right_to_read(portal: Portal) -> None:
    closed = next(
        hit["id"]
        for hit in portal.call("archivist", "/search?size=100").get_json()["hits"]
        if "item:read" not in hit["rights"]
    )
    body = portal.call("archivist", f"/items/{closed}").get_json()
    assert not {"abstract", "transcript", "location"} & set(body)
    files = portal.call("archivist", f"/items/{closed}/files").get_json()["files"]
    assert all(file["name"] is None for file in files)


@pytest.mark.parametrize(
    "path",
    [
        f"/items/{MISSING}",
        f"/items/{MISSING}/files",
        "/items/x",
        "/items/1%27--",
        f"/jobs/{MISSING}",
        "/items/%00",
        "/items/../search",
    ],
)
def test_forged_ids_are_not_found(portal: Portal, path: str) -> None:
    answer = portal.call("archivist", path)
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not_found"
