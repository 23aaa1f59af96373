"""REST search: the outer shape, rights of three people, bad input, cursors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.portal_world import ADMINISTRATORS, Portal, read_events


def found(portal: Portal, name: str, **query: Any) -> dict[str, Any]:
    answer = portal.call(name, "/search", query_string=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def ids(body: dict[str, Any]) -> set[str]:
    return {hit["id"] for hit in body["hits"]}


def test_the_shape_is_the_promised_one(portal: Portal) -> None:
    body = found(portal, "archivist", q="合同", size=5)
    assert set(body) == {"total", "hits", "facets", "next_cursor", "took_ms", "notices"}
    assert body["total"] == {"value": body["total"]["value"], "relation": "eq"}
    hit = body["hits"][0]
    promised = {"id", "tier", "archival_code", "title", "class", "department", "date", "snippets", "rights"}
    assert promised <= set(hit)
    assert {"page", "file_id", "html"} == set(next(h for h in body["hits"] if h["snippets"])["snippets"][0])
    assert {"class", "department", "year"} <= set(body["facets"])
    assert all({"key", "label", "count"} == set(row) for rows in body["facets"].values() for row in rows)
    assert "score" not in json.dumps(body)


def test_each_person_finds_what_is_theirs(portal: Portal) -> None:
    seen = {
        name: found(portal, name, q="合同", size=100) for name in ("archivist", "logistics", "publicity", "officer")
    }
    totals = {name: body["total"]["value"] for name, body in seen.items()}
    assert totals["publicity"] < totals["logistics"] < totals["archivist"]
    for body in seen.values():
        assert sum(row["count"] for row in body["facets"]["department"]) == body["total"]["value"]
    assert all(not hit["snippets"] for hit in seen["officer"]["hits"]), "an officer reads no content"
    assert all("item:read" in hit["rights"] for hit in seen["logistics"]["hits"] if hit["snippets"])


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_the_three_administrators_find_nothing_at_all(portal: Portal, name: str) -> None:
    for path in ("/search?q=合同", "/suggest?q=合同"):
        answer = portal.call(name, path)
        assert answer.status_code == 403
        assert answer.get_json()["error"]["reason"] == "not_role"
        assert "合同" not in answer.text


def test_labels_follow_the_language_asked_for(portal: Portal) -> None:
    chinese = found(portal, "archivist")
    english = portal.call("archivist", "/search", headers={"Accept-Language": "en"}).get_json()
    words = lambda body, facet: {row["key"]: row["label"] for row in body["facets"][facet]}  # noqa: E731
    assert words(chinese, "class")["WS"] == "文书"
    assert words(english, "class")["WS"] != "文书"
    assert words(chinese, "state")["filed"] == "在档"
    assert words(english, "state")["filed"] == "Filed"


def test_pages_follow_each_other_without_gap_or_repetition(portal: Portal) -> None:
    whole = found(portal, "archivist", size=100)
    seen: list[str] = []
    cursor = ""
    while True:
        body = found(portal, "archivist", size=7, **({"cursor": cursor} if cursor else {}))
        seen += [hit["id"] for hit in body["hits"]]
        assert body["total"] == whole["total"]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert seen == [hit["id"] for hit in whole["hits"]]


def test_a_cursor_serves_one_person_and_one_query(portal: Portal) -> None:
    cursor = found(portal, "archivist", size=3)["next_cursor"]
    for name, query in (("archivist", {"q": "电梯"}), ("archivist", {"year": "2023"}), ("logistics", {})):
        refused = portal.call(name, "/search", query_string={"cursor": cursor, "size": 3, **query})
        assert refused.status_code == 400
        assert refused.get_json()["error"]["code"] == "cursor_invalid"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": "长" * 501}, "query_too_long"),
        ({"sort": "banana"}, "unknown_sort"),
        ({"facets": "banana"}, "unknown_facet"),
        ({"size": "0"}, "bad_size"),
        ({"size": "101"}, "bad_size"),
        ({"size": "-1"}, "bad_size"),
        ({"year": "MMXX"}, "bad_value"),
        ({"owner": "x"}, "unknown_parameter"),
        ({"_source": "true"}, "unknown_parameter"),
        ({"cursor": "AAAA"}, "cursor_invalid"),
        ({"cursor": "=?/"}, "cursor_invalid"),
        ({"q": ["a", "b"]}, "given_twice"),
        ({"class": [str(n) for n in range(51)]}, "too_many_values"),
    ],
)
def test_what_cannot_be_used_is_refused_with_words(portal: Portal, query: dict[str, Any], code: str) -> None:
    answer = portal.call("archivist", "/search", query_string=query)
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["code"] == code
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert len(error["message"]) > 5


@pytest.mark.parametrize(
    "q", ['"', "((((", "文号:", "题名:", "* OR *", "\x00", "😀", "-" * 50, "\\", "{}", "a OR", '"未闭合', "%00"]
)
def test_odd_queries_are_answered(portal: Portal, q: str) -> None:
    body = found(portal, "archivist", q=q)
    assert body["total"]["value"] >= 0


def test_completions_are_titles_that_may_be_known(portal: Portal) -> None:
    archivist = portal.call("archivist", "/suggest?q=电梯").get_json()["suggestions"]
    publicity = portal.call("publicity", "/suggest?q=电梯").get_json()["suggestions"]
    assert archivist
    assert all({"id", "title"} == set(one) for one in archivist)
    assert {one["id"] for one in publicity} < {one["id"] for one in archivist}
    assert portal.call("archivist", "/suggest").get_json() == {"suggestions": []}
    assert portal.call("archivist", "/suggest", query_string={"q": "长" * 501}).status_code == 400


def test_a_search_is_in_the_trail(portal: Portal) -> None:
    body = found(portal, "archivist", q="锅炉检验")
    event = read_events(portal.archive, "search:use")[-1]
    assert (event.actor_id, event.detail) == (portal.user("archivist").id, {"total": body["total"]["value"]})
    assert "锅炉" not in event.object_id


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "x" * 5000},
    ],
)
def test_without_a_valid_token_nothing_is_answered(portal: Portal, header: dict[str, str]) -> None:
    answer = portal.visitor().get("/api/v1/search?q=合同", headers=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["error"]["code"] == "sign_in_needed"
