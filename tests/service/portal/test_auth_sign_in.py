"""Signing in and out: right and wrong credentials, where it leads, how often one may try, what the trail keeps."""

from __future__ import annotations

import pytest

from archive.access.actor import ANONYMOUS
from tests.portal_world import PASSWORD, Portal, post, read_events, read_token, sign_in


def test_the_right_password_opens_the_page_that_was_asked_for(portal: Portal) -> None:
    client = portal.visitor()
    turned_away = client.get("/account?from=mail")
    assert turned_away.status_code == 302
    assert turned_away.location == "/sign-in?next=/account?from%3Dmail"
    entered = sign_in(client, "archivist", next="/account?from=mail")
    assert (entered.status_code, entered.location) == (302, "/account?from=mail")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil",
        "",
    ],
)
def test_signing_in_never_leads_elsewhere(portal: Portal, target: str) -> None:
    assert sign_in(portal.visitor(), "archivist", next=target).location == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("archivist", "wrong"), ("nobody", PASSWORD), ("", ""), ("x" * 9000, "y" * 9000)]
)
def test_wrong_credentials_get_one_answer_whatever_is_wrong(portal: Portal, name: str, password: str) -> None:
    client = portal.visitor()
    refused = sign_in(client, name, password)
    assert refused.status_code == 401
    assert "用户名或密码不正确" in refused.text
    assert client.get("/").status_code == 302


def test_a_password_with_blanks_is_taken_as_typed(portal: Portal) -> None:
    assert sign_in(portal.visitor(), " archivist ", PASSWORD).status_code == 302
    assert sign_in(portal.visitor(), "archivist", f"{PASSWORD} ").status_code == 401


def test_a_disabled_account_cannot_sign_in_and_loses_its_sessions(portal: Portal) -> None:
    client = portal.browser("publicity")
    _set_active(portal, "publicity", is_active=False)
    try:
        assert client.get("/account").status_code == 302
        assert sign_in(portal.visitor(), "publicity").status_code == 401
        assert portal.call("publicity", "/search").status_code == 401
    finally:
        _set_active(portal, "publicity", is_active=True)


def _set_active(portal: Portal, name: str, *, is_active: bool) -> None:
    with portal.archive.database.writing() as session:
        session.merge(portal.user(name)).is_active = is_active


def test_after_too_many_attempts_even_the_right_password_waits(portal: Portal) -> None:
    limit = portal.archive.config.login_attempts
    for _ in range(limit):
        assert sign_in(portal.visitor(), "archivist", "wrong").status_code == 401
    stopped = sign_in(portal.visitor(), "archivist")
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["Retry-After"]) <= portal.archive.config.login_wait_seconds
    assert "尝试次数过多" in stopped.text
    assert "分钟" in stopped.text
    assert sign_in(portal.visitor(), "logistics").status_code == 302, "others are not held up"


def test_unknown_names_wait_like_known_ones(portal: Portal) -> None:
    seen = [
        sign_in(portal.visitor(), "nobody", "wrong").status_code
        for _ in range(portal.archive.config.login_attempts + 1)
    ]
    assert seen == [401] * portal.archive.config.login_attempts + [429]


def test_spelling_a_name_otherwise_gives_no_further_attempts(portal: Portal) -> None:
    for name in ("archivist", "ARCHIVIST", " Archivist", "archivist ", "aRchivist"):
        sign_in(portal.visitor(), name, "wrong")
    assert sign_in(portal.visitor(), "archivist").status_code == 429


def test_a_right_password_takes_the_count_back(portal: Portal) -> None:
    for _ in range(2):
        for _ in range(portal.archive.config.login_attempts - 1):
            sign_in(portal.visitor(), "archivist", "wrong")
        assert sign_in(portal.visitor(), "archivist").status_code == 302


def test_one_address_may_not_try_name_after_name(portal: Portal) -> None:
    small = portal.again(login_attempts=1)
    seen = [sign_in(small.visitor(), f"name{number}", "wrong").status_code for number in range(21)]
    assert seen == [401] * 20 + [429]
    client = small.visitor()
    token = read_token(client.get("/sign-in"))
    elsewhere = client.post(
        "/sign-in",
        data={"csrf_token": token, "name": "other", "password": "wrong"},
        environ_base={"REMOTE_ADDR": "10.0.0.9"},
    )
    assert elsewhere.status_code == 401


def test_addresses_are_taken_from_the_proxy_only_when_one_is_configured(portal: Portal) -> None:
    forged = {"X-Forwarded-For": "10.9.9.9"}
    for hops, expected in ((0, "127.0.0.1"), (1, "10.9.9.9")):
        client = portal.again(proxy_hops=hops).visitor()
        token = read_token(client.get("/sign-in"))
        client.post("/sign-in", data={"csrf_token": token, "name": "archivist", "password": PASSWORD}, headers=forged)
        assert read_events(portal.archive, "session:sign_in")[-1].detail == {"address": expected}


def test_signing_in_and_out_is_in_the_trail(portal: Portal) -> None:
    client = portal.visitor()
    sign_in(client, "archivist", "wrong")
    sign_in(client, "nobody", "wrong")
    page = sign_in(client, "archivist")
    assert post(client, "/sign-out").status_code == 302
    wrong, unknown, right = read_events(portal.archive, "session:sign_in")[-3:]
    person = portal.user("archivist")
    assert (wrong.actor_id, wrong.object_id, wrong.verdict) == (ANONYMOUS.id, person.id, "failed")
    assert (unknown.actor_id, unknown.object_id, unknown.verdict) == (ANONYMOUS.id, "", "failed")
    assert (right.actor_id, right.object_id, right.verdict) == (person.id, person.id, "done")
    assert right.request_id == page.headers["X-Request-ID"]
    assert read_events(portal.archive, "session:sign_out")[-1].actor_id == person.id


def test_signing_out_ends_the_session_for_good(portal: Portal) -> None:
    client = portal.browser("archivist")
    stolen = client.get_cookie("guidang")
    assert stolen is not None
    assert post(client, "/sign-out").location == "/sign-in"
    assert client.get("/account").status_code == 302
    thief = portal.visitor()
    thief.set_cookie("guidang", stolen.value)
    assert thief.get("/account").status_code == 302
