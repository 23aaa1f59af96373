"""The page viewer without scripts: what stands in the page, and where its links lead."""

from __future__ import annotations

import re
from html import unescape

import pytest

from archive.models import File, Page
from tests import portal_papers as papers
from tests.portal_papers import LEFT, PHONE, SIZE, Paper, top_of
from tests.portal_world import Portal, read_events


@pytest.fixture(scope="module")
def paper(_shared_portal: Portal) -> Paper:
    return papers.shelve(_shared_portal.archive, papers.make_pdf(), papers.read_pages())


def page(portal: Portal, who: str, paper: Paper, number: int = 1, query: str = "") -> str:
    answer = portal.browser(who).get(f"/files/{paper.file_id}/pages/{number}{query}")
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def link(html: str, step: str) -> str:
    """Address of a step (previous, next, previous_hit, next_hit), empty when it is not offered."""
    found = re.search(rf'href="([^"]*)" data-step="{step}"', html)
    return unescape(found[1]) if found else ""


def rects(html: str) -> list[tuple[float, ...]]:
    found = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>', html)
    return [tuple(map(float, rect)) for rect in found]


def test_hits_are_drawn_in_page_units(portal: Portal, paper: Paper) -> None:
    html = page(portal, "logistics", paper, query="?q=维护")
    assert f'viewBox="0 0 {papers.WIDTH} {papers.HEIGHT}"' in html
    assert rects(html) == [(LEFT + 2 * SIZE, top_of(1), 2 * SIZE, SIZE)]
    assert '<mark class="mark-current">维护</mark>' in html


def test_without_a_query_nothing_is_marked(portal: Portal, paper: Paper) -> None:
    html = page(portal, "logistics", paper)
    assert "<rect" not in html
    assert "<mark" not in html


def test_steps_lead_through_all_hits_and_back(portal: Portal, paper: Paper) -> None:
    client = portal.browser("logistics")
    address, walked = f"/files/{paper.file_id}/pages/1?q=电梯", []
    while address:
        html = client.get(address).text
        walked.append(re.search(r'class="count" role="status">([^<]*)<', html)[1])  # type: ignore[index]
        address = link(html, "next_hit")
    assert walked == ["1 / 2", "2 / 2"]
    assert "/pages/1?" in link(html, "previous_hit")
    assert not link(html, "next_hit")


def test_hits_on_other_pages_are_offered_from_a_page_without_any(portal: Portal, paper: Paper) -> None:
    html = page(portal, "logistics", paper, 3, "?q=电梯")
    assert "另有 2 处在其他页" in html or "2" in re.search(r'class="count"[^>]*>([^<]*)<', html)[1]  # type: ignore[index]
    assert "/pages/2?" in link(html, "previous_hit")
    assert "没有命中" in page(portal, "logistics", paper, 1, "?q=锅炉") or "0" not in html


def test_pages_turn_and_keep_query_and_enlargement(portal: Portal, paper: Paper) -> None:
    html = page(portal, "logistics", paper, 2, "?q=电梯&zoom=150")
    for step, number in (("previous", 1), ("next", 3)):
        assert f"/pages/{number}?" in link(html, step)
        assert "zoom=150" in link(html, step)
        assert "q=%E7%94%B5%E6%A2%AF" in link(html, step)
    assert "size=150" in html
    assert not link(page(portal, "logistics", paper, 1), "previous")
    assert not link(page(portal, "logistics", paper, 3), "next")


def test_a_typed_page_number_opens_that_page(portal: Portal, paper: Paper) -> None:
    client = portal.browser("logistics")
    turned = client.get(f"/files/{paper.file_id}?page=3&q=电梯&zoom=200")
    assert turned.status_code == 302
    assert "/pages/3?" in turned.location
    assert "zoom=200" in turned.location
    assert client.get(f"/files/{paper.file_id}?page=-4").location.endswith("/pages/1")
    assert client.get(f"/files/{paper.file_id}?q=电梯").location.endswith("/pages/1?q=%E7%94%B5%E6%A2%AF")


def test_an_unknown_enlargement_is_the_usual_one(portal: Portal, paper: Paper) -> None:
    html = page(portal, "logistics", paper, query='?zoom="><script>&hit=99999&q=电梯')
    assert "<script>" not in html.replace('<script type="module"', "")
    assert 'data-zoom="fit" aria-current="true"' in html


def test_the_strip_counts_hits_by_page(portal: Portal, paper: Paper) -> None:
    html = page(portal, "logistics", paper, 1, "?q=电梯")
    strip = html[html.index('class="strip"') : html.index("</nav>", html.index('class="strip"'))]
    assert len(re.findall("size=thumb", strip)) == 3
    assert strip.count('class="hits"') == 2
    assert 'loading="lazy"' in strip


def test_masked_readers_see_stars_and_no_trace_of_the_words(portal: Portal, paper: Paper) -> None:
    html = page(portal, "archivist", paper, 2)
    assert PHONE not in html
    assert "139****0031" in html
    assert 'class="masked"' in html
    assert PHONE in page(portal, "logistics", paper, 2)
    assert "<rect" not in page(portal, "archivist", paper, 2, f"?q={PHONE}")


