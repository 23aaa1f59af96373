"""Start page and search page as people see them, without scripts."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from tests.portal_world import ADMINISTRATORS, Portal

TITLE = re.compile(r'<li class="hit" data-row>.*?<h2><a href="([^"]+)">(.*?)</a></h2>', re.DOTALL)
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def titles(page: str) -> list[str]:
    return [unescape(re.sub(r"<[^>]+>", "", title)) for _, title in TITLE.findall(page)]


@pytest.fixture
def archivist(portal: Portal) -> FlaskClient:
    """A browser of the archivist."""
    return portal.browser("archivist")


def test_results_show_marks_pages_facets_and_total(archivist: FlaskClient) -> None:
    page = archivist.get("/search?q=电梯").text
    assert re.search(r"<h1[^>]*>\s*\d+ 件", page)
    assert "<mark>电梯</mark>" in page
    assert re.search(r'href="/files/[0-9a-f-]{36}/pages/1\?q=[^"]+">第 1 页', page)
    assert re.search(r'<img src="/files/[0-9a-f-]{36}/pages/1/image\?size=thumb" alt="" loading="lazy"', page)
    for facet in ("门类", "部门", "年度", "敏感级别", "扫描件或电子原生"):
        assert f"<h3>{facet}</h3>" in page
    assert 'value="电梯"' in page


def test_a_filter_narrows_shows_as_chip_and_can_be_taken_out(archivist: FlaskClient) -> None:
    everything = archivist.get("/search?q=合同").text
    narrowed = archivist.get("/search?q=合同&department=HQB").text
    assert 0 < len(titles(narrowed)) < len(titles(everything))
    chip = re.search(r'<a class="chip" href="([^"]+)"><span class="chip-name">部门</span>([^<]+)', narrowed)
    assert chip
    assert chip[2] == "后勤保障部"
    assert titles(archivist.get(unescape(chip[1])).text) == titles(everything)
    assert '<input type="hidden" name="department" value="HQB">' in narrowed


def test_the_class_tree_unfolds_to_what_is_chosen(archivist: FlaskClient) -> None:
    page = archivist.get("/search?class=ZY·HQ").text
    assert re.search(r'<details class="facet-below" open><summary aria-label="“专业”的下级门类">', page)
    whole = archivist.get("/search?class=ZY&size=100").text
    assert set(titles(page)) < set(titles(whole))


def test_pages_follow_each_other(archivist: FlaskClient) -> None:
    whole = titles(archivist.get("/search?size=100").text)
    seen: list[str] = []
    address = "/search?size=20"
    for _ in range(10):
        page = archivist.get(address).text
        seen += titles(page)
        following = NEXT.search(page)
        if not following:
            break
        address = unescape(following[1])
    assert seen == whole
    assert "回到第一页" in page


def test_orders_are_offered_and_kept(archivist: FlaskClient) -> None:
    newest = archivist.get("/search?q=合同&sort=date_desc").text
    oldest = archivist.get("/search?q=合同&sort=date_asc").text
    assert titles(newest) == titles(oldest)[::-1]
    assert '<input type="hidden" name="sort" value="date_desc">' in newest


def test_close_results_stand_apart(archivist: FlaskClient) -> None:
    page = archivist.get("/search?q=电梯 锅炉 绿化 发票").text
    strict, _, related = page.partition("相近结果")
    assert related
    assert not titles(strict)
    assert titles(related)
    assert "没有完全符合的档案" in strict
    assert "不计入上面的件数" in related


def test_an_empty_result_teaches(archivist: FlaskClient) -> None:
    page = archivist.get("/search?q=可可克齐&year=2023").text
    assert "怎样才能找到" in page
    assert "清除条件再检索" in page
    assert "没有可供筛选的条件" not in page or "筛选" in page


def test_what_may_not_be_read_says_so(archivist: FlaskClient) -> None:
    page = archivist.get("/search?q=维保费电子发票").text
    assert "阅读须申请" in page
    assert "snippet-page" not in page.partition("相近结果")[0]


def test_a_query_is_shown_as_text_never_as_markup(archivist: FlaskClient) -> None:
    for query in ("<script>alert(1)</script>", "\"'><img src=x>", "{{7*7}}", "电梯<b>"):
        page = archivist.get("/search", query_string={"q": query}).text
        assert f'value="{escape(query)}"' in page
        assert query not in page or "<" not in query
        assert "49" not in re.findall(r"<title>(.*?)</title>", page)[0]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("q=" + "长" * 501, 400, "查询过长"),
        ("sort=banana", 400, "不支持这种排序方式"),
        ("banana=1", 400, "不认识的查询参数"),
        ("cursor=AAAA", 400, "翻页位置已失效"),
        ("size=0", 400, "1 至 100"),
        ('q="', 200, "没有可检索的文字"),
        ("q=((((", 200, "没有可检索的文字"),
        ('q="电梯', 200, "引号不成对"),
        ("q=%00", 200, ""),
        ("q=%FF%FE", 200, ""),
    ],
)
def test_odd_input_gets_words(archivist: FlaskClient, query: str, status: int, words: str) -> None:
    answer = archivist.get(f"/search?{query}")
    assert answer.status_code == status
    assert words in answer.text
    assert "Traceback" not in answer.text


def test_three_people_see_three_result_sets(portal: Portal) -> None:
    seen = {
        name: frozenset(titles(portal.browser(name).get("/search?q=合同&size=100").text.partition("相近结果")[0]))
        for name in ("archivist", "logistics", "publicity")
    }
    assert seen["publicity"] < seen["archivist"]
    assert len(set(seen.values())) == 3


def test_the_start_page_leads_into_the_classes(archivist: FlaskClient) -> None:
    page = archivist.get("/").text
    (total,) = re.findall(r"全部 (\d+) 件", page)
    tiles = re.findall(r'<a class="tile-link" href="([^"]+)".*?<span class="count">(\d+)</span>', page)
    assert sum(int(count) for _, count in tiles) == int(total)
    assert f"{tiles[0][1]} 件" in archivist.get(unescape(tiles[0][0])).text


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_get_a_start_page_without_search(portal: Portal, name: str) -> None:
    client = portal.browser(name)
    page = client.get("/").text
    assert "不接触档案内容" in page
    assert 'name="q"' not in page
    refused = client.get("/search?q=合同")
    assert refused.status_code == 403
    assert "您的岗位没有这项权限" in refused.text


def test_completions_are_a_list_for_the_script(archivist: FlaskClient) -> None:
    found = archivist.get("/search/suggest?q=电梯", headers={"Accept": "application/json"}).get_json()
    assert found
    assert all("电梯" in title for title in found)


def test_english_pages_are_english(portal: Portal) -> None:
    client = portal.browser("archivist")
    client.set_cookie("guidang_language", "en")
    page = client.get("/search?q=电梯").text
    frame = re.sub(r'<ol class="hits">.*?</ol>', "", page, flags=re.DOTALL)
    frame = re.sub(r"简体中文|电梯|<span>[^<]*</span>|晋北市第二人民医院", "", frame)
    assert not re.search(r"[\u4e00-\u9fff]", frame), re.findall(r".{20}[\u4e00-\u9fff]+", frame)[:3]
