"""Correcting recognised text as a plain form: lines beside the scan, conflicts, rights, words that look like code."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import portal_papers as papers
from tests.portal_papers import LEFT, PHONE, SIZE, Paper, top_of
from tests.portal_world import Portal, read_events, read_token

FIRST, SECOND = papers.PAGES[0]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def paper(portal: Portal) -> Paper:
    return papers.shelve_unsure(portal.archive)


def address(paper: Paper, number: int = 1) -> str:
    return f"/review/files/{paper.file_id}/pages/{number}"


def fields(html: str) -> dict[str, str]:
    """Hidden and text fields of the form with the lines, as a browser would send them."""
    form = html.partition('<form class="check-lines"')[2].partition("</form>")[0]
    inputs = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", form)]
    single = {f["name"]: unescape(f["value"]) for f in inputs if f.get("type") != "checkbox" and f["name"] != "key"}
    return {name: value for name, value in single.items() if name != "unsure"}


def read_words(client: FlaskClient, paper: Paper) -> str:
    """The text of page 1 as the viewer shows it."""
    return client.get(f"/files/{paper.file_id}/pages/1").text.partition('class="lines"')[2]


def keys(html: str, name: str = "key") -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', html)


def send(client: FlaskClient, paper: Paper, html: str, number: int = 1, **changes: object) -> TestResponse:
    data = fields(html) | {"key": keys(html), "unsure": keys(html, "unsure"), "do": "save"} | changes
    return client.post(address(paper, number), data=data)


def test_each_uncertain_line_stands_beside_its_piece_of_the_scan(portal: Portal, paper: Paper) -> None:
    html = portal.browser("clerk").get(address(paper)).text
    assert keys(html) == ["0", "1"]
    assert "42%" in html
    assert re.findall(r'<span class="doubtful"[^>]*>([^<]*)</span>', html) == ["电梯"]
    margin = 0.35 * SIZE
    first = f'viewBox="{LEFT - margin} {top_of(0) - margin} {len(FIRST) * SIZE + 2 * margin} {SIZE + 2 * margin}"'
    assert first in html
    assert html.count(f'href="/files/{paper.file_id}/pages/1/image?size=150"') == 2
    assert f'width="{papers.WIDTH}" height="{papers.HEIGHT}"' in html
    assert "二〇二四年五月" not in html
    whole = portal.browser("clerk").get(address(paper) + "?all=1").text
    assert keys(whole) == ["0", "1", "2"]
    assert "二〇二四年五月" in whole
    assert "style=" not in whole


def test_the_queue_shows_the_least_certain_first_and_counts(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    html = client.get("/review").text
    offered = [int(n) for n in re.findall(rf'<a href="{address(paper, 0)[:-1]}(\d)">', html)]
    assert offered == [3, 1]
    assert "/review" in client.get("/").text
    assert client.get("/review?department=YB&class=KJ&page=7").status_code == 200
    assert client.get(address(paper, 3) + "/next").location.startswith("/review")


def test_changed_and_ticked_lines_are_saved_and_the_page_leaves_the_queue(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    html = client.get(address(paper)).text
    answer = send(client, paper, html, confirm=["1"], **{"text-0": "后勤社会化服务考核办法（修订）"})
    assert (answer.status_code, answer.location != address(paper)) == (303, True)
    assert "已保存 2 行" in client.get("/review").text
    assert f'{address(paper)}"' not in client.get("/review").text
    viewer = client.get(f"/files/{paper.file_id}/pages/1").text
    assert "后勤社会化服务考核办法（修订）" in viewer
    assert f"{address(paper)}?all=1" in viewer
    history = client.get(address(paper)).text
    assert "<ins>后勤社会化服务考核办法（修订）</ins>" in history
    assert SECOND in history.partition("<details")[2]
    event = read_events(portal.archive, "text:correct")[-1]
    assert (event.object_id, event.detail["lines"]) == (paper.file_id, 2)


def test_one_tick_says_that_the_whole_page_is_right(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    send(client, paper, client.get(address(paper)).text, do="whole")
    html = client.get(address(paper)).text
    assert keys(html) == []
    assert html.count("确认无误") == 2


def test_nothing_said_changes_nothing(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    before = papers.get_item(portal.archive, paper.item_id).revision
    assert send(client, paper, client.get(address(paper)).text).location == address(paper)
    assert papers.get_item(portal.archive, paper.item_id).revision == before


def test_the_slower_of_two_sees_the_newer_text_and_keeps_the_own(portal: Portal, paper: Paper) -> None:
    slow, fast = portal.browser("clerk"), portal.browser("clerk")
    seen = slow.get(address(paper)).text
    send(fast, paper, fast.get(address(paper)).text, **{"text-0": "快者所改"})
    answer = send(slow, paper, seen, **{"text-0": "慢者所改", "text-1": "另一行所改"})
    assert answer.status_code == 409
    assert "其间已有他人改动这一行" in answer.text
    assert "慢者所改" in answer.text
    assert fields(answer.text)["text-0"] == fields(answer.text)["shown-0"] == "快者所改"
    assert fields(answer.text)["revision"] == "2"
    assert "另一行所改" in slow.get(f"/files/{paper.file_id}/pages/1").text, "what nobody else touched is saved"
    assert send(slow, paper, answer.text, **{"text-0": "商定所改"}).status_code == 303
    assert "商定所改" in slow.get(f"/files/{paper.file_id}/pages/1").text


def test_a_change_is_taken_back_once(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    send(client, paper, client.get(address(paper)).text, **{"text-0": ""})
    html = client.get(address(paper)).text
    assert FIRST not in read_words(client, paper)
    back = {"csrf_token": read_token(client.get(address(paper))), "line": keys(html, "line")[0], "revision": "1"}
    assert client.post(address(paper) + "/take-back", data=back).status_code == 303
    assert FIRST in read_words(client, paper)
    assert client.post(address(paper) + "/take-back", data=back).status_code == 409
    assert "已撤回" in client.get(address(paper)).text


def test_words_that_look_like_code_are_words(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    send(client, paper, client.get(address(paper)).text, **{"text-0": EVIL})
    for place in (address(paper), address(paper) + "?all=1", f"/files/{paper.file_id}/pages/1"):
        html = client.get(place).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;" in html, place
    html = client.get(address(paper) + "?all=1").text
    assert fields(html)["text-0"] == EVIL
    assert send(client, paper, html, **{"text-0": "长" * 1001}).status_code == 422


def test_masks_follow_the_corrected_words(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    send(client, paper, client.get(address(paper)).text, **{"text-1": f"电话{PHONE}"})
    assert PHONE in client.get(f"/files/{paper.file_id}/pages/1").text
    masked = portal.browser("archivist").get(f"/files/{paper.file_id}/pages/1").text
    assert PHONE not in masked
    assert "139****0031" in masked


@pytest.mark.parametrize(
    ("who", "status"), [("archivist", 403), ("publicity", 403), ("logistics", 403), ("officer", 404)]
)
def test_who_may_not_correct_is_refused_everywhere(portal: Portal, paper: Paper, who: str, status: int) -> None:
    client = portal.browser(who)
    token = read_token(client.get("/account"))
    data = {"csrf_token": token, "key": "0", "shown-0": FIRST, "text-0": "改", "revision": "0", "line": "0"}
    assert client.get(address(paper)).status_code == status
    assert client.get(address(paper) + "/next").status_code == status
    assert client.post(address(paper), data=data).status_code == status
    assert client.post(address(paper) + "/take-back", data=data).status_code == status
    assert FIRST in read_words(portal.browser("clerk"), paper)
    if who != "archivist":
        assert client.get("/review").status_code == 403
        assert 'href="/review"' not in client.get("/account").text
    assert address(paper) not in client.get(f"/files/{paper.file_id}/pages/1").text


def test_hidden_looks_like_missing(portal: Portal) -> None:
    hidden = papers.shelve_unsure(portal.archive, class_code="ZY·BL·ZY", sensitivity=4, title="住院病历")
    client = portal.browser("clerk")
    missing = Paper(hidden.item_id, "00000000-0000-4000-8000-000000000001")
    token = read_token(client.get("/account"))
    for one in (hidden, missing):
        assert client.get(address(one)).status_code == 404
        assert client.post(address(one), data={"csrf_token": token}).status_code == 404
    assert "住院病历" not in client.get("/review").text


def test_a_form_of_somebody_else_is_not_taken(portal: Portal, paper: Paper) -> None:
    client = portal.browser("clerk")
    answer = send(client, paper, client.get(address(paper)).text, csrf_token="", **{"text-0": "改"})
    assert answer.status_code == 400
    assert client.get(address(paper, 9)).status_code == 404