def test_uncertain_characters_and_lines_are_marked_by_more_than_colour(portal: Portal) -> None:
    words = ("清楚的一行字",)
    sure = papers.shelve(
        portal.archive, papers.make_pdf([words]), [papers.read_page(1, words, confidence=0.99, doubtful=(2,))]
    )
    html = page(portal, "logistics", sure)
    assert '清楚<span class="doubtful"' in html
    assert 'class="unsure"' not in html
    vague = papers.shelve(portal.archive, papers.make_pdf([words]), [papers.read_page(1, words, confidence=0.55)])
    html = page(portal, "logistics", vague)
    assert re.search(r'<p class="unsure" title="[^"]*55[^"]*"><svg class="icon"', html)


def test_print_and_download_show_only_to_those_who_may(portal: Portal, paper: Paper) -> None:
    mine, theirs = page(portal, "archivist", paper), page(portal, "logistics", paper)
    for path in (f"/files/{paper.file_id}/print", f"/files/{paper.file_id}/original"):
        assert path in mine
        assert path not in theirs
        assert portal.browser("logistics").get(path).status_code == 403


def test_a_print_carries_the_mark_and_is_an_event(portal: Portal, paper: Paper) -> None:
    client = portal.browser("archivist")
    html = client.get(f"/files/{paper.file_id}/print?first=2&last=3").text
    assert "仅供查阅，不作凭证" in html
    pages = re.findall(rf"/files/{paper.file_id}/pages/(\d)/print", html)
    assert pages == ["2", "3"]
    event = read_events(portal.archive, "file:print")[-1]
    assert (event.object_id, event.detail) == (paper.file_id, {"page": 2, "last": 3})
    printed = client.get(f"/files/{paper.file_id}/pages/2/print")
    assert printed.headers["Cache-Control"] == "private, no-store"
    assert read_events(portal.archive, "file:print_page")[-1].detail["page"] == 2
    image = papers.open_image(printed.data)
    foot = image.crop((0, image.height - 20, image.width, image.height)).convert("L").getextrema()
    assert foot[0] < 200, "the line at the foot is part of the image"


def test_office_documents_show_their_text(portal: Portal) -> None:
    text = papers.PageText(1, 0, 0, tuple(papers.Line(words) for words in ("关于放假的通知", "各科室：")), "tika")
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    paper = papers.shelve(portal.archive, b"PK...", [text], name="通知.docx", media_type=word)
    html = page(portal, "logistics", paper, 1, "?q=放假")
    assert "关于<mark" in html
    assert "size=thumb" not in html
    assert "/image?" not in html


def test_a_page_still_being_read_says_so(portal: Portal) -> None:
    pages = [papers.read_pages()[0], papers.PageText(2, papers.WIDTH, papers.HEIGHT, (), "")]
    paper = papers.shelve(portal.archive, papers.make_pdf(), pages, outcome="")
    assert "仍在识别" in page(portal, "logistics", paper, 2) or "正在识别" in page(portal, "logistics", paper, 2)
    withheld = page(portal, "archivist", paper, 2)
    assert "识别后才能遮盖个人信息" in withheld
    assert "/pages/2/image" not in withheld


def test_content_is_escaped(portal: Portal) -> None:
    words = ("<script>alert(1)</script>", "'\"&amp;")
    paper = papers.shelve(
        portal.archive,
        papers.make_pdf([("x",)]),
        papers.read_pages([words]),
        name="<img src=x>.pdf",
        title="<b>标题</b>",
    )
    html = page(portal, "logistics", paper, 1, "?q=<i>alert</i>")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "<img src=x>" not in html
    assert "<b>标题" not in html


def test_every_page_opened_is_an_event(portal: Portal, paper: Paper) -> None:
    page(portal, "archivist", paper, 3)
    event = read_events(portal.archive, "file:view")[-1]
    assert (event.detail, event.object_id) == ({"page": 3}, paper.file_id)


def test_a_blank_page_is_shown_as_blank(portal: Portal) -> None:
    shelved = papers.shelve(portal.archive, papers.make_tiff(3), papers.read_pages(), media_type="image/tiff")
    with portal.archive.database.writing() as session:
        session.get_one(File, shelved.file_id).blank_pages = 1
        for number in (1, 2, 3):
            session.add(Page(file_id=shelved.file_id, number=number, needs_ocr=True, is_blank=number == 2))
    client = portal.browser("logistics")
    shown = client.get(f"/items/{shelved.item_id}").text
    assert "3 页中有 1 页空白。" in shown
    thumbnails = re.findall(r"/pages/(\d)[^\"]*\"><img[^>]*>(<span class=\"leaf-blank\">空白)?", shown)
    assert [(number, bool(told)) for number, told in thumbnails] == [("1", False), ("2", True), ("3", False)]
    strip = client.get(f"/files/{shelved.file_id}/pages/2").text
    assert re.search(r"2 · 空白", strip)
    assert not re.search(r"[13] · 空白", strip)
