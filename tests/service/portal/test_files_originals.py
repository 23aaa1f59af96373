"""Originals: whole and in ranges, inert, only as a whole where nothing must be masked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from archive.reasons import Outcome
from portal.files.original import build_disposition
from tests import portal_papers as papers
from tests.portal_papers import Paper
from tests.portal_world import Portal, read_events

CLEAN = (("没有个人信息的一页",),)
BIG = os.urandom(300_000)


@pytest.fixture(scope="module")
def clean(_shared_portal: Portal) -> Paper:
    return papers.shelve(_shared_portal.archive, BIG, papers.read_pages(CLEAN))


def original(portal: Portal, who: str, paper: Paper, **options: object) -> TestResponse:
    return portal.call(who, f"/files/{paper.file_id}", **options)


def ranged(portal: Portal, paper: Paper, value: str, **more: str) -> TestResponse:
    return original(portal, "archivist", paper, headers={"Range": value, **more})


def test_the_whole_file_comes_back_inert(portal: Portal, clean: Paper) -> None:
    answer = original(portal, "archivist", clean)
    assert (answer.status_code, answer.data) == (200, BIG)
    assert answer.headers["Content-Length"] == str(len(BIG))
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    page = portal.browser("archivist").get(f"/files/{clean.file_id}/original")
    assert (page.data, page.headers["Content-Security-Policy"]) == (BIG, answer.headers["Content-Security-Policy"])


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=65535-65536", 65535, 65536),
        ("bytes=100000-", 100_000, 299_999),
        ("bytes=-10", 299_990, 299_999),
        ("bytes=299999-999999999", 299_999, 299_999),
    ],
)
def test_a_range_is_that_range(portal: Portal, clean: Paper, value: str, first: int, last: int) -> None:
    answer = ranged(portal, clean, value)
    assert answer.status_code == 206
    assert answer.data == BIG[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/300000"
    assert read_events(portal.archive, "file:download")[-1].detail["range"] == value


@pytest.mark.parametrize("value", ["bytes=300000-", "bytes=400000-500000"])
def test_a_range_outside_the_file_is_refused(portal: Portal, clean: Paper, value: str) -> None:
    answer = ranged(portal, clean, value)
    assert (answer.status_code, answer.json["error"]["code"]) == (416, "range")
    assert answer.headers["Content-Range"] == "bytes */300000"


@pytest.mark.parametrize("value", ["lines=1-2", "bytes=x-y", "bytes", "bytes=9-1"])
def test_a_range_that_means_nothing_never_gives_a_wrong_part(portal: Portal, clean: Paper, value: str) -> None:
    answer = ranged(portal, clean, value)
    assert answer.status_code in (200, 416)
    assert answer.status_code == 416 or answer.data == BIG


def test_a_range_of_another_version_gives_the_whole(portal: Portal, clean: Paper) -> None:
    tag = original(portal, "archivist", clean).headers["ETag"]
    assert ranged(portal, clean, "bytes=0-9", **{"If-Range": tag}).status_code == 206
    assert ranged(portal, clean, "bytes=0-9", **{"If-Range": '"another"'}).data == BIG


def test_only_the_chunks_asked_for_are_decrypted(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, BIG, papers.read_pages(CLEAN))
    address = papers.get_file(portal.archive, paper.file_id).address
    blob = Path(portal.archive.config.vault / address[:2] / address)
    stored = bytearray(blob.read_bytes())
    stored[-100] ^= 1  # in the last chunk
    blob.write_bytes(stored)
    assert ranged(portal, paper, "bytes=0-200000").data == BIG[:200_001]
    with pytest.raises(Exception, match="vault_damaged"):
        ranged(portal, paper, "bytes=-5")


def test_the_right_to_read_is_not_the_right_to_take(portal: Portal, clean: Paper) -> None:
    assert original(portal, "logistics", clean).status_code == 403
    assert original(portal, "publicity", clean).status_code == 403
    given = papers.grant(portal.archive, portal.user("publicity").id, clean.item_id, "read", "download")
    assert original(portal, "publicity", clean).data == BIG
    papers.revoke(portal.archive, given)


def test_an_original_that_holds_personal_data_stays_with_those_who_see_it(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, BIG, papers.read_pages())
    refused = original(portal, "archivist", paper)
    assert (refused.status_code, refused.json["error"]["reason"]) == (403, "original_masked")
    assert BIG not in refused.data
    reader = portal.user("logistics").id
    given = papers.grant(portal.archive, reader, paper.item_id, "read", "download")
    assert original(portal, "logistics", paper).data == BIG, "this department sees everything of its own"
    papers.revoke(portal.archive, given)
    assert read_events(portal.archive, "item:download")[-1].verdict == "refused"


def test_an_original_that_was_not_read_yet_waits(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, BIG, papers.read_pages(CLEAN), outcome="")
    assert original(portal, "archivist", paper).json["error"]["reason"] == "page_not_read"


def test_what_has_no_text_may_leave(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, BIG, [], outcome=Outcome.UNREADABLE, reason="format_not_supported")
    assert original(portal, "archivist", paper).data == BIG


def test_medical_records_are_never_downloaded(portal: Portal) -> None:
    paper = papers.shelve(
        portal.archive, BIG, papers.read_pages(CLEAN), class_code="ZY·BL·ZY", sensitivity=4, department="BAS"
    )
    given = papers.grant(
        portal.archive, portal.user("publicity").id, paper.item_id, "read", "download", "unmask", level=5
    )
    answer = original(portal, "publicity", paper)
    papers.revoke(portal.archive, given)
    assert (answer.status_code, answer.json["error"]["reason"]) == (403, "never_downloaded")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("合同 1.pdf", "attachment; filename=\"1.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C%201.pdf"),
        ("合同.pdf", "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf"),
        ('a"; x=1.exe', "attachment; filename=\"a x1.exe\"; filename*=UTF-8''a%22%3B%20x%3D1.exe"),
        ("a\r\nSet-Cookie: b", "attachment; filename=\"aSet-Cookie b\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b"),
        ("..", "attachment; filename=\"file\"; filename*=UTF-8''.."),
    ],
)
def test_names_are_safe_in_the_header(name: str, header: str) -> None:
    assert build_disposition(name) == header
