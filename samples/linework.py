"""Line work of the drawings: a floor plan, and what each discipline draws into or instead of it."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

from samples.sheet import Colour, Sheet, Type, measure

Point = tuple[float, float]


@dataclass
class Plot:
    """Area of a drawing on its sheet, with the ink and the room names that may be written into it."""

    sheet: Sheet
    box: tuple[int, int, int, int]
    ink: Colour
    labels: list[str]
    rng: random.Random
    revised: bool = False

    def line(self, *points: Point, width: int = 4) -> None:
        self.sheet.draw.line(list(points), fill=self.ink, width=width)

    def dashes(self, start: Point, end: Point, width: int = 5, dash: int = 34) -> None:
        length = math.dist(start, end)
        steps = max(1, round(length / dash / 1.6))
        for step in range(steps):
            a, b = step / steps, step / steps + dash / max(length, 1)
            self.line(_between(start, end, a), _between(start, end, min(1, b)), width=width)

    def circle(self, centre: Point, radius: float, width: int = 4) -> None:
        x, y = centre
        self.sheet.draw.ellipse([x - radius, y - radius, x + radius, y + radius], outline=self.ink, width=width)

    def box_at(self, centre: Point, size: Point, width: int = 4, *, filled: bool = False) -> None:
        x, y, w, h = *centre, *size
        fill = self.ink if filled else None
        self.sheet.draw.rectangle(
            [x - w / 2, y - h / 2, x + w / 2, y + h / 2], outline=self.ink, fill=fill, width=width
        )

    def name(self, centre: Point, text: str, size: int = 44) -> None:
        style = Type("hei", size, self.ink)
        self.sheet.put(centre[0] - measure(text, style) / 2, centre[1] - size * 0.7, text, style)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


@dataclass(frozen=True)
class Bays:
    """Axes of a plan and the two edges of its corridor."""

    columns: list[float]
    rows: list[float]


def draw_plan(plot: Plot) -> None:
    """An architect's plan: axes, walls, rooms on both sides of a corridor, doors, stairs, dimensions."""
    bays = _shell(plot, columns=8)
    _name_rooms(plot, bays)


def draw_plumbing(plot: Plot) -> None:
    """A plan with supply (full) and waste (dashed) pipes, risers, a valve, and a revision cloud."""
    bays = _shell(plot, columns=7)
    corridor = bays.rows[1] + 40
    plot.line((bays.columns[0] - 60, corridor), (bays.columns[-1] - 30, corridor), width=10)
    plot.dashes((bays.columns[0] + 30, corridor + 60), (bays.columns[-1] + 60, corridor + 60), width=9)
    for x in bays.columns[1:-1]:
        for edge, far in ((corridor, bays.rows[0] + 120), (corridor + 60, bays.rows[3] - 120)):
            plot.line((x + 46, edge), (x + 46, far), width=6)
            plot.circle((x + 46, far), 17, width=5)
            plot.circle((x + 84, far), 11, width=4)
    _valve(plot, (bays.columns[3] + 110, corridor))
    if plot.revised:
        _cloud(plot, (bays.columns[3] + 110, corridor + 20), 150)
    _name_rooms(plot, bays)


def draw_gas(plot: Plot) -> None:
    """A ward with oxygen and vacuum mains in the corridor and an outlet pair at every bed."""
    bays = _shell(plot, columns=7)
    corridor = bays.rows[1] + 40
    plot.line((bays.columns[0], corridor), (bays.columns[-1], corridor), width=10)
    plot.dashes((bays.columns[0], corridor + 56), (bays.columns[-1], corridor + 56), width=8)
    for x, after in itertools.pairwise(bays.columns):
        middle = (x + after) / 2
        for far, edge in ((bays.rows[0] + 90, corridor), (bays.rows[3] - 90, corridor + 56)):
            plot.line((middle, edge), (middle, far), width=5)
            plot.circle((middle - 24, far), 19)
            plot.circle((middle + 24, far), 19)
            plot.line((middle + 8, far), (middle + 40, far), width=3)
    _valve(plot, (bays.columns[0] + 90, corridor))


