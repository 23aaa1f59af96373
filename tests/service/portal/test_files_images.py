"""Page images: form, size, masks, stamps, cache, validators, events."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from werkzeug.test import TestResponse

from archive.models import Event
from archive.reasons import Outcome
from portal.files.drawing import get_images
from portal.images import Form, Size, Subject
from portal.page_cache import PageCache
from tests import portal_papers as papers
from tests.portal_papers import HEIGHT, LEFT, PHONE, SIZE, WIDTH, Paper, darkest_and_lightest, open_image, top_of
from tests.portal_world import Portal, read_events

PHONE_BOX = (LEFT + 8.5 * SIZE + 2, top_of(0) + 2, LEFT + 8.5 * SIZE + len(PHONE) * SIZE / 2 - 2, top_of(0) + SIZE - 2)
"""Where the number stands on page 2, a little inside."""


@pytest.fixture(scope="module")
def paper(_shared_portal: Portal) -> Paper:
    return papers.shelve(_shared_portal.archive, papers.make_pdf(), papers.read_pages())


def image(portal: Portal, who: str, paper: Paper, page: int = 1, **options: object) -> TestResponse:
    return portal.call(who, f"/files/{paper.file_id}/pages/{page}", **options)


def test_a_page_is_jpeg_by_default_and_png_when_asked(portal: Portal, paper: Paper) -> None:
    plain = image(portal, "logistics", paper)
    assert (plain.status_code, plain.mimetype, plain.data[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert image(portal, "logistics", paper, headers={"Accept": "image/*"}).mimetype == "image/jpeg"
    png = image(portal, "logistics", paper, headers={"Accept": "image/png"})
    assert (png.mimetype, png.data[:4]) == ("image/png", b"\x89PNG")


@pytest.mark.parametrize(("name", "longest"), [("thumb", 240), ("100", 1286), ("150", 1930), ("200", 2573)])
def test_sizes_are_those_of_the_list(portal: Portal, paper: Paper, name: str, longest: int) -> None:
    answer = image(portal, "logistics", paper, query_string={"size": name})
    assert abs(max(open_image(answer.data).size) - longest) <= 2


@pytest.mark.parametrize("name", ["0", "99", "400", "-100", "thumb2", "100.0", "１００", "x" * 900])
def test_other_sizes_are_not_drawn(portal: Portal, paper: Paper, name: str) -> None:
    assert image(portal, "logistics", paper, query_string={"size": name}).status_code == 404


@pytest.mark.parametrize("page", [0, 4, 99999999999999999999])
def test_a_page_that_is_not_there_is_missing(portal: Portal, paper: Paper, page: int) -> None:
    answer = image(portal, "logistics", paper, page)
    assert answer.status_code == 404
    assert set(answer.json["error"]) >= {"code", "message", "request_id"}


def test_the_mask_is_burnt_in_for_those_without_the_right(portal: Portal, paper: Paper) -> None:
    for form in ("image/jpeg", "image/png"):
        masked = open_image(image(portal, "archivist", paper, 2, headers={"Accept": form}).data)
        plain = open_image(image(portal, "logistics", paper, 2, headers={"Accept": form}).data)
        assert darkest_and_lightest(masked, PHONE_BOX)[1] <= 8, "black all over"
        assert darkest_and_lightest(plain, PHONE_BOX)[1] >= 200, "paper between the digits"
        below = (LEFT, top_of(1), LEFT + 10 * SIZE, top_of(1) + SIZE)
        assert darkest_and_lightest(masked, below)[1] >= 200, "other lines stay"


def test_every_size_is_masked(portal: Portal, paper: Paper) -> None:
    for name in ("thumb", "100", "150", "200"):
        masked = open_image(image(portal, "archivist", paper, 2, query_string={"size": name}).data)
        inside = tuple(edge + margin for edge, margin in zip(PHONE_BOX, (2, 2, -2, -2), strict=True))
        assert darkest_and_lightest(masked, inside)[1] <= 16, name  # type: ignore[arg-type]


def test_a_changed_mask_never_meets_the_old_image(portal: Portal) -> None:
    archive = portal.archive
    words = ("甲乙丙丁戊己", "无关文字")
    paper = papers.shelve(archive, papers.make_pdf([words]), papers.read_pages([words]))
    box = (LEFT + 2, top_of(0) + 2, LEFT + 2 * SIZE - 2, top_of(0) + SIZE - 2)
    assert darkest_and_lightest(open_image(image(portal, "archivist", paper).data), box)[1] >= 200
    with archive.database.writing() as session:
        item = session.merge(papers.get_item(archive, paper.item_id))
        item.sealed = archive.sealer.seal("item", '{"persons": ["甲乙"]}'.encode(), item.id.encode())
    assert darkest_and_lightest(open_image(image(portal, "archivist", paper).data), box)[1] <= 8


def test_an_unsure_line_is_hidden_whole(portal: Portal) -> None:
    words = (f"签字处电话{PHONE}",)
    pages = [papers.read_page(1, words, confidence=0.7)]
    paper = papers.shelve(portal.archive, papers.make_pdf([words]), pages)
    masked = open_image(image(portal, "archivist", paper).data)
    assert darkest_and_lightest(masked, (LEFT + 2, top_of(0) + 2, LEFT + 5 * SIZE, top_of(0) + SIZE - 2))[1] <= 8


def test_a_tiff_shows_its_frames(portal: Portal) -> None:
    blank = [papers.PageText(n, 1240, 1754, (), "test") for n in (1, 2)]
    paper = papers.shelve(portal.archive, papers.make_tiff(), blank, name="扫描.tif", media_type="image/tiff")
    frames = [open_image(image(portal, "logistics", paper, page).data) for page in (1, 2)]
    second_bar = (60.0, 88.0, 500.0, 94.0)
    assert darkest_and_lightest(frames[0], second_bar)[0] > 200
    assert darkest_and_lightest(frames[1], second_bar)[1] < 60


def test_office_documents_have_no_page_image(portal: Portal) -> None:
    page = papers.PageText(1, 0, 0, (papers.Line("文字"),), "tika")
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    paper = papers.shelve(portal.archive, b"PK...", [page], name="通知.docx", media_type=word)
    answer = image(portal, "logistics", paper)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "no_page_image")
    small = portal.browser("logistics").get(f"/files/{paper.file_id}/pages/1/image?size=thumb")
    assert (small.status_code, "no-picture.svg" in small.location) == (302, True), "lists show a blank sheet"


def test_an_unread_page_is_withheld_from_those_who_see_masks(portal: Portal) -> None:
    pages = [*papers.read_pages()[:1], papers.PageText(2, WIDTH, HEIGHT, (), "")]
    paper = papers.shelve(portal.archive, papers.make_pdf(), pages, outcome="")
    assert image(portal, "archivist", paper, 1).status_code == 200
    refused = image(portal, "archivist", paper, 2)
    assert (refused.status_code, refused.json["error"]["reason"]) == (403, "page_not_read")
    assert image(portal, "logistics", paper, 2).status_code == 200


def test_an_image_that_cannot_be_masked_is_withheld_in_personal_classes(portal: Portal) -> None:
    blank = [papers.PageText(1, WIDTH, HEIGHT, (), "test")]
    paper = papers.shelve(
        portal.archive, papers.make_pdf(), blank, class_code="ZY·BL·ZY", sensitivity=4, outcome=Outcome.EMPTY
    )
    given = papers.grant(portal.archive, portal.user("publicity").id, paper.item_id, "read", level=4)
    refused = image(portal, "publicity", paper)
    assert (refused.status_code, refused.json["error"]["reason"]) == (403, "page_not_maskable")
    papers.revoke(portal.archive, given)


def test_nobody_sees_a_quarantined_file(portal: Portal) -> None:
    paper = papers.shelve(
        portal.archive, papers.make_pdf(), papers.read_pages(), outcome=Outcome.QUARANTINED, reason="virus"
    )
    for path in ("", "/text", "/pages/1", "/pages/1/boxes?q=x"):
        answer = portal.call("archivist", f"/files/{paper.file_id}{path}")
        assert answer.status_code == 403, path
        assert "病毒" in answer.json["error"]["message"]


def test_a_damaged_document_says_so(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, b"%PDF-1.7 and no more", papers.read_pages())
    answer = image(portal, "logistics", paper)
    assert (answer.status_code, answer.json["error"]["reason"]) == (503, "damaged")


def test_readers_by_grant_see_their_mark_and_others_do_not(portal: Portal, paper: Paper) -> None:
    reader = portal.user("publicity")
    assert image(portal, "publicity", paper).status_code == 403
    given = papers.grant(portal.archive, reader.id, paper.item_id, "read")
    stamped, plain = image(portal, "publicity", paper), image(portal, "archivist", paper)
    papers.revoke(portal.archive, given)
    difference = ImageChops.difference(open_image(stamped.data), open_image(plain.data)).convert("L")
    inked = sum(difference.histogram()[20:]) / (difference.width * difference.height)
    assert 0.01 < inked < 0.3
    strongest = difference.getextrema()[1]
    assert 0.15 * 255 <= strongest <= 0.35 * 255, "15-25 % grey, with what JPEG adds"
    assert stamped.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in stamped.headers
    assert plain.headers["Cache-Control"].startswith("private, max-age=")
    assert image(portal, "publicity", paper).status_code == 403, "the grant was revoked"


def test_officers_of_the_authority_see_their_mark(portal: Portal, paper: Paper) -> None:
    given = papers.grant(portal.archive, portal.user("officer").id, paper.item_id, "read")
    stamped = image(portal, "officer", paper)
    papers.revoke(portal.archive, given)
    assert stamped.headers["Cache-Control"] == "private, no-store"
    assert stamped.data != image(portal, "archivist", paper).data


def cache_files(portal: Portal) -> set[Path]:
    return {path for path in (portal.archive.config.data / "cache" / "pages").rglob("*") if path.is_file()}


def test_the_cache_holds_sealed_images_and_never_stamped_ones(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages())
    before = cache_files(portal)
    image(portal, "archivist", paper)
    (made,) = cache_files(portal) - before
    content = made.read_bytes()
    assert b"\xff\xd8\xff" not in content
    assert b"JFIF" not in content
    assert paper.file_id not in str(made)
    assert made.stat().st_mode & 0o077 == 0
    given = papers.grant(portal.archive, portal.user("publicity").id, paper.item_id, "read")
    image(portal, "publicity", paper)
    papers.revoke(portal.archive, given)
    assert cache_files(portal) - before == {made}, "the stamp was drawn on the cached image and not kept"


def test_a_cached_page_is_not_drawn_again_and_a_damaged_entry_is(portal: Portal) -> None:
    paper = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages())
    before = cache_files(portal)
    first = image(portal, "logistics", paper).data
    (entry,) = cache_files(portal) - before
    other = image(portal, "logistics", paper, 3).data
    (foreign,) = cache_files(portal) - before - {entry}
    entry.write_bytes(foreign.read_bytes())
    assert image(portal, "logistics", paper).data == first, "an entry in the place of another is not believed"
    assert first != other
    file = papers.get_file(portal.archive, paper.file_id)
    portal.archive.vault.destroy(file.address)
    fresh = portal.again()  # nothing is kept open there
    assert image(fresh, "logistics", paper).data == first, "from the cache alone"
    entry.write_bytes(b"damaged")
    assert image(portal.again(), "logistics", paper).status_code >= 400


def test_the_cache_gives_up_what_was_longest_unused(portal: Portal) -> None:
    config = portal.archive.config
    cache = PageCache(portal.again(data=config.data / "small").archive, limit_bytes=100_000)
    names = [cache.name("image", number) for number in range(8)]
    for age, name in enumerate(names):
        cache.put(name, os.urandom(10_000))
        path = config.data / "small" / "cache" / "pages" / name[:2] / name
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    assert all(cache.find(name) for name in names[:2]), "used just now"
    for number in range(8, 14):
        cache.put(cache.name("image", number), os.urandom(10_000))
    kept = [bool(cache.find(name)) for name in names]
    assert kept[:2] == [True, True]
    assert not all(kept)
    assert kept[2:] == sorted(kept[2:]), "the oldest went first"


def test_validators_spare_the_bytes_but_not_the_event(portal: Portal, paper: Paper) -> None:
    first = image(portal, "logistics", paper)
    before = len(read_events(portal.archive, "file:view"))
    again = image(portal, "logistics", paper, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len(read_events(portal.archive, "file:view")) == before + 1
    assert {"Authorization", "Cookie", "Accept"} <= {part.strip() for part in first.headers["Vary"].split(",")}
    masked = image(portal, "archivist", paper, 2, headers={"If-None-Match": first.headers["ETag"]})
    assert masked.status_code == 200


def test_every_look_is_an_event_with_its_page(portal: Portal, paper: Paper) -> None:
    assert image(portal, "archivist", paper, 3).status_code == 200
    event: Event = read_events(portal.archive, "file:view")[-1]
    assert (event.object_id, event.detail["page"], event.verdict) == (paper.file_id, 3, "done")
    assert event.actor_id == portal.user("archivist").id
    image(portal, "publicity", paper)
    refused = read_events(portal.archive, "item:read")[-1]
    assert (refused.verdict, refused.object_id) == ("refused", paper.item_id)


def test_a_thumbnail_is_no_event_but_its_refusal_is(portal: Portal, paper: Paper) -> None:
    """Lists show them by the dozen; the search or page that shows them is on the trail."""
    seen, refused = (len(read_events(portal.archive, action)) for action in ("file:view", "item:read"))
    small = {"query_string": {"size": "thumb"}}
    assert image(portal, "archivist", paper, 2, **small).status_code == 200
    assert portal.browser("archivist").get(f"/files/{paper.file_id}/pages/2/image?size=thumb").status_code == 200
    assert len(read_events(portal.archive, "file:view")) == seen
    assert image(portal, "publicity", paper, 2, **small).status_code == 403
    assert len(read_events(portal.archive, "item:read")) == refused + 1
    assert image(portal, "archivist", paper, 2, query_string={"size": "100"}).status_code == 200
    assert len(read_events(portal.archive, "file:view")) == seen + 1


def test_two_threads_share_one_open_document(portal: Portal, paper: Paper) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with portal.app.app_context():
        images = get_images()
    address = papers.get_file(portal.archive, paper.file_id).address
    subject = [Subject(address, "application/pdf", page % 3 + 1) for page in range(12)]
    with ThreadPoolExecutor(6) as pool:
        sizes = pool.map(lambda at: images.get(subject[at], Size(dpi=40 + at), Form.PNG).data, range(12))
        widths = [Image.open(io.BytesIO(data)).width for data in sizes]
    assert widths == [pytest.approx((40 + at) * WIDTH / 72, abs=2) for at in range(12)]
