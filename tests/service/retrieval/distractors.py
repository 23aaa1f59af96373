"""Records that are not the answer: as many as asked for, of the same words as the demo records.

Titles and texts are put together from pieces of the demo records with other digits. A candidate that holds every word
of a golden query would be an answer, so it is left out; everything else stays, however close. The stream is the same
every time and holds one record in memory at a time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import count, islice

from mappings.analysis import split_segments
from mappings.dates import parse_date
from mappings.documents import ItemDocument
from mappings.fold import fold
from retrieval.language import parse_query
from samples.records import load_records
from tests.service.retrieval.world import DEPARTMENTS

CLASSES = (
    ("KJ", "KJ·JJ", "KJ·JJ·03"),
    ("KJ", "KJ·JJ", "KJ·JJ·08"),
    ("KJ", "KJ·SB", "KJ·SB·YL"),
    ("WS", "WS·XZ"),
    ("WS", "WS·HQ"),
    ("ZY", "ZY·HT"),
    ("ZY", "ZY·HQ", "ZY·HQ·DT"),
    ("KU", "KU·01"),
)
SCOPES = ("本部门", "本部门", "全院")
CODES = tuple(code for code, _ in DEPARTMENTS.values())
DAYS = tuple(f"{year}{month:02}{day:02}" for year in range(1995, 2025) for month in range(1, 13) for day in (3, 11, 24))


def iter_distractors(number: int, queries: Sequence[str], *, seed: int = 7) -> Iterator[ItemDocument]:
    """`number` documents; `queries` are the golden queries that none of them may answer."""
    return islice(_iter_all(queries, random.Random(seed)), number)


def _iter_all(queries: Sequence[str], rng: random.Random) -> Iterator[ItemDocument]:
    titles, bodies = _pieces()
    answers = [words for query in queries if (words := parse_query(query).words)]
    digits = [str.maketrans("0123456789", "".join(rng.sample("0123456789", 10))) for _ in range(200)]
    for serial in count():
        while True:
            title = "".join(rng.choices(titles, k=rng.choice((1, 2, 2, 3)))).translate(rng.choice(digits))
            body = "。".join(rng.choices(bodies, k=3)).translate(rng.choice(digits))
            text = fold(f"{title} {body}")
            if not any(all(word in text for word in words) for words in answers):
                break
        yield _document(serial, title, body, rng)


def _pieces() -> tuple[list[str], list[str]]:
    records = load_records()
    titles = [piece for record in records for piece in re.findall(r"[^（）()《》的及 ]{2,12}", record.title)]
    bodies = [piece for record in records for piece in split_segments(record.body) if 4 <= len(piece) <= 40]
    return titles, bodies


def _document(serial: int, title: str, body: str, rng: random.Random) -> ItemDocument:
    path, day = rng.choice(CLASSES), rng.choice(DAYS)
    return ItemDocument(
        id=f"99999999-0000-4000-8000-{serial:012d}",
        revision=1,
        title=title[:100],
        class_code=path[-1],
        class_path=path,
        department=rng.choice(CODES),
        state="filed",
        sensitivity=rng.choice((2, 2, 2, 3)),
        reading_scope=rng.choice(SCOPES),
        archival_code=f"H002-{path[-1]}·{day[:4]}·D30-{serial + 100000}",
        content=(body,),
        year=int(day[:4]),
        date=parse_date(day),
        date_text=day,
        origin="数字化",
        extraction=("searchable",),
    )
