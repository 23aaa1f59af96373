"""The form for the password of an encrypted file: who sees it, who may send it, and what it leaves behind."""

from __future__ import annotations

import re

import pytest
import redis
from sqlalchemy import select

from archive.models import File, Outbox, utc_now
from tests import locked
from tests.portal_world import ADMINISTRATORS, Portal, post, read_events
from tests.service.portal.test_upload import hand_in

PASSWORD = "open-sesame-4711"


@pytest.fixture
def encrypted(portal: Portal) -> File:
    """A file of the clerk that was read in vain."""
    job_id = hand_in(portal.browser("clerk"), (locked.make_pdf(PASSWORD, "text"), "锅炉.pdf")).location[-36:]
    with portal.archive.database.writing() as session:
        file = session.scalars(select(File).where(File.job_id == job_id)).one()
        file.outcome, file.reason, file.media_type = "unreadable", "encrypted", "application/pdf"
        file.decided_at = utc_now()
        return file


def test_the_form_works_without_scripts_and_keeps_nothing(portal: Portal, encrypted: File, valkey: redis.Redis) -> None:
    client = portal.browser("clerk")
    item = f"/items/{encrypted.item_id}"
    page = client.get(item).text
    assert f'action="/files/{encrypted.id}/password"' in page
    assert client.post(f"/files/{encrypted.id}/password", data={"password": PASSWORD}).status_code == 400
    answer = post(client, f"/files/{encrypted.id}/password", page=item, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, f"{item}#files-title")
    page = client.get(item).text
    assert "密码不会保存" in page
    assert "/password" not in page
    assert PASSWORD not in page
    assert len(valkey.keys("guidang:file-password:*")) == 1
    with portal.archive.database.reading() as session:
        rows = session.scalars(select(Outbox).where(Outbox.subject_id == encrypted.id)).all()
        assert "decrypt" in [row.detail for row in rows]
    event = read_events(portal.archive, "file:decrypt")[-1]
    assert (event.object_id, PASSWORD in str(vars(event))) == (encrypted.id, False)
    again = post(client, f"/files/{encrypted.id}/password", page=item, password=PASSWORD)
    assert again.status_code == 404


@pytest.mark.parametrize("name", ["logistics", "publicity", "archivist"])
def test_a_file_in_a_batch_of_others_looks_like_none(
    portal: Portal, encrypted: File, valkey: redis.Redis, name: str
) -> None:
    client = portal.browser(name)
    assert "/password" not in client.get(f"/items/{encrypted.item_id}").text
    hidden = post(client, f"/files/{encrypted.id}/password", password=PASSWORD)
    missing = post(client, f"/files/{'0' * 8}{encrypted.id[8:]}/password", password=PASSWORD)
    varying = re.compile(r"[0-9a-f-]{36}|[0-9a-f]{16}|[\w.-]{60,}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert varying.sub("", hidden.text) == varying.sub("", missing.text)
    assert not valkey.keys("guidang:file-password:*")


@pytest.mark.parametrize("name", [*ADMINISTRATORS, "officer"])
def test_who_is_not_staff_gives_no_password(portal: Portal, encrypted: File, name: str) -> None:
    assert post(portal.browser(name), f"/files/{encrypted.id}/password", password=PASSWORD).status_code == 403


def test_an_empty_password_is_refused(portal: Portal, encrypted: File, valkey: redis.Redis) -> None:
    client = portal.browser("clerk")
    assert post(client, f"/files/{encrypted.id}/password", page=f"/items/{encrypted.item_id}").status_code == 422
    assert not valkey.keys("guidang:file-password:*")
