"""Item and volume pages: the entry as this person may see it, and what may be done with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import event

from archive import catalogue
from archive.models import CaseVolume
from archive.reasons import Outcome
from tests import portal_papers as papers
from tests.portal_papers import NAME, PHONE, Paper
from tests.portal_world import ADMINISTRATORS, Portal, post, read_events

CHANGING = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])"
    r"|name=\"csrf_token\" value=\"[^\"]*\""
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""Request ids, form tokens and object ids: what differs between two answers that are the same."""


@pytest.fixture(scope="module")
def paper(_shared_portal: Portal) -> Paper:
    return papers.shelve(
        _shared_portal.archive,
        papers.make_pdf(),
        papers.read_pages(),
        title=f"考核办法，联系人：{NAME}",
        name=f"联系人：{NAME}.pdf",
        doc_no="晋北二院发〔2023〕12号",
        keywords=("考核", PHONE),
        abstract="说明考核的办法",
        location="01-A-03-2-5-1-0023-07",
        persons=(NAME,),
        meta={"doc_type": "通知", "issuing_body": "晋北市第二人民医院", "drafter": "王立新"},
    )


def item(portal: Portal, who: str, item_id: str) -> str:
    answer = portal.browser(who).get(f"/items/{item_id}")
    assert answer.status_code == 200
    return answer.text


def test_the_entry_has_words_for_everything(portal: Portal, paper: Paper) -> None:
    html = item(portal, "logistics", paper.item_id)
    for words in (
        "晋北二院发〔2023〕12号",
        "后勤管理",
        "后勤保障部",
        "文种",
        "通知",
        "发文机关",
        "定期30年",
        "2 级 内部",
    ):
        assert words in html, words
    assert 'data-copy="晋北二院发〔2023〕12号"' in html
    assert "class_code" not in html
    assert ">filed<" not in html


def test_labels_are_in_the_language_of_the_reader(portal: Portal, paper: Paper) -> None:
    client = portal.browser("publicity")
    post(client, "/language", language="en", next="/")
    html = client.get(f"/items/{paper.item_id}").text
    post(client, "/language", language="zh", next="/")
    for words in ("Document number", "Issuing body", "What you may do", "Filed", "Own department", "30 years"):
        assert words in html, words
    labels = " ".join(re.findall(r"<dt>([^<]*)</dt>|<h2[^>]*>([^<]*)<", html)[0])
    assert not re.search(r"[\u4e00-\u9fff]", labels)


def test_everything_is_masked_for_those_without_the_right(portal: Portal, paper: Paper) -> None:
    full, masked = item(portal, "logistics", paper.item_id), item(portal, "archivist", paper.item_id)
    assert full.count(NAME) >= 3
    assert NAME not in masked
    assert PHONE in full
    assert PHONE not in masked
    assert "已隐去，有权限者可见" in masked
    assert "冯*" in masked


def test_those_who_may_only_know_of_it_are_told_whom_to_ask(portal: Portal, paper: Paper) -> None:
    html = item(portal, "publicity", paper.item_id)
    assert "您不在本件的可阅范围内" in html
    assert "后勤保障部" in html
    assert "档案室" in html
    assert paper.file_id not in html
    assert f"{NAME}.pdf" not in html
    assert "说明考核的办法" not in html, "an abstract is content"
    assert "01-A-03-2-5-1-0023-07" not in html
    assert "说明考核的办法" in item(portal, "logistics", paper.item_id)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on_hold": True}, "本件已封存"),
        ({"sensitivity": 4}, "敏感级别高于"),
        ({"class_code": "KJ·JJ·08", "department": "JJB", "meta": {"security_drawing": "true"}}, "涉及安全防范的图纸"),
    ],
)
def test_the_reason_is_the_one_that_stands_in_the_way(portal: Portal, changes: dict[str, object], words: str) -> None:
    paper = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages(), reading_scope="全院", **changes)
    html = item(portal, "publicity", paper.item_id)
    assert words in html
    if changes.get("on_hold"):
        assert "封存" in html[: html.index("<h2")]


def test_readers_are_told_what_each_further_right_needs(portal: Portal, paper: Paper) -> None:
    html = item(portal, "logistics", paper.item_id)
    rights = html[html.index('class="rights"') : html.index("</ul>", html.index('class="rights"'))]
    assert rights.count("right-held") == 2
    assert rights.count("right-missing") == 2
    assert "您不在本件的可阅范围内" not in rights


def test_hidden_and_missing_are_the_same_answer_from_the_same_queries(portal: Portal) -> None:
    record = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages(), class_code="ZY·BL·ZY", sensitivity=4)
    client = portal.browser("archivist")
    answers = []
    for item_id in (record.item_id, str(uuid4())):
        with counted(portal) as statements:
            answer = client.get(f"/items/{item_id}")
        shape = [re.sub(r"'[^']*'|\d+", "?", statement) for statement in statements]
        answers.append((answer.status_code, CHANGING.sub("", answer.text), shape))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert len(answers[0][2]) > 1


@contextmanager
def counted(portal: Portal) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    engine = portal.archive.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_administrators_find_no_item(portal: Portal, paper: Paper) -> None:
    for who in ADMINISTRATORS:
        assert portal.browser(who).get(f"/items/{paper.item_id}").status_code == 404


@pytest.mark.parametrize("item_id", ["1", "..", "00000000-0000-0000-0000-00000000000g", "%00", "' OR 1=1"])
def test_forged_ids_are_missing(portal: Portal, item_id: str) -> None:
    assert portal.browser("archivist").get(f"/items/{item_id}").status_code == 404


