"""Files inside files as people see them: listed with their paths, opened by the rights of the item, never a way around
a mask."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from archive import texts
from archive.models import File, new_id
from archive.reasons import Outcome
from archive.states import FileStage
from archive.texts import PageText
from tests import packed
from tests import portal_papers as papers
from tests.portal_papers import NAME, PHONE, Paper
from tests.portal_world import Portal

CLEAN = papers.read_pages((("没有个人信息的一页",),))
PACKED = packed.make_zip({"一.txt": b"1"})


def shelve_container(portal: Portal, **more: object) -> Paper:
    return papers.shelve(
        portal.archive,
        PACKED,
        [],
        name="移交.zip",
        media_type="application/zip",
        outcome=Outcome.EMPTY,
        reason="container",
        **more,
    )


def put_inside(
    portal: Portal, parent_id: str, path: str, pages: Sequence[PageText] = (), position: int = 0, **more: object
) -> str:
    """A member as ingest leaves it; its id. Without pages one that could not be taken out."""
    archive = portal.archive
    stored = archive.vault.put(b"member") if pages else None
    text = archive.vault.put(b"".join(texts.pack_pages(map(texts.pack_page, pages)))).address if pages else None
    with archive.database.writing() as session:
        parent = session.get_one(File, parent_id)
        described = {
            "outcome": Outcome.SEARCHABLE if pages else Outcome.UNREADABLE,
            "reason": "" if pages else "encrypted",
        }
        member = File(
            id=new_id(),
            item_id=parent.item_id,
            job_id=parent.job_id,
            parent_id=parent.id,
            root_id=parent.root_id or parent.id,
            depth=parent.depth + 1,
            member_path=path,
            position=position,
            name=path.rpartition("/")[2],
            size=6,
            digest=stored.digest if stored else b"",
            address=stored.address if stored else None,
            text_address=text,
            page_count=len(pages) or None,
            stage=FileStage.DONE,
            **described | more,
        )
        session.add(member)
        return member.id


def test_members_stand_below_what_they_lie_in(portal: Portal) -> None:
    paper = shelve_container(portal)
    second = put_inside(portal, paper.file_id, "乙/信.eml", CLEAN, 1)
    put_inside(portal, second, "附件.docx", CLEAN)
    put_inside(portal, paper.file_id, f"甲/{NAME}{PHONE}.pdf", CLEAN, 0)
    put_inside(portal, paper.file_id, "丙.zip", (), 2)
    html = portal.browser("logistics").get(f"/items/{paper.item_id}").text
    places = [html.index(words) for words in ("移交.zip", f"甲/{NAME}{PHONE}.pdf", "乙/信.eml", "附件.docx", "丙.zip")]
    assert places == sorted(places)
    assert html.count("inside-1") == 3
    assert html.count("inside-2") == 1
    assert "设有打开密码" in html
    assert "所含文件" in html

    files = portal.call("logistics", f"/items/{paper.item_id}/files").json["files"]
    assert [(file["path"], file["parent_id"] and file["name"]) for file in files] == [
        (None, None),
        (f"甲/{NAME}{PHONE}.pdf", f"{NAME}{PHONE}.pdf"),
        ("乙/信.eml", "信.eml"),
        ("附件.docx", "附件.docx"),
        ("丙.zip", "丙.zip"),
    ]
    assert files[3]["parent_id"] == second
    assert {file["parent_id"] for file in files} == {None, paper.file_id, second}


def test_paths_of_members_are_masked_and_hidden_like_names(portal: Portal) -> None:
    paper = shelve_container(portal)
    put_inside(portal, paper.file_id, f"甲/电话{PHONE}.pdf", CLEAN)
    html = portal.browser("archivist").get(f"/items/{paper.item_id}").text
    assert "甲/电话" in html
    assert PHONE not in html
    member = portal.call("archivist", f"/items/{paper.item_id}/files").json["files"][1]
    assert PHONE not in member["path"]
    assert PHONE not in member["name"]
    hidden = portal.call("publicity", f"/items/{paper.item_id}/files").json["files"][1]
    assert (hidden["path"], hidden["name"]) == (None, None)
    assert "甲/" not in portal.browser("publicity").get(f"/items/{paper.item_id}").text


def test_a_member_is_read_and_taken_by_the_rights_of_its_item(portal: Portal) -> None:
    paper = shelve_container(portal)
    member = put_inside(portal, paper.file_id, "一.txt", CLEAN)
    assert portal.call("archivist", f"/files/{member}").data == b"member"
    assert portal.call("logistics", f"/files/{member}").status_code == 403
    assert portal.browser("logistics").get(f"/files/{member}/pages/1").status_code == 200
    page = portal.call("logistics", f"/files/{member}/text").json["pages"][0]
    assert page["text"] == CLEAN[0].text
    assert portal.call("publicity", f"/files/{member}/text").status_code == 403


@pytest.mark.parametrize("depth", [1, 2])
def test_a_container_is_no_way_around_the_masks_of_its_members(portal: Portal, depth: int) -> None:
    paper = shelve_container(portal)
    assert portal.call("archivist", f"/files/{paper.file_id}").data == PACKED
    holder = paper.file_id if depth == 1 else put_inside(portal, paper.file_id, "内.eml", CLEAN)
    put_inside(portal, holder, "人员.pdf", papers.read_pages())
    refused = portal.call("archivist", f"/files/{paper.file_id}")
    assert (refused.status_code, refused.json["error"]["reason"]) == (403, "original_masked")
    given = papers.grant(portal.archive, portal.user("logistics").id, paper.item_id, "read", "download")
    assert portal.call("logistics", f"/files/{paper.file_id}").data == PACKED
    papers.revoke(portal.archive, given)


def test_a_member_beside_personal_data_may_leave(portal: Portal) -> None:
    paper = shelve_container(portal)
    clean = put_inside(portal, paper.file_id, "一.txt", CLEAN, 0)
    put_inside(portal, paper.file_id, "人员.pdf", papers.read_pages(), 1)
    assert portal.call("archivist", f"/files/{clean}").data == b"member"


def test_a_container_at_work_waits_with_its_members(portal: Portal) -> None:
    paper = shelve_container(portal)
    put_inside(portal, paper.file_id, "一.txt", CLEAN, outcome="")
    assert portal.call("archivist", f"/files/{paper.file_id}").json["error"]["reason"] == "page_not_read"


def test_what_could_not_be_taken_out_has_no_bytes(portal: Portal) -> None:
    paper = shelve_container(portal)
    member = put_inside(portal, paper.file_id, "锁.docx")
    answer = portal.call("archivist", f"/files/{member}")
    assert (answer.status_code, answer.json["error"]["reason"]) == (404, "member_not_kept")
    assert portal.call("archivist", f"/files/{member}/text").json["pages"] == []


def test_many_members_are_shown_in_parts(portal: Portal) -> None:
    paper = shelve_container(portal)
    for number in range(120):
        put_inside(portal, paper.file_id, f"第{number:03d}份.txt", CLEAN, number)
    first = portal.browser("logistics").get(f"/items/{paper.item_id}").text
    second = portal.browser("logistics").get(f"/items/{paper.item_id}?files=2").text
    assert ("第098份" in first, "第099份" in first, "第099份" in second, "第119份" in second) == (
        True,
        False,
        True,
        True,
    )
    assert f"/items/{paper.item_id}?files=2" in first
    assert portal.browser("logistics").get(f"/items/{paper.item_id}?files=x").status_code == 200
    assert len(portal.call("logistics", f"/items/{paper.item_id}/files").json["files"]) == 121
