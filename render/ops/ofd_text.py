"""Text of OFD objects (GB/T 33190-2016, clauses 8.5 and 11): characters with boxes in millimetres of the page.

The standard gives the place of every character's base point and the size of the font, not the widths of characters;
these are taken as half a size for narrow characters and one size for wide ones, which is how Chinese fonts are made.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat
from xml.etree.ElementTree import Element

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_ASCENT, _DESCENT = 0.88, 0.12
# In sizes: how far a character may stand from where the last one ended and still belong to its line.
_BACKWARD, _FORWARD, _ASIDE = 0.5, 1.0, 0.3
# Wider gaps part words: between two objects, and within one, whose letters may be set apart.
_BLANK, _SPACED = 0.25, 1.0
_DEFAULT_SIZE = 4.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: the object that holds it, base point and end of its advance on the page, size, box."""

    run: int
    char: str
    at: tuple[float, float]
    end: tuple[float, float]
    size: float
    box: Box


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """First `inner`, then `outer`; a point (x, y) becomes (a x + c y + e, b x + d y + f)."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """The point (x, y) as the matrix moves it."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def numbers(text: str | None) -> list[float]:
    """The numbers of an array (ST_Array, ST_Box); what is none is left out."""
    found = []
    for part in (text or "").split():
        try:
            value = float(part)
        except ValueError:
            continue
        if math.isfinite(value):
            found.append(value)
    return found


def number(text: str | None, default: float) -> float:
    """A single number."""
    found = numbers(text)
    return found[0] if found else default


def object_matrix(element: Element, outer: Matrix) -> Matrix:
    """From an object's own space to the page: its CTM, then the corner of its Boundary, then what it lies in."""
    ctm = numbers(element.get("CTM"))
    own: Matrix = (ctm[0], ctm[1], ctm[2], ctm[3], ctm[4], ctm[5]) if len(ctm) == 6 else SAME
    corner = [*numbers(element.get("Boundary")), 0.0, 0.0]
    return multiply(multiply(own, (1.0, 0.0, 0.0, 1.0, corner[0], corner[1])), outer)


def iter_glyphs(text_object: Element, outer: Matrix, run: int) -> Iterator[Glyph]:
    """The characters of a TextObject, the page's `run`th, in the order in which it holds them."""
    matrix = object_matrix(text_object, outer)
    size = number(text_object.get("Size"), _DEFAULT_SIZE)
    stretch = number(text_object.get("HScale"), 1.0)
    x = y = 0.0
    for code in text_object.iter("TextCode"):
        x, y = number(code.get("X"), x), number(code.get("Y"), y)
        text = (code.text or "").translate(_LINE_ENDS)
        across, down = expand(code.get("DeltaX"), len(text)), expand(code.get("DeltaY"), len(text))
        at_x, at_y = x, y
        for index, char in enumerate(text):
            width = _width(char) * size * stretch
            step = across[index] if across else 0.0 if down else width
            wide = step if 0.5 * width < step < 1.5 * width else width
            yield _place(run, char, matrix, (at_x, at_y), wide, size)
            at_x += step
            at_y += down[index] if down else 0.0


_LINE_ENDS = {ord(char): None for char in "\r\n\t"}


def expand(deltas: str | None, count: int) -> list[float]:
    """Steps after each of `count` characters: `g n d` stands for n times d, the last step goes on (clause 11.3)."""
    parts = (deltas or "").split()
    found: list[float] = []
    index = 0
    while index < len(parts) and len(found) < count:
        if parts[index].lower() == "g" and index + 2 < len(parts):
            times = int(min(max(number(parts[index + 1], 0.0), 0.0), count))
            found.extend(repeat(number(parts[index + 2], 0.0), times))
            index += 3
        else:
            found.append(number(parts[index], 0.0))
            index += 1
    return list(islice(chain(found, repeat(found[-1])), count)) if found else []


def _width(char: str) -> float:
    return 1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5


def _place(run: int, char: str, matrix: Matrix, at: tuple[float, float], width: float, size: float) -> Glyph:
    a, b, c, d, e, f = matrix
    x, y = a * at[0] + c * at[1] + e, b * at[0] + d * at[1] + f
    ahead_x, ahead_y, down_x, down_y = a * width, b * width, c * size, d * size
    top_x, top_y = x - _ASCENT * down_x, y - _ASCENT * down_y
    low_x, low_y = x + _DESCENT * down_x, y + _DESCENT * down_y
    xs = (top_x, top_x + ahead_x, low_x, low_x + ahead_x)
    ys = (top_y, top_y + ahead_y, low_y, low_y + ahead_y)
    box = (min(xs), min(ys), max(xs), max(ys))
    return Glyph(run, char, (x, y), (x + ahead_x, y + ahead_y), math.hypot(down_x, down_y), box)


def join_glyphs(glyphs: Iterator[Glyph]) -> Iterator[tuple[int, Box | None]]:
    """Code points as `lines.build_lines` takes them; a line ends where the next character neither follows on nor below.

    Programs write a line as one object, as one for each change of font, or as one for each character.
    """
    last: Glyph | None = None
    for glyph in glyphs:
        if last is not None:
            gap = _gap(last, glyph)
            if gap is None:
                yield 0x0A, None
            elif (
                gap > (_SPACED if last.run == glyph.run else _BLANK) and _is_latin(last.char) and _is_latin(glyph.char)
            ):
                yield 0x20, None
        yield ord(glyph.char), glyph.box
        last = glyph


def _gap(last: Glyph, glyph: Glyph) -> float | None:
    """Distance along the line in sizes, None when `glyph` begins another line."""
    size = max(last.size, glyph.size, 1e-6)
    ahead = (last.end[0] - last.at[0], last.end[1] - last.at[1])
    length = math.hypot(*ahead) or 1e-6
    along, aside = ahead[0] / length, ahead[1] / length
    dx, dy = glyph.at[0] - last.end[0], glyph.at[1] - last.end[1]
    forward, sideways = dx * along + dy * aside, abs(dy * along - dx * aside)
    is_one = last.run == glyph.run
    # Within an object a wide gap is letter-spacing: 合　　计.
    if sideways <= _ASIDE * size and -_BACKWARD * size <= forward and (is_one or forward <= _FORWARD * size):
        return forward / size
    # Vertical writing: the next character stands right below the last one.
    is_below = 0 < glyph.at[1] - last.at[1] <= (1 + _FORWARD) * size
    return 0.0 if is_one and is_below and abs(glyph.at[0] - last.at[0]) <= _ASIDE * size else None


def _is_latin(pair: str) -> bool:
    return pair.isascii() and pair.isalnum()