def test_every_outcome_is_told_in_words(portal: Portal) -> None:
    for outcome, reason, words in (
        (Outcome.UNREADABLE, "encrypted", "设有打开密码"),
        (Outcome.EMPTY, "no_text", "没有可识别的文字"),
        (Outcome.QUARANTINED, "virus", "发现病毒"),
        (Outcome.SEARCHABLE, "pages_unreadable", "部分页面未能读取"),
    ):
        paper = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages(), outcome=outcome, reason=reason)
        html = item(portal, "logistics", paper.item_id)
        assert words in html, outcome
        opens = f"/files/{paper.file_id}/pages/1" in html
        assert opens is (outcome is not Outcome.QUARANTINED)


def test_progress_is_told_by_pages(portal: Portal) -> None:
    pages = [papers.read_pages()[0], *(papers.PageText(n, 1, 1, (), "") for n in (2, 3))]
    paper = papers.shelve(portal.archive, papers.make_pdf(), pages, outcome="")
    html = item(portal, "logistics", paper.item_id)
    assert "共 3 页，还有 2 页不可检索" in html or re.search(r"3 页.{0,8}2 页|2 页.{0,12}3 页", html)
    assert "data-watch" in html


def test_a_record_without_file_says_so(portal: Portal) -> None:
    with portal.archive.database.writing() as session:
        made = catalogue.create_item(session, portal.archive, papers.SYSTEM, papers.describe("只有目录的一件"))
    assert "尚无文件" in item(portal, "logistics", made.id) or "还没有文件" in item(portal, "logistics", made.id)


def test_related_items_show_from_both_ends_and_hidden_ones_from_none(portal: Portal) -> None:
    archive = portal.archive
    asked, answered, hidden = (
        papers.shelve(archive, papers.make_pdf(), papers.read_pages(), title=title, **more)
        for title, more in (
            ("更换曳引机的请示", {}),
            ("更换曳引机的批复", {}),
            ("某人的病历", {"class_code": "ZY·BL·ZY", "sensitivity": 4}),
        )
    )
    with archive.database.writing() as session:
        catalogue.relate(session, asked.item_id, answered.item_id, "请示-批复")
        catalogue.relate(session, asked.item_id, hidden.item_id, "其他")
    assert "更换曳引机的批复" in item(portal, "logistics", asked.item_id)
    assert "更换曳引机的请示" in item(portal, "logistics", answered.item_id)
    assert "某人的病历" not in item(portal, "logistics", asked.item_id)


def test_opening_an_item_is_an_event(portal: Portal, paper: Paper) -> None:
    item(portal, "publicity", paper.item_id)
    seen = read_events(portal.archive, "item:view")[-1]
    assert (seen.object_id, seen.actor_id) == (paper.item_id, portal.user("publicity").id)


@pytest.fixture(scope="module")
def volume(_shared_portal: Portal) -> tuple[str, list[Paper]]:
    """Three pieces of one machine: two ordinary ones and a draft of somebody else."""
    shelf = [
        papers.shelve(
            _shared_portal.archive,
            papers.make_pdf(),
            papers.read_pages(),
            title=title,
            class_code="KJ·SB·TZ",
            archival_code=f"H002-KJ·SB·TZ-901-00{number}",
            meta={"equip_name": "三号锅炉"},
            **more,
        )
        for number, (title, more) in enumerate(
            (("锅炉出厂资料", {}), ("锅炉检验报告", {"sensitivity": 4}), ("锅炉改造草稿", {"state": "draft"})), 1
        )
    ]
    first = papers.get_item(_shared_portal.archive, shelf[0].item_id)
    assert first.volume_id is not None
    return first.volume_id, shelf


def test_a_volume_lists_the_pieces_that_may_be_known(portal: Portal, volume: tuple[str, list[Paper]]) -> None:
    volume_id, _ = volume
    html = portal.browser("publicity").get(f"/volumes/{volume_id}").text
    assert "三号锅炉" in html
    assert "锅炉出厂资料" in html
    assert "锅炉检验报告" in html
    assert "锅炉改造草稿" not in html
    assert "需申请后阅读" in html or "须" in html
    with portal.archive.database.reading() as session:
        assert session.get_one(CaseVolume, volume_id).archival_code == "H002-KJ·SB·TZ-901"


def test_a_piece_leads_to_its_volume_and_back(portal: Portal, volume: tuple[str, list[Paper]]) -> None:
    volume_id, shelf = volume
    assert f"/volumes/{volume_id}" in item(portal, "publicity", shelf[0].item_id)
    assert f"/items/{shelf[0].item_id}" in portal.browser("publicity").get(f"/volumes/{volume_id}").text
    assert read_events(portal.archive, "volume:view")[-1].object_id == volume_id


def test_a_volume_of_hidden_pieces_is_missing(portal: Portal, volume: tuple[str, list[Paper]]) -> None:
    record = papers.shelve(
        portal.archive,
        papers.make_pdf(),
        papers.read_pages(),
        class_code="ZY·BL·ZY",
        sensitivity=4,
        department="BAS",
    )
    with portal.archive.database.writing() as session:
        hidden = CaseVolume(class_code="ZY·BL·ZY", title="住院病历", department="BAS", meta={})
        session.add(hidden)
        session.flush()
        session.merge(papers.get_item(portal.archive, record.item_id)).volume_id = hidden.id
    client = portal.browser("archivist")
    answers = [client.get(f"/volumes/{volume_id}") for volume_id in (hidden.id, str(uuid4()))]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({CHANGING.sub("", answer.text) for answer in answers}) == 1
    for who in ADMINISTRATORS:
        assert portal.browser(who).get(f"/volumes/{volume[0]}").status_code == 404
