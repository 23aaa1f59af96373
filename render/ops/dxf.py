"""DXF drawings (AutoCAD DXF reference, R12 to 2018), text or binary: the words of every layout.

A layout is a page, model space first, paper layouts in the order of their tabs. Words have no place on a sheet that
anybody sees before plotting, so pages are plain text: rows from top to bottom, words of a row parted by tabs. The words
of a block come once for each layout that shows it, however often it is placed; its attributes come each time.
"""

from __future__ import annotations

import codecs
import io
import os
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from ezdxf import recover
from ezdxf.document import Drawing
from ezdxf.filemanagement import new
from ezdxf.lldxf.const import DXFError
from ezdxf.lldxf.tagger import binary_tags_loader
from ezdxf.tools.text import plain_text

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.dxf_stream import Head, Word, iter_words
from render.ops.letters import mend

Result = tuple[dict[str, Any], bytes]
# The library gives its entities their attributes at run time.
Entity = Any
_DAMAGE = (
    *(DXFError, OSError, ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError, struct.error),
)
_UNICODE_SINCE = "AC1021"
# What $DWGCODEPAGE may name.
_CODE_PAGES = ("cp874", "cp932", "gbk", "cp949", "cp950", *(f"cp{number}" for number in range(1250, 1259)))
_BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_TAIL = 1024
_LARGE = 12 * 1024**2
_DEEPEST = 16
_SAME_ROW = 0.6


def prepare() -> None:
    """Reads a drawing of each form, so that everything late is loaded; then the code pages of old ones."""
    drawing, written = new(), io.BytesIO()
    drawing.modelspace().add_mtext("0")
    drawing.modelspace().add_linear_dim(base=(0, 1), p1=(0, 0), p2=(1, 0)).render()
    drawing.write(written, fmt="bin")
    letters = io.StringIO()
    drawing.write(letters)
    for data in (written.getvalue(), letters.getvalue().encode()):
        _read_sheets(_open(io.BytesIO(data))[0])
    for name in (*_CODE_PAGES, "gb18030"):
        codecs.lookup(name)


def _text(_: dict[str, Any], source: Source) -> Result:
    """The text of every page, and whether the end of the file is missing. Raises OpError `damaged`."""
    try:
        with source.open() as file:
            texts, is_whole = _read_stream(file) if source.size > _LARGE else _read_whole(file)
    except _DAMAGE as err:
        raise OpError("damaged") from err
    if not is_whole and not any(texts):
        raise OpError("damaged")
    return {"texts": texts, "repaired": not is_whole}, b""


OPS = {"dxf.text": _text}


def _read_whole(file: BinaryIO) -> tuple[list[str], bool]:
    drawing, is_whole = _open(file)
    return (_read_sheets(drawing) if is_whole else _read_remains(drawing)), is_whole


def _read_stream(file: BinaryIO) -> tuple[list[str], bool]:
    """One page of all words; lettering held as a whole takes some forty times its size in the file."""
    if file.read(len(_BINARY)) == _BINARY:
        file.seek(0)
        return _read_whole(file)
    file.seek(0)
    head = Head()
    text = "\n".join(_rows(list(iter_words(file, head))))
    file.seek(-_TAIL, os.SEEK_END)
    return (mend([text], "cp1252") if head.codec == "cp1252" else [text]), b"EOF" in file.read()


def _open(file: BinaryIO) -> tuple[Drawing, bool]:
    """The drawing and whether its end is there. Characters that its code page lacks are kept as bytes."""
    if file.read(len(_BINARY)) == _BINARY:
        return Drawing.load(binary_tags_loader(_BINARY + file.read(), errors="surrogateescape")), True
    file.seek(0)
    drawing, _ = recover.read(file, errors="surrogateescape")
    file.seek(-min(_TAIL, file.tell()), os.SEEK_END)
    return drawing, b"EOF" in file.read()


