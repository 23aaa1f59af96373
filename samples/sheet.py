"""A sheet of paper to set type on: lines, paragraphs, handwriting, rules. Remembers what was written, for ground truth.

Lengths are pixels at 200 dpi; A4 is 1654 by 2339.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from samples.fonts import load_font

DPI = 200
A4 = (1654, 2339)
A4_LANDSCAPE = (2339, 1654)
A5_LANDSCAPE = (1654, 1169)
A3_LANDSCAPE = (3307, 2339)
Colour = tuple[int, int, int]
BLACK: Colour = (24, 24, 26)
RED: Colour = (205, 22, 30)
BLUE_INK: Colour = (34, 44, 120)
BLACK_INK: Colour = (38, 38, 48)
PENCIL: Colour = (88, 88, 92)
NO_LINE_START = set("，。、；：！？）〕》”％%）】℃㎡")
NO_LINE_END = "（〔《“￥"
HALF_WIDE_MARKS = "，。、；："
"""Marks that the face of the handwriting sets in the middle of their square, as is usual in Taiwan."""


@dataclass(frozen=True)
class Type:
    """A face, a size and how it is set."""

    face: str = "song"
    size: int = 44
    ink: Colour = BLACK
    spacing: int = 0
    leading: float = 1.75

    @property
    def line(self) -> int:
        """Distance of two base lines."""
        return round(self.size * self.leading)


@dataclass
class Sheet:
    """One page under the pen. `y` is where the next line begins."""

    size: tuple[int, int] = A4
    paper: Colour = (255, 255, 255)
    margin: int = 210
    rng: random.Random = field(default_factory=random.Random)
    y: int = 200

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", self.size, self.paper)
        self.draw = ImageDraw.Draw(self.image)
        self.written: list[str] = []

    @property
    def right(self) -> int:
        """Right edge of the type area."""
        return self.size[0] - self.margin

    @property
    def width(self) -> int:
        """Width of the type area."""
        return self.right - self.margin

    def note(self, text: str) -> None:
        """Records a line of ground truth."""
        if text.strip():
            self.written.append(text.strip())

    def put(self, x: float, y: float, text: str, style: Type) -> int:
        """Writes one line at its upper left corner; gives the x after it. Not recorded."""
        font = load_font(style.face, style.size)
        if not style.spacing:
            self.draw.text((x, y), text, font=font, fill=style.ink)
            return round(x + font.getlength(text))
        for char in text:
            self.draw.text((x, y), char, font=font, fill=style.ink)
            x += font.getlength(char) + style.spacing
        return round(x - style.spacing)

    def line(self, text: str, style: Type, align: str = "left", indent: int = 0) -> None:
        """Writes one line at `y` and moves on."""
        wide = measure(text, style)
        x = {"left": self.margin + indent, "centre": (self.size[0] - wide) // 2, "right": self.right - wide - indent}[
            align
        ]
        self.put(x, self.y, text, style)
        self.note(text)
        self.y += style.line

    def paragraph(
        self, text: str, style: Type, indent: int = 2, left: int | None = None, right: int | None = None
    ) -> None:
        """Writes a paragraph with its first line indented by `indent` characters, broken at the right edge."""
        left = self.margin if left is None else left
        room = (self.right if right is None else right) - left
        for number, piece in enumerate(wrap(text, style, room, first=indent * style.size)):
            self.put(left + (indent * style.size if number == 0 else 0), self.y, piece, style)
            self.note(piece)
            self.y += style.line

    def centred_block(self, text: str, style: Type, room: int | None = None) -> None:
        """Writes a title in as many centred lines of even length as it needs."""
        room = room or self.width
        count = -(-measure(text, style) // room)
        step = -(-len(text) // count)
        pieces = wrap(text, style, step * (style.size + style.spacing) + style.size // 2) if count > 1 else [text]
        for piece in pieces:
            self.line(piece, style, align="centre")

    def hand(self, x: float, y: float, text: str, style: Type, *, slant: float = 0.12) -> int:
        """Writes by hand: every character a little turned, shifted and sized; gives the x after it. Not recorded."""
        drift = 0.0
        for char in text:
            size = max(12, round(style.size * self.rng.uniform(0.93, 1.06)))
            drift += self.rng.uniform(-0.9, 0.9)
            face = "kai" if char in HALF_WIDE_MARKS else style.face
            glyph = _slanted(char, Type(face, size, style.ink), slant, self.rng.uniform(-4.0, 4.0))
            top = y + drift + self.rng.uniform(-1.5, 1.5) - size * 0.5
            self.image.paste(Image.new("RGB", glyph.size, style.ink), (round(x - size * 0.5), round(top)), glyph)
            advance = load_font(style.face, size).getlength(char)
            x += advance * self.rng.uniform(0.94, 1.02)
        return round(x)

    def rule(self, y: int, width: int = 2, ink: Colour = BLACK, inset: int = 0) -> None:
        """A horizontal rule over the type area."""
        self.draw.line([(self.margin + inset, y), (self.right - inset, y)], fill=ink, width=width)


def _slanted(char: str, style: Type, slant: float, turn: float) -> Image.Image:
    """Ink mask of one character on a square twice its size."""
    side = style.size * 2
    glyph = Image.new("L", (side, side), 0)
    ImageDraw.Draw(glyph).text(
        (style.size * 0.5, style.size * 0.5), char, font=load_font(style.face, style.size), fill=235
    )
    skewed = (1, slant, -slant * side / 2, 0, 1, 0)
    glyph = glyph.transform(glyph.size, Image.Transform.AFFINE, skewed, Image.Resampling.BICUBIC)
    return glyph.rotate(turn, Image.Resampling.BICUBIC)


def measure(text: str, style: Type) -> int:
    """Width of a line in pixels."""
    font = load_font(style.face, style.size)
    return round(font.getlength(text) + style.spacing * max(0, len(text) - 1))


def wrap(text: str, style: Type, room: int, first: int = 0) -> list[str]:
    """Breaks a text into lines no wider than `room`; closing marks never begin a line, Latin words stay whole."""
    lines: list[str] = []
    current, left = "", room - first
    for token in _tokens(text):
        if current and measure(current + token, style) > left and token[0] not in NO_LINE_START:
            kept = current.rstrip(NO_LINE_END)
            lines.append(kept)
            current, left = current[len(kept) :] + token.lstrip(" "), room
        else:
            current += token
    return [*lines, current] if current else lines


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    for char in text:
        is_word = char.isascii() and (char.isalnum() or char in ".-/,#")
        if is_word and tokens and tokens[-1][-1].isascii() and tokens[-1][-1] != " ":
            tokens[-1] += char
        else:
            tokens.append(char)
    return tokens
