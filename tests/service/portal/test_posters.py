"""The picture of a film, drawn by a child of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from render.errors import ToolError
from render.memory_file import MemoryFile
from render.programs import POSTERS
from render.sandbox import SandboxPool
from tests import portal_papers as papers
from tests.films import HEIGHT, WIDTH, write_film
from tests.portal_world import Portal


@pytest.fixture(scope="module")
def posters() -> Iterator[SandboxPool]:
    pool = SandboxPool(1, POSTERS)
    yield pool
    pool.close()


def draw(pool: SandboxPool, data: bytes, **params: object) -> Image.Image:
    with MemoryFile(data) as film:
        answer, pixels = pool.call("poster.render", {"page": 1, **params}, film)
    return Image.frombytes("RGB", (answer["width"], answer["height"]), pixels)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.mkv", "mp4v"), ("a.webm", "VP80")]
)
def test_a_frame_that_shows_something_is_chosen(posters: SandboxPool, tmp_path: Path, name: str, codec: str) -> None:
    image = draw(posters, write_film(tmp_path / name, codec=codec))
    assert image.size == (WIDTH, HEIGHT)
    red, _, blue = image.getpixel((20, 20))
    assert blue > 150 > 100 > red, "the field, in its colours"
    assert min(image.getpixel((150, 90))) > 200, "the square"


def test_it_is_drawn_as_small_as_asked_for(posters: SandboxPool, tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4")
    assert draw(posters, film, longest=160).size == (160, 90)
    assert draw(posters, film, max_pixels=WIDTH * HEIGHT // 4).size == (WIDTH // 2, HEIGHT // 2)


@pytest.mark.parametrize("end", [0.02, 0.5])
def test_a_broken_film_is_damaged_or_shows_what_is_left(posters: SandboxPool, tmp_path: Path, end: float) -> None:
    film = write_film(tmp_path / "a.avi", codec="MJPG")
    if end > 0.1:
        assert draw(posters, film[: int(len(film) * end)]).size == (WIDTH, HEIGHT)
        return
    with pytest.raises(ToolError, match="damaged"):
        draw(posters, film[: int(len(film) * end)])
    with pytest.raises(ToolError, match="damaged"):
        draw(posters, b"\x00\x00\x00\x18ftypmp42" + bytes(500))


def test_only_the_one_picture_is_there(posters: SandboxPool, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="page_not_found"):
        draw(posters, write_film(tmp_path / "a.mp4"), page=2)


def test_a_film_is_known_by_its_picture_and_sound_has_none(portal: Portal, tmp_path: Path) -> None:
    said = [papers.read_page(1, ("消防演练录像",))]
    film = write_film(tmp_path / "a.mp4")
    film_id = papers.shelve(portal.archive, film, said, name="演练.mp4", media_type="video/mp4").file_id
    sound_id = papers.shelve(portal.archive, b"ID3", said, name="会议.mp3", media_type="audio/mpeg").file_id
    answer = portal.call("logistics", f"/files/{film_id}/pages/1", query_string={"size": "thumb"})
    assert (answer.status_code, max(papers.open_image(answer.data).size)) == (200, 240)
    assert portal.call("logistics", f"/files/{film_id}/pages/2").status_code == 404
    assert portal.call("logistics", f"/files/{sound_id}/pages/1").status_code == 404
    assert portal.call("publicity", f"/files/{film_id}/pages/1").status_code in (403, 404)


def test_a_locked_file_has_no_picture(portal: Portal) -> None:
    locked = papers.shelve(portal.archive, b"%PDF-1.4 locked", [], outcome="unreadable", reason="encrypted")
    page = portal.browser("logistics").get(f"/items/{locked.item_id}").text
    assert "/pages/1/image" not in page
    readable = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages())
    assert "/pages/1/image" in portal.browser("logistics").get(f"/items/{readable.item_id}").text
