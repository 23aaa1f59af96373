"""Page images over HTTP from a web process as the Procfile starts it: first view, from cache, stamped."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from archive.access.actor import SYSTEM
from archive.models import Grant, Item, utc_now
from bench.figures import Report, Spread, timed
from bench.installation import Installation, NotDoneError
from indexer import demo

PAPERS = (
    "S01",
    "S02",
    "S05",
    "S14",
    "S16",
    "S17",
    "S18",
    "S20",
    "S21",
    "S22",
    "S24",
    "S29",
    "S44",
    "S47",
    "S48",
    "S50",
)
"""Scans of letters, forms and one drawing as TIFF, JPEG and PDF, and born-digital PDF."""
ROUNDS = 5
CONNECTIONS = 8
"""So many visits meet every web process before the clock starts, so that its children run."""
READER, GUEST = "archivist", "authority"
"""Who reads by the rules of the class, and who by a grant and therefore sees stamped pages."""


def run(report: Report, place: Installation) -> None:
    """Takes sample papers in, then looks at every page of them."""
    with place.running("worker", "beat"):
        place.take_in(demo.FILES, _write_manifest(place.folder / "manifest.csv"))
        place.wait_until_done()
    _grant_everything(place)
    with place.running("web"):
        pages = list(_iter_pages(place))
        for _ in range(CONNECTIONS):
            with place.visit(READER) as http:
                _get(http, f"{pages[0]}?size=thumb")
        with place.visit(READER) as http:
            first = [timed(lambda: _get(http, page)) for page in pages]  # noqa: B023 - called at once
            cached = [timed(lambda: _get(http, page)) for _ in range(ROUNDS) for page in pages]  # noqa: B023
        with place.visit(GUEST) as http:
            shown = [page for page in pages if _is_stamped(http, page)]
            stamped = [timed(lambda: _get(http, page)) for _ in range(ROUNDS) for page in shown]  # noqa: B023
    for label, seconds, limit in (("first view", first, 150), ("from cache", cached, 15), ("stamped", stamped, 60)):
        spread = Spread.of(seconds)
        note = f"{spread.describe()}, {len(seconds)} answers"
        report.add("images", f"page image, {label}, median", spread.median, "ms", goal=f"<= {limit}", note=note)


def _write_manifest(target: Path) -> Path:
    """The rows of the demo's manifest for PAPERS."""
    with demo.MANIFEST.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8") as copy:
        rows = csv.reader(source)
        head = next(rows)
        chosen = (row for row in rows if Path(row[head.index("path")]).name[:3] in PAPERS)
        csv.writer(copy).writerows([head, *chosen])
    return target


def _iter_pages(place: Installation) -> Iterator[str]:
    """Addresses of the pages with images that the reader may read."""
    with place.visit(READER) as http:
        for file in place.list_files():
            is_drawn = file.media_type == "application/pdf" or file.media_type.startswith("image/")
            if is_drawn and http.get(f"/api/v1/files/{file.id}/text").status_code == httpx.codes.OK:
                yield from (f"/api/v1/files/{file.id}/pages/{n}" for n in range(1, (file.page_count or 0) + 1))


def _get(http: httpx.Client, page: str) -> httpx.Response:
    answer = http.get(page).raise_for_status()
    if not answer.headers["Content-Type"].startswith("image/"):
        raise NotDoneError(page)
    return answer


def _is_stamped(http: httpx.Client, page: str) -> bool:
    """Whether the guest sees the page, and with a stamp: such answers are kept nowhere. Draws what is not drawn yet."""
    answer = http.get(page)
    return answer.status_code == httpx.codes.OK and "no-store" in answer.headers["Cache-Control"]


def _grant_everything(place: Installation) -> None:
    guest = place.get_user(GUEST)
    with place.archive.database.writing() as session:
        for code in session.scalars(select(Item.class_code).distinct()):
            session.add(
                Grant(
                    user_id=guest.id,
                    class_code=code,
                    rights=["read"],
                    level=3,
                    reason="measuring",
                    granted_by=SYSTEM.id,
                    valid_until=utc_now() + timedelta(hours=1),
                )
            )
