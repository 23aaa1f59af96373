"""Sessions: their names, what Valkey holds of them, how they end; tokens against forged forms."""

from __future__ import annotations

import json
import re

import pytest
import redis

from archive import accounts
from archive.access.actor import SYSTEM
from tests.portal_world import PASSWORD, Portal, post, read_events, read_token, sign_in


def name_of(client: object) -> str:
    cookie = client.get_cookie("guidang")  # type: ignore[attr-defined]
    assert cookie is not None
    return str(cookie.value)


def test_signing_in_changes_the_name_of_the_session(portal: Portal) -> None:
    client = portal.visitor()
    client.get("/sign-in")
    before = name_of(client)
    sign_in(client, "archivist")
    after = name_of(client)
    assert before != after
    old = portal.visitor()
    old.set_cookie("guidang", before)
    assert old.get("/account").status_code == 302


def test_a_planted_name_is_never_adopted(portal: Portal) -> None:
    client, planted = portal.visitor(), "A" * 43
    client.set_cookie("guidang", planted)
    client.get("/sign-in")
    assert name_of(client) != planted


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(portal: Portal) -> None:
    cookie = portal.visitor().get("/sign-in").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    secure = portal.again(secure_cookies=1).visitor().get("/sign-in", base_url="https://archive.example")
    assert secure.headers["Set-Cookie"].startswith("__Host-guidang=")
    assert {"Secure", "HttpOnly"} <= set(secure.headers["Set-Cookie"].split("; "))


def test_valkey_holds_neither_the_name_nor_the_password(portal: Portal, valkey: redis.Redis) -> None:
    client = portal.browser("archivist")
    name = name_of(client)
    assert re.fullmatch(r"[\w-]{43}", name)
    keys = [key.decode() for key in valkey.keys("guidang:*")]
    texts = [valkey.get(key) or b"" for key in keys if key.startswith("guidang:session:")]
    assert texts
    assert all(json.loads(text) for text in texts)
    everything = " ".join(keys).encode() + b" ".join(texts)
    for secret in (name, PASSWORD, "127.0.0.1 archivist"):
        assert secret.encode() not in everything


def test_every_session_ends_by_itself(portal: Portal, valkey: redis.Redis) -> None:
    portal.visitor().get("/sign-in")
    (visitor,) = valkey.keys("guidang:session:*")
    assert 0 < valkey.ttl(visitor) <= 1800
    portal.browser("archivist")
    lives = sorted(valkey.ttl(key) for key in valkey.keys("guidang:session:*"))
    assert 1800 < lives[-1] <= portal.archive.config.session_hours * 3600
    assert all(valkey.ttl(key) > 0 for key in valkey.keys("guidang:*"))


def test_a_later_request_does_not_prolong_the_session(portal: Portal, valkey: redis.Redis) -> None:
    client = portal.browser("archivist")
    (key,) = [key for key in valkey.keys("guidang:session:*") if valkey.ttl(key) > 1800]
    valkey.expire(key, 100)
    post(client, "/account/password", current="wrong", new="x", repeated="y")
    client.get("/account")
    assert 0 < valkey.ttl(key) <= 100


def test_a_session_ended_meanwhile_is_not_revived(portal: Portal, valkey: redis.Redis) -> None:
    client = portal.browser("archivist")
    with client.session_transaction() as running:
        running["note"] = "written after the end"
        valkey.flushdb()
    assert not valkey.keys("guidang:session:*")


def test_all_sessions_end_when_the_epoch_rises(portal: Portal) -> None:
    client = portal.browser("archivist")
    with portal.archive.database.writing() as session:
        accounts.end_sessions(session, portal.archive.keys, SYSTEM, session.merge(portal.user("archivist")))
    assert client.get("/account").status_code == 302
    assert portal.browser("archivist").get("/account").status_code == 200


def test_the_account_page_lists_own_sessions_and_ends_one(portal: Portal) -> None:
    here, there = portal.browser("archivist"), portal.browser("archivist")
    portal.browser("publicity")
    page = here.get("/account").text
    others = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert len(others) == 1
    assert page.count("本次登录") == 1
    assert post(here, "/account/sessions/end", session=others[0]).status_code == 302
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200
    assert read_events(portal.archive, "session:end")[-1].actor_id == portal.user("archivist").id


def test_nobody_ends_the_session_of_somebody_else(portal: Portal) -> None:
    mine, other = portal.browser("archivist"), portal.browser("publicity")
    portal.browser("publicity")
    (victim,) = re.findall(r'name="session" value="([0-9a-f]{64})"', other.get("/account").text)
    assert post(mine, "/account/sessions/end", session=victim).status_code == 404
    assert len(re.findall(r'name="session"', other.get("/account").text)) == 1


def test_all_other_sessions_end_at_once(portal: Portal) -> None:
    here, there = portal.browser("archivist"), portal.browser("archivist")
    before = name_of(here)
    assert post(here, "/account/sessions/end").status_code == 302
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200
    assert name_of(here) != before


def test_rights_of_a_session_are_those_of_the_moment(portal: Portal) -> None:
    client = portal.browser("publicity")
    assert client.get("/search").status_code == 200
    with portal.archive.database.writing() as session:
        user = session.merge(portal.user("publicity"))
        kept = user.roles[0].role
        user.roles[0].role = "auditor"
    try:
        assert client.get("/search").status_code == 403
    finally:
        with portal.archive.database.writing() as session:
            session.merge(portal.user("publicity")).roles[0].role = kept


@pytest.mark.parametrize("path", ["/sign-out", "/account/password", "/account/sessions/end", "/language", "/upload"])
def test_forms_without_their_token_are_refused(portal: Portal, path: str) -> None:
    client = portal.browser("archivist")
    for token in ("", "forged", read_token(portal.visitor().get("/sign-in"))):
        refused = client.post(path, data={"csrf_token": token})
        assert refused.status_code == 400
        assert "为安全起见未提交" in refused.text
    assert client.get("/account").status_code == 200


def test_signing_in_needs_the_token_of_the_page(portal: Portal) -> None:
    refused = portal.visitor().post("/sign-in", data={"name": "archivist", "password": PASSWORD})
    assert refused.status_code == 400


def test_the_interface_takes_no_cookie_and_pages_take_no_token(portal: Portal) -> None:
    client = portal.browser("archivist")
    assert client.get("/api/v1/search").status_code == 401
    bearer = {"Authorization": f"Bearer {portal.tokens['archivist']}"}
    assert portal.visitor().get("/account", headers=bearer).status_code == 302


def test_the_interface_opens_no_session(portal: Portal, valkey: redis.Redis) -> None:
    assert portal.call("archivist", "/search").status_code == 200
    assert "Set-Cookie" not in portal.call("archivist", "/search").headers
    assert not valkey.keys("guidang:*")
