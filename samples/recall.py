"""Reads every scan with the portal's recognition engine: `python -m samples.recall`. How much of the text comes back?

Two shares per file: characters of the body that were read (as a bag, because forms have no single reading order), and
phrases between punctuation that were read without a slip.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageSequence
from rapidocr import RapidOCR

from samples.records import HAND_MARK, Record, load_records
from samples.render import FILES
from samples.sheet import DPI

UNWRITTEN = (HAND_MARK, "铅笔批注：", "（签字）")
"""Hints of the body that are not on the paper."""
PARAMS = {"Global.use_cls": False, "Rec.rec_batch_num": 1, "EngineConfig.onnxruntime.intra_op_num_threads": 1}


def iter_pages(path: Path) -> Iterator[Image.Image]:
    """Page images of a scan."""
    if path.suffix == ".pdf":
        for page in pypdfium2.PdfDocument(path):
            yield page.render(scale=DPI / 72).to_pil().convert("RGB")
        return
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            yield frame.convert("RGB")


def read(engine: RapidOCR, path: Path) -> str:
    """All recognised lines of a file."""
    lines: list[str] = []
    for page in iter_pages(path):
        lines += getattr(engine(np.asarray(page)[:, :, ::-1]), "txts", None) or ()
    return "\n".join(lines)


def fold(text: str) -> str:
    """Letters, digits and Han only, in one width and case."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def shares(record: Record, seen: str) -> tuple[float, float, list[str]]:
    """Share of characters, share of phrases, and the phrases that were missed."""
    body = record.body
    for hint in UNWRITTEN:
        body = body.replace(hint, "")
    want, got = Counter(fold(body)), Counter(fold(seen))
    phrases = [phrase for part in re.split(r"[\s，。；：、（）()|《》“”]+", body) if (phrase := fold(part))]
    missed = [phrase for phrase in phrases if phrase not in fold(seen)]
    return (want & got).total() / want.total(), 1 - len(missed) / len(phrases), missed


def main(wanted: list[str]) -> int:
    """Prints one line a scan and the means; exits 1 when a file falls below nine characters in ten."""
    engine, table = RapidOCR(params=PARAMS), []
    for record in load_records():
        if record.render.kind in ("scan", "drawing") and (not wanted or record.sample_id in wanted):
            characters, phrases, missed = shares(record, read(engine, FILES / record.file))
            table.append((characters, phrases))
            print(
                f"{record.sample_id} {record.render.look:9} {characters:.3f} {phrases:.3f}  {' '.join(missed)}",
                flush=True,
            )
    print("mean", *(f"{sum(column) / len(table):.3f}" for column in zip(*table, strict=True)))
    return int(min(characters for characters, _ in table) < 0.9)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
