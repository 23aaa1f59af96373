"""A small archive at work: accounts, documents of each kind made on the spot, a worker in this process."""

from __future__ import annotations

import email.message
import io
import os
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
from elasticsearch import Elasticsearch
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select, update

from archive import catalogue, intake, outbox, setup
from archive.access.actor import SYSTEM, Actor, Role
from archive.catalogue import Description
from archive.models import File, Item, Job, Outbox, utc_now
from archive.outbox import Topic
from archive.record import Archive
from archive.states import State
from config import Config
from indexer.worker import Worker
from mappings import fields
from mappings.aliases import Kind, alias_name

DEPARTMENTS = (
    setup.NewDepartment("HQB", "后勤保障部", functions=("engineering",)),
    setup.NewDepartment("BAS", "病案室"),
)
ARCHIVIST = Actor("a" * 36, "x", frozenset({Role.ARCHIVIST}), frozenset({"staff", "archivist"}), clearance=3)
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def make_archive(config: Config, folder: Path, database_url: str) -> Archive:
    """An archive with its own folders, database and indices on the servers of `config`."""
    own = replace(
        config,
        data=folder / "data",
        keys=folder / "keys",
        database_url=database_url,
        index_prefix=f"{config.index_prefix}-{uuid.uuid4().hex[:6]}",
    )
    setup.create_keys(own)
    setup.migrate(own)
    archive = Archive.open(own)
    setup.seed(archive, DEPARTMENTS)
    return archive


def environ(archive: Archive) -> dict[str, str]:
    """What makes a child process work on this archive."""
    config = archive.config
    return os.environ | {
        "GUIDANG_DATA": str(config.data),
        "GUIDANG_KEYS": str(config.keys),
        "GUIDANG_INDEX_PREFIX": config.index_prefix,
        "DATABASE_URL": config.database_url,
        "ELASTICSEARCH_URL": config.elasticsearch_url,
        "ELASTICSEARCH_USER": config.elasticsearch_user,
        "ELASTICSEARCH_PASSWORD": config.elasticsearch_password,
        "TIKA_URL": ",".join(config.tika_urls),
        "REDIS_URL": config.redis_url,
    }


def describe(title: str, **more: Any) -> Description:
    return Description(**{"title": title, "class_code": "WS·HQ", "department": "HQB", "state": State.FILED} | more)


def register(archive: Archive, title: str, **more: Any) -> str:
    """A catalogue record; its id."""
    with archive.database.writing() as session:
        return catalogue.create_item(session, archive, SYSTEM, describe(title, **more)).id


def hand_in(archive: Archive, data: bytes, name: str, *, item_id: str | None = None, **more: Any) -> str:
    """A file, with a record of its own unless one is given; the file's id."""
    stored = intake.store(archive, io.BytesIO(data))
    with archive.database.writing() as session:
        if item_id is None:
            item = catalogue.create_item(session, archive, SYSTEM, describe(Path(name).stem, **more))
        else:
            item = session.get_one(Item, item_id)
        job = intake.open_job(session, SYSTEM, "test")
        return intake.register(session, archive, SYSTEM, item, stored, name=name, job=job).id


def drain(worker: Worker) -> None:
    """Works until nothing is due."""
    while sum(worker.work(topic) for topic in Topic):
        pass


def let_time_pass(archive: Archive) -> None:
    """Leases run out and delays end."""
    past = utc_now() - timedelta(seconds=1)
    with archive.database.writing() as session:
        session.execute(update(Outbox).values(due_at=past))
        session.execute(update(Outbox).where(Outbox.leased_until.is_not(None)).values(leased_until=past))


def get_file(archive: Archive, file_id: str) -> File:
    with archive.database.reading() as session:
        file = session.get_one(File, file_id)
        _ = file.item, file.pages
        return file


def get_item(archive: Archive, item_id: str) -> Item:
    with archive.database.reading() as session:
        return session.get_one(Item, item_id)


def get_job(archive: Archive, file_id: str) -> Job:
    with archive.database.reading() as session:
        return session.get_one(Job, session.get_one(File, file_id).job_id)


def count_open(archive: Archive) -> int:
    with archive.database.reading() as session:
        return outbox.count_open(session)


def list_open(archive: Archive) -> list[Outbox]:
    with archive.database.reading() as session:
        return list(session.scalars(select(Outbox)))


@dataclass(frozen=True)
class Index:
    """What the engine holds for one archive."""

    client: Elasticsearch
    prefix: str

    def refresh(self) -> None:
        self.client.indices.refresh(index=f"{self.prefix}-*")

    def alias(self, kind: Kind) -> str:
        return alias_name(self.prefix, kind)

    def find(self, kind: Kind, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.refresh()
        answer = self.client.search(index=self.alias(kind), query=query or {"match_all": {}}, size=1000, version=True)
        return [{"_id": hit["_id"], "_version": hit["_version"], **hit["_source"]} for hit in answer["hits"]["hits"]]

    def find_words(self, words: str) -> set[str]:
        """Ids of the records whose content holds the words as a phrase."""
        found = self.find(Kind.ITEMS, {"match_phrase": {fields.CONTENT: words}})
        return {hit["_id"] for hit in found}

    def page_ids(self) -> set[str]:
        return {hit["_id"] for hit in self.find(Kind.PAGES)}


def make_docx(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return _saved(document)


def make_xlsx(*rows: tuple[str, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return _saved(book)


def make_pdf(*pages: str) -> bytes:
    """Text layer, one line a page."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for text in pages:
        canvas.setFont("STSong-Light", 14)
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_image(text: str) -> Image.Image:
    image = Image.new("L", (900, 260), 255)
    ImageDraw.Draw(image).text((60, 90), text, font=ImageFont.truetype(FONT, 44), fill=0)
    return image


def make_page(text: str) -> bytes:
    """An image of one page."""
    out = io.BytesIO()
    make_image(text).save(out, "PNG")
    return out.getvalue()


def make_scan(*pages: str) -> bytes:
    """A TIFF of several pages, without any text in it but its pixels."""
    images = [make_image(text) for text in pages]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], compression="tiff_lzw", dpi=(200, 200))
    return out.getvalue()


def make_scanned_sheets() -> bytes:
    """Two sheets scanned on both sides: A4 in grey at 150 dots an inch, the backs unwritten."""
    chance, size, sides = np.random.default_rng(2), (1240, 1754), []
    for text, shine in (("消防水泵记录", 0.0), ("电梯年检合格", 0.12)):
        front = Image.new("L", size, 255)
        ImageDraw.Draw(front).text((160, 200), text, font=ImageFont.truetype(FONT, 44), fill=20)
        through = front.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(3))
        back = 255 - (255 - np.asarray(through, dtype=np.float32)) * shine
        for side in (np.asarray(front, dtype=np.float32), back):
            grained = side - 15 + chance.normal(0, 2, side.shape)
            sides.append(Image.fromarray(np.clip(grained, 0, 255).astype(np.uint8)))
    out = io.BytesIO()
    sides[0].save(out, "TIFF", save_all=True, append_images=sides[1:], compression="tiff_lzw", dpi=(150, 150))
    return out.getvalue()


def make_mixed_pdf(text: str, scanned: str) -> bytes:
    """A page with a text layer and a page that is an image."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("STSong-Light", 14)
    canvas.drawString(72, 700, text)
    canvas.showPage()
    picture = io.BytesIO()
    make_image(scanned).convert("RGB").save(picture, "PNG")
    picture.seek(0)
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(picture), 20, 400, width=550, height=160)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_mail(subject: str, body: str) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content(body)
    return message.as_bytes()


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
