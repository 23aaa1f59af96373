"""Files of the same content: told to those who may know of the other record, and no sign of it for anybody else."""

from __future__ import annotations

import re

from archive.models import File
from archive.twins import MOST
from tests import portal_papers as papers
from tests.portal_papers import Paper
from tests.portal_world import Portal
from tests.service.portal.test_items import CHANGING, counted
from tests.service.portal.test_upload import files_of, hand_in

TOLD = "相同内容另存于"


def shelve(portal: Portal, words: str, title: str, **more: object) -> Paper:
    """A record with a file whose content is these words."""
    pages = ((words,),)
    return papers.shelve(portal.archive, papers.make_pdf(pages), papers.read_pages(pages), title=title, **more)


def look(portal: Portal, who: str, item_id: str) -> tuple[str, list[str]]:
    """The item page without what differs from answer to answer, and the shapes of the statements behind it."""
    client = portal.browser(who)
    with counted(portal) as statements:
        html = client.get(f"/items/{item_id}").text
    return CHANGING.sub("", html), [re.sub(r"'[^']*'|\d+", "?", statement) for statement in statements]


def test_twins_name_each_other(portal: Portal) -> None:
    first = shelve(portal, "一式两份的合同", "合同正本")
    second = shelve(portal, "一式两份的合同", "合同副本", reading_scope="全院")
    other = shelve(portal, "另一份合同", "另一份")
    client = portal.browser("logistics")
    for here, there in ((first, "合同副本"), (second, "合同正本")):
        html = client.get(f"/items/{here.item_id}").text
        assert TOLD in html
        assert there in html[html.index(TOLD) :]
    assert TOLD not in client.get(f"/items/{other.item_id}").text


def test_whoever_may_not_know_of_the_twin_sees_what_they_saw_before(portal: Portal) -> None:
    known = shelve(portal, "未公开的方案", "方案", reading_scope="全院")
    before = look(portal, "publicity", known.item_id)
    shelve(portal, "未公开的方案", "尚未移交的方案", state="draft")
    assert look(portal, "publicity", known.item_id) == before
    told = portal.browser("clerk").get(f"/items/{known.item_id}").text
    assert "尚未移交的方案" in told[told.index(TOLD) :]


def test_content_that_may_not_be_read_is_not_compared(portal: Portal) -> None:
    """Who only knows of a record would learn what is in it from a twin that may be read."""
    closed = shelve(portal, "已知的通知", "不得阅读的一件")
    before = look(portal, "publicity", closed.item_id)
    shelve(portal, "已知的通知", "可读的通知", reading_scope="全院")
    assert look(portal, "publicity", closed.item_id) == before
    assert TOLD in portal.browser("logistics").get(f"/items/{closed.item_id}").text


def test_only_the_first_of_many_twins_are_named(portal: Portal) -> None:
    shelf = [shelve(portal, "发给各科室的通知", f"通知第{n}份") for n in range(MOST + 3)]
    html = portal.browser("logistics").get(f"/items/{shelf[-1].item_id}").text
    assert re.findall(r"通知第(\d)份</a>", html[html.index(TOLD) :]) == [str(n) for n in range(MOST)]


def test_whoever_hands_a_copy_in_is_told_and_the_copy_is_kept(portal: Portal) -> None:
    data = papers.make_pdf((("早已归档的记录",),))
    papers.shelve(portal.archive, data, papers.read_pages((("早已归档的记录",),)), title="早已归档")
    papers.shelve(
        portal.archive, data, papers.read_pages((("早已归档的记录",),)), title="某人的", class_code="ZY·BL·ZY"
    )
    client = portal.browser("clerk")
    answer = hand_in(client, (data, "再次上传.pdf"))
    for path in (answer.location, "/uploads"):
        html = client.get(path).text
        assert "早已归档" in html[html.index(TOLD) :]
        assert "某人的" not in html
    [file] = files_of(portal.archive, answer.location.rpartition("/")[2])
    with portal.archive.database.reading() as session:
        assert session.get_one(File, file.id).address
