"""Every route, enumerated from the application: closed to visitors, closed to the three administrators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.edge import PUBLIC
from tests.portal_world import ADMINISTRATORS, Portal

SOME_ID = "00000000-0000-4000-8000-000000000014"
CONTENT = ("合同", "电梯", "锅炉", "竣工图")
OWN = {"account.show", "search.start", "api.read_document"}
"""What an administrator opens: the own account, a start page without search, the description of the interface."""
OPERATED = {"operations.show"}
"""What whoever runs the machine opens beside these: figures."""


def fill(rule: Rule, some_id: str) -> str:
    """An address of the rule."""
    values = {name: 1 if name in ("number", "page") else some_id for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return str(built[1])


def iter_calls(app: Flask, some_id: str = SOME_ID) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of everything that is not public."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in PUBLIC:
            for method in sorted(rule.methods or ()):
                yield method, fill(rule, some_id), rule.endpoint


def test_visitors_get_nowhere(portal: Portal) -> None:
    calls = list(iter_calls(portal.app))
    assert len(calls) > 60
    for method, address, endpoint in calls:
        answer = portal.visitor().open(address, method=method)
        if address.startswith("/api/"):
            assert answer.status_code == 401, (method, address)
            assert method == "HEAD" or answer.get_json()["error"]["code"] == "sign_in_needed"
        else:
            assert answer.status_code == 302, (method, address)
            assert answer.location.startswith("/sign-in"), endpoint
        assert not any(word in answer.text for word in CONTENT), address


def test_public_endpoints_tell_nothing_of_the_archive(portal: Portal) -> None:
    for rule in portal.app.url_map.iter_rules():
        if rule.endpoint in PUBLIC and not rule.arguments and "GET" in (rule.methods or ()):
            answer = portal.visitor().get(rule.rule)
            assert answer.status_code == 200, rule
            assert not any(word in answer.text for word in CONTENT), rule


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_open_no_content(portal: Portal, name: str) -> None:
    client = portal.browser(name)
    for item_id in (portal.ids["S14"], portal.ids["S21"]):
        for method, address, endpoint in iter_calls(portal.app, item_id):
            if method != "GET":
                continue
            answer = portal.call(name, address.removeprefix("/api/v1")) if "/api/" in address else client.get(address)
            opened = OWN | OPERATED if name == "sysadmin" else OWN
            expected = (200,) if endpoint in opened else (302, 403, 404)
            assert answer.status_code in expected, (name, address, answer.status_code)
            assert not any(word in answer.text for word in CONTENT), address


def test_a_forged_or_foreign_token_is_nobody(portal: Portal) -> None:
    for token in (portal.tokens["archivist"][:-1], portal.tokens["archivist"] + "x", "null", "' OR 1=1 --"):
        answer = portal.visitor().get("/api/v1/search", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
