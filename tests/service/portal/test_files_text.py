"""Text and hit boxes by REST: masked alike, at the places where the words stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import portal_papers as papers
from tests.portal_papers import LEFT, NAME, PHONE, SIZE, Paper, top_of
from tests.portal_world import Portal, read_events


@pytest.fixture(scope="module")
def paper(_shared_portal: Portal) -> Paper:
    return papers.shelve(_shared_portal.archive, papers.make_pdf(), papers.read_pages())


def text(portal: Portal, who: str, paper: Paper) -> list[str]:
    return [page["text"] for page in portal.call(who, f"/files/{paper.file_id}/text").json["pages"]]


def boxes(portal: Portal, who: str, paper: Paper, page: int, query: str) -> list[dict[str, object]]:
    answer = portal.call(who, f"/files/{paper.file_id}/pages/{page}/boxes", query_string={"q": query})
    assert (answer.json["width"], answer.json["height"]) == (papers.WIDTH, papers.HEIGHT)
    hits: list[dict[str, object]] = answer.json["hits"]
    return hits


def test_text_comes_by_page_with_its_confidence(portal: Portal, paper: Paper) -> None:
    pages = portal.call("logistics", f"/files/{paper.file_id}/text").json["pages"]
    assert [page["page"] for page in pages] == [1, 2, 3]
    assert [page["text"] for page in pages] == ["\n".join(lines) for lines in papers.PAGES]
    assert all(page["confidence"] is None for page in pages)
    assert read_events(portal.archive, "file:text")[-1].object_id == paper.file_id


def test_text_is_masked_in_place(portal: Portal, paper: Paper) -> None:
    full, masked = text(portal, "logistics", paper), text(portal, "archivist", paper)
    assert [len(page) for page in full] == [len(page) for page in masked]
    assert (masked[0], masked[2]) == (full[0], full[2])
    assert PHONE in full[1]
    assert PHONE not in masked[1]
    assert NAME not in masked[1]
    assert "139****0031" in masked[1]


def test_pages_read_so_far_are_there_while_others_wait(portal: Portal) -> None:
    pages = [papers.read_pages()[0], papers.PageText(2, papers.WIDTH, papers.HEIGHT, (), "")]
    working = papers.shelve(portal.archive, papers.make_pdf(), pages, outcome="")
    found = portal.call("logistics", f"/files/{working.file_id}/text").json["pages"]
    assert [page["page"] for page in found] == [1]


def test_boxes_lie_over_the_words(portal: Portal, paper: Paper) -> None:
    (hit,) = boxes(portal, "logistics", paper, 1, "维护")
    assert hit["text"] == "维护"
    assert hit["boxes"] == [[LEFT + 2 * SIZE, top_of(1), LEFT + 4 * SIZE, top_of(1) + SIZE]]


def test_a_hit_over_two_lines_has_two_boxes(portal: Portal) -> None:
    words = ("这里写着电梯", "困人救援")
    paper = papers.shelve(portal.archive, papers.make_pdf([words]), papers.read_pages([words]))
    (hit,) = boxes(portal, "logistics", paper, 1, "电梯困人")
    assert hit["boxes"] == [
        [LEFT + 4 * SIZE, top_of(0), LEFT + 6 * SIZE, top_of(0) + SIZE],
        [LEFT, top_of(1), LEFT + 2 * SIZE, top_of(1) + SIZE],
    ]


def test_masked_words_cannot_be_felt_for(portal: Portal, paper: Paper) -> None:
    for query in (PHONE, NAME, f"电话{PHONE}"):
        assert boxes(portal, "logistics", paper, 2, query), query
        assert not any(PHONE in str(hit) or NAME in str(hit) for hit in boxes(portal, "archivist", paper, 2, query))
    assert not boxes(portal, "archivist", paper, 2, PHONE)
    assert not boxes(portal, "archivist", paper, 2, NAME)


@pytest.mark.parametrize("query", ["", " ", '"', "((((", "文号:", "\x00", "😀", "-" * 50, "* OR *"])
def test_odd_queries_are_answered(portal: Portal, paper: Paper, query: str) -> None:
    assert boxes(portal, "logistics", paper, 1, query) == []


def test_an_endless_query_is_refused_before_the_file_is_opened(portal: Portal, paper: Paper) -> None:
    before = len(read_events(portal.archive, "file:boxes"))
    answer = portal.call("logistics", f"/files/{paper.file_id}/pages/1/boxes", query_string={"q": "长" * 5000})
    assert 400 <= answer.status_code < 500
    assert answer.json["error"]["code"] != "internal"
    assert len(read_events(portal.archive, "file:boxes")) == before


def test_wrapped_lines_are_joined_after_masking_and_boxes_stay_by_line(portal: Portal) -> None:
    words = (f"电梯困人时请立即联系{NAME}并拨打电话{PHONE}说明电梯所", "在楼层与被困人数")
    first, second = papers.read_lines(words)
    second = replace(second, box=(LEFT, top_of(0) + 1.5 * SIZE, second.edges[-1], top_of(0) + 2.5 * SIZE))
    page = replace(papers.read_page(1, ()), lines=(first, second))
    paper = papers.shelve(portal.archive, papers.make_pdf([words]), [page])
    assert text(portal, "logistics", paper) == ["".join(words)]
    (masked,) = text(portal, "archivist", paper)
    assert len(masked) == len("".join(words))
    assert "139****0031说明电梯所在楼层" in masked
    hit = boxes(portal, "archivist", paper, 1, "所在楼层")[-1]
    assert [box[1] for box in hit["boxes"]] == [top_of(0), top_of(0) + 1.5 * SIZE]  # type: ignore[attr-defined]
