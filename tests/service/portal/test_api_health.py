"""Calls for machines: alive, ready, figures; and the interface's own errors."""

from __future__ import annotations

import pytest

from tests.portal_world import Portal


def test_a_whole_portal_is_alive_and_ready(portal: Portal) -> None:
    assert portal.visitor().get("/api/v1/health/live").get_json() == {"state": "alive"}
    ready = portal.visitor().get("/api/v1/health/ready")
    assert ready.status_code == 200
    assert ready.get_json() == {"state": "ready", "parts": {"database": "ok", "queue": "ok", "search": "ok"}}


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("queue", {"redis_url": "redis://127.0.0.1:1"}),
        ("search", {"elasticsearch_url": "http://127.0.0.1:1"}),
        ("search", {"index_prefix": "nobody"}),
    ],
)
def test_a_missing_part_is_named(portal: Portal, part: str, changes: dict[str, str]) -> None:
    client = portal.again(**changes).visitor()
    answer = client.get("/api/v1/health/ready")
    assert answer.status_code == 503
    assert {name for name, state in answer.get_json()["parts"].items() if state != "ok"} == {part}
    assert client.get("/api/v1/health/live").status_code == 200


def test_figures_are_for_configured_addresses_and_name_nobody(portal: Portal) -> None:
    client = portal.visitor()
    figures = client.get("/api/v1/metrics")
    assert figures.status_code == 200
    assert figures.mimetype == "text/plain"
    lines = figures.text.splitlines()
    assert 'guidang_up{part="search"} 1' in lines
    assert any(line.startswith('guidang_items{state="filed"} ') for line in lines)
    assert all(line.startswith("#") or len(line.rsplit(" ", 1)) == 2 for line in lines)
    assert client.get("/api/v1/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
    forged = {"X-Forwarded-For": "127.0.0.1"}
    elsewhere = client.get("/api/v1/metrics", headers=forged, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/search", 405, "method_not_allowed"),
        ("POST", "/search", 405, "method_not_allowed"),
    ],
)
def test_failures_have_one_shape(portal: Portal, method: str, path: str, status: int, code: str) -> None:
    answer = portal.call("archivist", path, method)
    assert answer.status_code == status
    error = answer.get_json()["error"]
    assert set(error) == {"code", "message", "request_id"}
    assert error["code"] == code


def test_a_body_over_the_limit_is_refused(portal: Portal) -> None:
    answer = portal.call("archivist", "/items/00000000-0000-4000-8000-999999999999", "PATCH", data=b"x" * (2 << 20))
    assert answer.status_code == 413
    assert answer.get_json()["error"]["code"] == "request_too_large"


def test_the_document_of_the_interface_is_for_signed_in_people(portal: Portal) -> None:
    assert portal.visitor().get("/api/v1/openapi.json").status_code == 401
    document = portal.call("publicity", "/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert "/search" in document["paths"]
