"""A server is down: words, the right status, nobody let in, nothing half-done; afterwards it works again."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy.exc
from flask import Flask

from archive.db import Database
from archive.vault.errors import VaultFullError
from portal import create_app, errors
from services.cluster import EmbeddedServices
from tests.portal_world import PASSWORD, Portal, read_token, sign_in

NOWHERE = "127.0.0.1:1"


def test_without_valkey_nobody_gets_in_and_it_is_said(portal: Portal, services: EmbeddedServices) -> None:
    client = portal.browser("archivist")
    token = read_token(client.get("/account"))
    services.kill("queue")
    try:
        for answer in (
            client.get("/account"),
            client.get("/search?q=电梯"),
            client.post("/account/password", data={"csrf_token": token}),
            portal.visitor().get("/sign-in"),
            portal.visitor().post("/sign-in", data={"name": "archivist", "password": PASSWORD}),
        ):
            assert answer.status_code in (503, 400), answer.request.path
            assert answer.status_code == 400 or "登录服务暂时不可用" in answer.text
            assert 'class="hit"' not in answer.text
        assert portal.call("archivist", "/search?q=电梯").status_code == 200, "calls by token need no session"
    finally:
        services.start("queue")
    assert sign_in(portal.visitor(), "archivist").status_code == 302


def test_without_search_the_rest_works_and_the_page_says_so(portal: Portal) -> None:
    broken = portal.again(elasticsearch_url=f"http://{NOWHERE}")
    client = broken.browser("archivist")
    page = client.get("/search?q=电梯")
    assert page.status_code == 503
    assert "检索服务暂时不可用" in page.text
    start = client.get("/")
    assert start.status_code == 200
    assert "检索服务暂时不可用" in start.text
    call = broken.call("archivist", "/search?q=电梯")
    assert (call.status_code, call.get_json()["error"]["code"]) == (503, "search_unavailable")
    assert broken.call("archivist", f"/items/{portal.ids['S14']}").status_code == 200


def test_without_the_database_nobody_is_recognised(portal: Portal) -> None:
    cookie = portal.browser("archivist").get_cookie("guidang")
    assert cookie is not None
    database = Database(f"postgresql+psycopg://nobody@{NOWHERE}/none?connect_timeout=2")
    archive = replace(portal.archive, database=database)
    broken = replace(portal, app=create_app(archive.config, archive=archive), archive=archive)
    client = broken.visitor()
    client.set_cookie("guidang", cookie.value)
    for answer in (client.get("/account"), client.get("/search?q=电梯")):
        assert answer.status_code == 503
        assert "档案数据库暂时不可用" in answer.text
        assert answer.headers["Retry-After"] == "10"
    call = broken.call("archivist", "/search")
    assert (call.status_code, call.get_json()["error"]["code"]) == (503, "database_down")
    database.close()


def test_a_full_disk_is_told_as_such() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    for error in (sqlalchemy.exc.OperationalError("INSERT", {}, full), VaultFullError()):
        problem = errors.describe(error)
        assert (problem.status, problem.code) == (507, "disk_full")
    busy = sqlite3.OperationalError("database is locked")
    assert errors.describe(sqlalchemy.exc.OperationalError("INSERT", {}, busy)).code == "database_down"


def test_a_mistake_of_ours_shows_a_number_and_no_inside(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst() -> None:
        raise ValueError("inside knowledge of 张三")

    burst.action = portal.app.view_functions["account.show"].action  # type: ignore[attr-defined]
    client = portal.browser("archivist")
    monkeypatch.setitem(portal.app.view_functions, "account.show", burst)
    monkeypatch.setitem(portal.app.view_functions, "api.suggest", burst)
    page = client.get("/account")
    assert page.status_code == 500
    assert page.headers["X-Request-ID"] in page.text
    call = portal.call("archivist", "/suggest")
    assert call.get_json()["error"]["code"] == "internal"
    for answer in (page, call):
        assert "inside" not in answer.text
        assert "Traceback" not in answer.text
        assert "ValueError" not in answer.text


def test_a_wiped_valkey_only_signs_people_out(portal: Portal, valkey: object) -> None:
    client = portal.browser("archivist")
    valkey.flushall()  # type: ignore[attr-defined]
    assert client.get("/account").location.startswith("/sign-in")
    assert sign_in(client, "archivist").status_code == 302


def test_the_application_starts_without_any_server(portal: Portal) -> None:
    lonely = portal.again(redis_url="", elasticsearch_url="")
    assert isinstance(lonely.app, Flask)
    assert lonely.visitor().get("/api/v1/health/live").status_code == 200
    assert lonely.visitor().get("/sign-in").status_code == 503
