"""The edge before any server is asked: what is public, what declares its action, what every answer carries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from archive.access.actions import Action
from archive.access.policy import POLICIES
from portal import context, create_app, edge
from portal.auth.views import own_path

PUBLIC = {
    "account.language",
    "account.sign_in",
    "api.live",
    "api.metrics",
    "api.ready",
    "bootstrap.static",
    "static",
}


def test_only_these_endpoints_are_public() -> None:
    assert set(edge.PUBLIC) == PUBLIC


def test_every_other_view_declares_an_action_of_the_policy_table(offline: Flask) -> None:
    guarded = set(offline.view_functions) - PUBLIC
    assert len(guarded) > 20
    for endpoint in guarded:
        assert edge.find_action(offline, endpoint) in POLICIES, endpoint
    assert set(offline.view_functions) >= PUBLIC


def test_a_view_without_an_action_keeps_the_application_from_starting() -> None:
    other = Flask("other")
    other.add_url_rule("/open", "open", lambda: "open")
    with pytest.raises(RuntimeError, match="open"):
        edge.check_views(other)
    other.view_functions["open"] = edge.needs(Action.ACCOUNT_USE)(lambda: "open")
    edge.check_views(other)


@pytest.mark.parametrize(
    "path", ["/api/v1/health/live", "/api/v1/search", "/static/css/tokens.css", "/nowhere", "/sign-in"]
)
def test_every_answer_carries_the_headers(offline: Flask, path: str) -> None:
    answer = offline.test_client().get(path)
    for name, value in edge.HEADERS.items():
        assert answer.headers[name] == value
    assert len(answer.headers["X-Request-ID"]) == 16
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
    answer.close()


def test_where_cookies_are_secure_browsers_are_told_to_stay_with_https(offline: Flask) -> None:
    archive = context.get_services(offline).archive
    secure = create_app(replace(archive.config, secure_cookies=1), archive=archive)
    answer = secure.test_client().get("/api/v1/health/live")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_policy_of_content_allows_nothing_inline() -> None:
    assert "unsafe" not in edge.POLICY
    assert edge.POLICY.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in edge.POLICY
    assert "http" not in edge.POLICY


def test_a_request_id_is_ours_and_new_each_time(offline: Flask) -> None:
    client = offline.test_client()
    seen = {client.get("/api/v1/health/live", headers={"X-Request-ID": "forged"}).headers["X-Request-ID"] for _ in "12"}
    assert len(seen) == 2
    assert "forged" not in seen


def test_stamped_assets_are_kept_and_compressed(offline: Flask) -> None:
    client = offline.test_client()
    kept = client.get("/static/css/layout.css?v=1", headers={"Accept-Encoding": "gzip"})
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["Content-Encoding"] == "gzip"
    assert kept.headers["Vary"] == "Accept-Encoding"
    plain = client.get("/static/css/layout.css?v=1")
    assert "Content-Encoding" not in plain.headers
    assert len(kept.data) < len(plain.data) / 2
    kept.close()
    plain.close()


@given(st.text(st.sampled_from("/\\.:?#@%\t\n ahtps"), max_size=12))
def test_a_path_to_go_to_is_never_another_site(offline: Flask, target: str) -> None:
    with offline.test_request_context():
        found = own_path(target)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert not set(found) & set("\\\t\n")


@pytest.mark.parametrize("target", ["/", "/search?q=%E7%94%B5", "/items/1?q=a#b", "/a:b"])
def test_own_paths_are_kept(offline: Flask, target: str) -> None:
    with offline.test_request_context():
        assert own_path(target) == target