def draw_foundation(plot: Plot) -> None:
    """Footings on the axes, ground beams between them, shear walls as thick bars, bar marks."""
    columns, rows = _axes(plot, 8, 5)
    for y in rows:
        for offset in (-9, 9):
            plot.line((columns[0], y + offset), (columns[-1], y + offset), width=3)
    for x in columns:
        for offset in (-9, 9):
            plot.line((x + offset, rows[0]), (x + offset, rows[-1]), width=3)
    for number, (x, y) in enumerate((x, y) for x in columns for y in rows):
        plot.box_at((x, y), (128, 128), width=4)
        plot.box_at((x, y), (52, 52), filled=True)
        if number % 3 == 0:
            plot.line((x - 64, y - 64), (x - 120, y - 120), width=2)
            plot.line((x - 120, y - 120), (x - 190, y - 120), width=2)
    for x in (columns[2], columns[5]):
        plot.line((x, rows[1]), (x, rows[2]), width=30)
        plot.line((x, rows[1]), ((x + columns[columns.index(x) + 1]) / 2, rows[1]), width=30)


def draw_one_line(plot: Plot) -> None:
    """A one-line diagram: two incoming feeders, bus sections with a tie, transformers, generator, outgoing feeders."""
    left, top, right, bottom = plot.box
    middle, bus, low = (left + right) / 2, top + 420, top + 1080
    plot.line((left + 80, bus), (middle - 90, bus), width=14)
    plot.line((middle + 90, bus), (right - 80, bus), width=14)
    plot.line((middle - 90, bus), (middle + 90, bus), width=5)
    plot.box_at((middle, bus), (56, 56))
    for x, name in ((left + 480, "1#进线"), (right - 480, "2#进线")):
        plot.line((x, top + 60), (x, bus), width=6)
        plot.line((x - 26, top + 100), (x, top + 60), (x + 26, top + 100), width=6)
        _switch(plot, (x, top + 240))
        plot.name((x + 130, top + 130), name, 40)
        plot.line((x, bus), (x, low), width=6)
        _switch(plot, (x, bus + 150))
        plot.circle((x, bus + 330), 72, width=6)
        plot.circle((x, bus + 430), 72, width=6)
        plot.name((x + 190, bus + 380), "SCB13", 40)
    plot.line((left + 80, low), (middle - 90, low), width=14)
    plot.line((middle + 90, low), (right - 80, low), width=14)
    plot.line((middle - 90, low), (middle + 90, low), width=5)
    plot.box_at((middle, low), (56, 56))
    plot.circle((middle, bottom - 160), 80, width=6)
    plot.name((middle, bottom - 152), "G", 70)
    plot.line((middle, bottom - 240), (middle, low + 30), width=5)
    for number in range(10):
        x = left + 130 + number * (right - left - 260) / 9
        plot.line((x, low), (x, low + 420), width=5)
        _switch(plot, (x, low + 150))
        plot.line((x - 18, low + 390), (x, low + 420), (x + 18, low + 390), width=5)


def _axes(plot: Plot, columns: int, rows: int) -> tuple[list[float], list[float]]:
    """Chain-dotted axes with their bubbles, and a dimension chain below."""
    left, top, right, bottom = plot.box
    left, bottom = left + 130, bottom - 150
    xs = [left + (right - left) * index / (columns - 1) for index in range(columns)]
    ys = [top + (bottom - top) * index / (rows - 1) for index in range(rows)]
    for number, x in enumerate(xs, start=1):
        plot.dashes((x, top - 50), (x, bottom + 70), width=2, dash=60)
        plot.circle((x, bottom + 110), 38, width=4)
        plot.name((x, bottom + 110), str(number), 40)
    for number, y in enumerate(reversed(ys)):
        plot.dashes((left - 70, y), (right + 30, y), width=2, dash=60)
        plot.circle((left - 112, y), 38, width=4)
        plot.name((left - 112, y), "ABCDEFG"[number], 40)
    plot.line((xs[0], bottom + 48), (xs[-1], bottom + 48), width=2)
    for x in xs:
        plot.line((x - 12, bottom + 60), (x + 12, bottom + 36), width=4)
    return xs, ys


