"""Own account: password, language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive import accounts
from archive.access.actor import SYSTEM
from tests.portal_world import PASSWORD, Portal, post, read_events, read_token, sign_in

NEW = "a new sentence to keep"


@pytest.fixture
def restored(portal: Portal) -> Iterator[Portal]:
    """The portal; afterwards the clerk has his password and language again."""
    yield portal
    with portal.archive.database.writing() as session:
        user = session.merge(portal.user("clerk"))
        accounts.change_password(session, portal.archive.keys, SYSTEM, user, PASSWORD)
        user.language = ""


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(restored: Portal) -> None:
    here, there = restored.browser("clerk"), restored.browser("clerk")
    changed = post(here, "/account/password", current=PASSWORD, new=NEW, repeated=NEW)
    assert changed.status_code == 302
    assert "密码已修改" in here.get("/account").text
    assert there.get("/account").status_code == 302
    assert sign_in(restored.visitor(), "clerk", PASSWORD).status_code == 401
    assert sign_in(restored.visitor(), "clerk", NEW).status_code == 302
    assert read_events(restored.archive, "account:password")[-1].actor_id == restored.user("clerk").id


@pytest.mark.parametrize(
    ("current", "new", "repeated", "words", "name"),
    [
        ("wrong", NEW, NEW, "当前密码不正确", "current"),
        (PASSWORD, "short", "short", "至少 10 个字符", "new"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不一致", "repeated"),
        ("", "", "", "当前密码不正确", "current"),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    portal: Portal, current: str, new: str, repeated: str, words: str, name: str
) -> None:
    page = post(portal.browser("clerk"), "/account/password", current=current, new=new, repeated=repeated)
    assert page.status_code == 422
    assert words in page.text
    assert f'id="{name}-mistake"' in page.text
    assert PASSWORD not in page.text
    assert sign_in(portal.visitor(), "clerk").status_code == 302


def test_guessing_the_current_password_is_throttled_like_signing_in(portal: Portal) -> None:
    client = portal.browser("clerk")
    seen = [
        post(client, "/account/password", current="wrong", new=NEW, repeated=NEW).status_code
        for _ in range(portal.archive.config.login_attempts + 1)
    ]
    assert seen[-2:] == [422, 429]


def test_the_language_is_remembered_by_browser_and_account(restored: Portal) -> None:
    client = restored.browser("clerk")
    assert '<html lang="zh-Hans">' in client.get("/account").text
    switched = post(client, "/language", language="en", next="/account?x=1")
    assert switched.location == "/account?x=1"
    assert '<html lang="en">' in client.get("/account").text
    assert restored.user("clerk").language == "en"
    assert '<html lang="en">' in restored.browser("clerk").get("/").text


def test_visitors_may_switch_the_language_and_unknown_ones_change_nothing(portal: Portal) -> None:
    client = portal.visitor()
    token = read_token(client.get("/sign-in"))
    client.post("/language", data={"csrf_token": token, "language": "en", "next": "//evil.example"})
    assert '<html lang="en">' in client.get("/sign-in").text
    client.post("/language", data={"csrf_token": token, "language": "../../etc"})
    assert '<html lang="en">' in client.get("/sign-in").text
    client.set_cookie("guidang_language", "../../etc")
    assert '<html lang="zh-Hans">' in client.get("/sign-in").text