def _read_sheets(drawing: Drawing) -> list[str]:
    names = ["Model", *(name for name in drawing.layout_names_in_taborder() if name != "Model")]
    sheets = []
    for name in names:
        layout = drawing.layout(name)
        words = list(_iter_words(layout, drawing, set(), 0))
        if words or name == "Model":
            sheets.append([*([] if name == "Model" else [name]), *_rows(words)])
    facts = [value for _, value in drawing.header.custom_vars if value]
    sheets[0] = [*facts, *sheets[0]]
    return _decode(drawing, ["\n".join(sheet) for sheet in sheets])


def _read_remains(drawing: Drawing) -> list[str]:
    """One page of all words: the table of layouts stands at the end of a file, so a cut one has lost it."""
    words = [word for thing in drawing.entitydb.values() for word in _read_entity(thing)]
    return _decode(drawing, ["\n".join(_rows(words))])


def _iter_words(container: Any, drawing: Drawing, seen: set[str], depth: int) -> Iterator[Word]:
    for thing in container:
        yield from _read_entity(thing)
        for name in _shown_blocks(thing):
            if name not in seen and depth < _DEEPEST and name in drawing.blocks:
                seen.add(name)
                yield from _moved(_iter_words(drawing.blocks.get(name), drawing, seen, depth + 1), thing)


def _shown_blocks(thing: Entity) -> Iterator[str]:
    """Blocks that draw this entity: of an insert, or the picture that a dimension or table keeps of itself."""
    kind = thing.dxftype()
    if kind == "INSERT":
        yield thing.dxf.name
    elif kind in ("DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION", "ACAD_TABLE"):
        yield thing.dxf.get("geometry", "")


def _read_entity(thing: Entity) -> Iterator[Word]:
    kind = thing.dxftype()
    if kind == "TEXT":
        yield _word(thing, plain_text(thing.dxf.text))
    elif kind == "MTEXT":
        yield _word(thing, thing.plain_text())
    elif kind == "INSERT":
        for attribute in thing.attribs:
            is_long = attribute.has_embedded_mtext_entity
            yield _word(attribute, attribute.plain_mtext() if is_long else plain_text(attribute.dxf.text))
    elif kind == "DIMENSION" and not thing.dxf.get("geometry", ""):
        yield Word(plain_text(thing.dxf.get("text", "").replace("<>", "")), 0, 0, 1)
    elif kind in ("MULTILEADER", "MLEADER"):
        yield Word(thing.get_mtext_content(), 0, 0, 1)
    elif kind == "TOLERANCE":
        yield _word(thing, thing.dxf.get("content", ""))


def _word(thing: Entity, text: str) -> Word:
    facts = thing.dxf.all_existing_dxf_attribs()
    place = facts.get("insert")
    height = facts.get("char_height") or facts.get("height") or 1.0
    return Word(text, place.x if place else 0.0, place.y if place else 0.0, float(height))


def _moved(words: Iterator[Word], thing: Entity) -> Iterator[Word]:
    """Words of a block at the place of its insert; its turn does not matter for reading order."""
    place = thing.dxf.get("insert") if thing.dxftype() == "INSERT" else None
    for word in words:
        yield Word(word.text, word.x + place.x, word.y + place.y, word.height) if place else word


def _rows(words: list[Word]) -> list[str]:
    rows: list[list[Word]] = []
    for word in sorted((word for word in words if word.text.strip()), key=lambda word: -word.y):
        first = rows[-1][0] if rows else None
        if first is not None and first.y - word.y < _SAME_ROW * min(first.height, word.height):
            rows[-1].append(word)
        else:
            rows.append([word])
    return ["\t".join(word.text for word in sorted(row, key=lambda word: word.x)) for row in rows]


def _decode(drawing: Drawing, texts: list[str]) -> list[str]:
    """Before 2007 a drawing names a code page, and many name a western one, or none, for Chinese letters."""
    if drawing.dxfversion >= _UNICODE_SINCE or drawing.encoding != "cp1252":
        return texts
    return mend(texts, "cp1252")