def _shell(plot: Plot, columns: int) -> Bays:
    """Outer walls, a corridor, partition walls with doors, a stair at each end."""
    xs, ys = _axes(plot, columns, 4)
    for y in (ys[0], ys[3]):
        for offset in (-9, 9):
            plot.line((xs[0] - 9, y + offset), (xs[-1] + 9, y + offset), width=6)
    for x in (xs[0], xs[-1]):
        for offset in (-9, 9):
            plot.line((x + offset, ys[0] - 9), (x + offset, ys[3] + 9), width=6)
    upper, lower = ys[1], ys[2]
    for y in (upper, lower):
        _wall_with_doors(plot, xs, y, swing=-1 if y == upper else 1)
    for x in xs[1:-1]:
        plot.line((x, ys[0]), (x, upper), width=6)
        plot.line((x, lower), (x, ys[3]), width=6)
        for y in (ys[0], upper, lower, ys[3]):
            plot.box_at((x, y), (34, 34), filled=True)
    _stair(plot, (xs[0] + 24, ys[0] + 24, xs[1] - 40, upper - 60))
    return Bays(xs, ys)


def _wall_with_doors(plot: Plot, xs: list[float], y: float, swing: int) -> None:
    for start, end in itertools.pairwise(xs):
        door = end - 110
        plot.line((start, y), (door, y), width=6)
        plot.line((door + 84, y), (end, y), width=6)
        plot.line((door, y), (door, y + 84 * swing), width=3)
        box = [door - 84, y - 84, door + 84, y + 84]
        plot.sheet.draw.arc(box, 270 if swing < 0 else 0, 360 if swing < 0 else 90, fill=plot.ink, width=3)


def _stair(plot: Plot, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    steps = 11
    for step in range(steps):
        y = top + (bottom - top) * step / steps
        plot.line((left, y), (right, y), width=3)
    middle = (left + right) / 2
    plot.line((middle, top), (middle, bottom), width=4)


def _valve(plot: Plot, at: Point) -> None:
    x, y = at
    plot.line((x - 30, y - 24), (x + 30, y + 24), (x + 30, y - 24), (x - 30, y + 24), (x - 30, y - 24), width=5)


def _switch(plot: Plot, at: Point) -> None:
    plot.box_at(at, (44, 84), width=6)
    x, y = at
    plot.line((x - 22, y - 42), (x + 22, y + 42), width=4)


def _cloud(plot: Plot, at: Point, radius: int) -> None:
    """A revision cloud: a ring of arcs."""
    x, y = at
    for step in range(16):
        angle = math.tau * step / 16
        cx, cy = x + radius * 1.5 * math.cos(angle), y + radius * math.sin(angle)
        start = math.degrees(angle) - 100
        plot.sheet.draw.arc([cx - 44, cy - 44, cx + 44, cy + 44], start, start + 200, fill=plot.ink, width=5)


def _name_rooms(plot: Plot, bays: Bays) -> None:
    """Writes the names that the notes mention into rooms of the plan."""
    places = [(column, row) for row in (0, 2) for column in range(1, len(bays.columns) - 1)]
    for label, (column, row) in zip(plot.labels, plot.rng.sample(places, len(places)), strict=False):
        x = (bays.columns[column] + bays.columns[column + 1]) / 2 + 30
        plot.name((x, (bays.rows[row] + bays.rows[row + 1]) / 2), label, 46)
