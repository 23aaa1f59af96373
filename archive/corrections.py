"""What people found when they compared recognised text with the scan, laid over what the machine read. Pure functions.

The stored text of a file stays what the machine read. A ruling says of one line, as it was first read, what really
stands there; an empty text means that nothing does (a speck, a stamp's edge). Applied at reading, rulings outlive a
rebuild, another recognition and another engine: a line is found again by its place and by its former words. A ruling
whose place holds nothing any more gives a line of its own, because a person saw the words there. One that fits nowhere
is reported as lost, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from typing import Final

from archive.texts import Box, Line, PageText

SAME_PLACE: Final = 0.5
"""Intersection over union from which two boxes are the same place, whatever is read there."""
SAME_WORDS_NEARBY: Final = 0.2
"""The same, where the words are the same too."""
WITHIN: Final = 0.7
"""Share of a box that must lie in another to be a part of it."""
EMPTY_PLACE: Final = 0.1
"""Share of a ruled box up to which other lines may touch it and it still counts as a place where nothing was read."""
TELLING: Final = 4
"""Characters from which words alone, anywhere on the page, tell a line."""
SAME_SHAPE: Final = 0.03
"""Relative difference of proportions up to which a page is the same sheet, not a turned or cut one."""


@dataclass(frozen=True)
class Ruling:
    """What one person said of one line, as its newest revision. `line` is the id that all revisions of it share.

    `found` is the line as first read, on a page of `width` and `height` then.
    """

    line: str
    page: int
    revision: int
    found: Line = field(repr=False)
    width: float
    height: float
    text: str = field(repr=False)
    is_taken_back: bool
    user_id: str
    made_at: datetime


@dataclass(frozen=True)
class Entry:
    """One line of a page under its rulings. `line` is None where a person said that nothing stands there.

    `key` names the entry as long as the machine's text is the same: the place of its first machine line, or the id of
    the ruled line where the machine reads nothing any more.
    """

    key: str
    found: Line
    line: Line | None
    ruling: Ruling | None = None

    @property
    def text(self) -> str:
        """The words that count."""
        return self.line.text if self.line else ""

    @property
    def is_uncertain(self) -> bool:
        """Whether a person should compare it with the scan."""
        return self.line is not None and self.line.is_uncertain


@dataclass(frozen=True)
class Corrected:
    """A page under its rulings: entries in reading order, and rulings that fit nowhere."""

    machine: PageText
    entries: tuple[Entry, ...]
    lost: tuple[Ruling, ...] = ()

    @property
    def page(self) -> PageText:
        """The text that is searched and shown."""
        return replace(self.machine, lines=tuple(entry.line for entry in self.entries if entry.line is not None))

    @property
    def uncertain(self) -> int:
        """What waits for a person: uncertain lines, and rulings without their line."""
        return sum(entry.is_uncertain for entry in self.entries) + len(self.lost)


def apply(page: PageText, rulings: Iterable[Ruling]) -> Corrected:
    """The page under the rulings on it, each the newest of its line; those taken back have no effect."""
    layer = _Layer(page, sorted((r for r in rulings if not r.is_taken_back), key=lambda r: -r.revision))
    layer.match_places()
    layer.match_pieces()
    layer.match_words()
    return layer.finish()


@dataclass
class _Layer:
    """The work of `apply`: rulings are given lines of the page, the surest matches first."""

    page: PageText
    open: list[Ruling]
    taken: dict[int, Ruling] = field(default_factory=dict)
    """Place of a machine line to the ruling on it; the parts of a split line share one."""
    replaced: dict[int, Line] = field(default_factory=dict)
    """Machine lines within which words were replaced."""
    added: list[Ruling] = field(default_factory=list)
    lost: list[Ruling] = field(default_factory=list)

    def match_places(self) -> None:
        """Lines at the place of a ruling, the same words before other ones, the best overlap first."""
        pairs = []
        for ruling, (at, line) in product(self.open, enumerate(self.page.lines)):
            place = self.place(ruling)
            overlap, is_same = _iou(place, line.box), line.text == ruling.found.text
            # A line much larger than the place holds more than the ruling is about.
            is_place = overlap >= SAME_PLACE and _area(place) >= WITHIN * _area(line.box)
            if is_place or (is_same and overlap >= SAME_WORDS_NEARBY):
                pairs.append((not is_same, -overlap, -ruling.revision, at, ruling))
        for *_, at, ruling in sorted(pairs, key=lambda pair: pair[:4]):
            if at not in self.taken and ruling in self.open:
                self._take(ruling, [at])

    def match_pieces(self) -> None:
        """Several lines where there was one."""
        for ruling in tuple(self.open):
            place = self.place(ruling)
            inside = [at for at in self._free() if _share(self.page.lines[at].box, place) >= WITHIN]
            if inside and _iou(place, _union([self.page.lines[at].box for at in inside])) >= SAME_PLACE:
                self._take(ruling, inside)

    def match_words(self) -> None:
        """The same words, once on the page and long enough to tell, wherever they stand now."""
        for ruling in tuple(self.open):
            words = {text for text in (ruling.found.text, ruling.text) if len(text) >= TELLING}
            same = [at for at in self._free() if self.page.lines[at].text in words]
            if len(same) == 1:
                self._take(ruling, same)

    def finish(self) -> Corrected:
        """Settles what is still open, and puts the page together."""
        for ruling in tuple(self.open):
            self._settle(ruling)
        entries: list[Entry] = []
        shown: set[str] = set()
        for at, line in enumerate(self.page.lines):
            taken = self.taken.get(at)
            if taken is None:
                entries.append(Entry(str(at), line, self.replaced.get(at, line)))
            elif taken.line not in shown:
                shown.add(taken.line)
                found = self._found(taken)
                entries.append(Entry(str(at), found, _rule(found, taken.text), taken))
        for ruling in self.added:
            line = replace(ruling.found, box=self.place(ruling), edges=(), doubtful=())
            entries.insert(_find_place(entries, line), Entry(ruling.line, line, _rule(line, ruling.text), ruling))
        return Corrected(self.page, tuple(entries), tuple(self.lost))

    def place(self, ruling: Ruling) -> Box | None:
        """The ruled box in units of this page; None when the page is another sheet than it was."""
        page = self.page
        if ruling.found.box is None or not (ruling.width and ruling.height and page.width and page.height):
            return None
        across, down = page.width / ruling.width, page.height / ruling.height
        if abs(across / down - 1) > SAME_SHAPE:
            return None
        left, top, right, bottom = ruling.found.box
        return (left * across, top * down, right * across, bottom * down)

    def _free(self) -> list[int]:
        return [at for at in range(len(self.page.lines)) if at not in self.taken]

    def _take(self, ruling: Ruling, places: Sequence[int]) -> None:
        self.open.remove(ruling)
        self.taken |= dict.fromkeys(places, ruling)

    def _found(self, ruling: Ruling) -> Line:
        """The machine's line under a ruling; the parts of a split one put together."""
        parts = [self.page.lines[at] for at, taken in self.taken.items() if taken is ruling]
        if len(parts) == 1:
            return parts[0]
        known = [part.confidence for part in parts if part.confidence is not None]
        return Line(
            "".join(part.text for part in parts),
            _union([part.box for part in parts]),
            confidence=min(known, default=None),
            vertical=ruling.found.vertical,
        )

    def _settle(self, ruling: Ruling) -> None:
        """A ruling without a line of its own: part of a longer one, ruled anew, at an empty place, or lost."""
        place = self.place(ruling)
        touching = [at for at, line in enumerate(self.page.lines) if _share(place, line.box) > EMPTY_PLACE]
        around = [at for at in touching if _share(place, self.page.lines[at].box) >= WITHIN]
        if any(at in self.taken and self.taken[at].revision > ruling.revision for at in around):
            return  # the longer line was ruled since: that is the newer word
        if any(self._replace_within(at, ruling) for at in around if at not in self.taken):
            return
        if place is None or touching:
            self.lost.append(ruling)
        elif ruling.text:
            self.added.append(ruling)

    def _replace_within(self, at: int, ruling: Ruling) -> bool:
        line = self.replaced.get(at, self.page.lines[at])
        if ruling.text and ruling.text in line.text:
            return True
        if len(ruling.found.text) < TELLING or line.text.count(ruling.found.text) != 1:
            return False
        text = line.text.replace(ruling.found.text, ruling.text)
        self.replaced[at] = replace(line, text=text, edges=_spread(line, text), doubtful=())
        return True


def newest(rulings: Iterable[Ruling]) -> Mapping[str, Ruling]:
    """The ruling that counts of each line."""
    found: dict[str, Ruling] = {}
    for ruling in rulings:
        if ruling.line not in found or found[ruling.line].revision < ruling.revision:
            found[ruling.line] = ruling
    return found


def _rule(line: Line, text: str) -> Line | None:
    """The line with the words that a person saw; nobody needs to look at it again."""
    if not text:
        return None
    return replace(line, text=text, edges=_spread(line, text), confidence=1.0, doubtful=())


def _spread(line: Line, text: str) -> tuple[float, ...]:
    """Edges for other words in the same box: those of the line for equally many characters, else at even distances."""
    if line.box is None or len(line.edges) == len(text):
        return line.edges if line.box else ()
    begin, end = (line.box[1], line.box[3]) if line.vertical else (line.box[0], line.box[2])
    if line.is_backwards:
        begin, end = end, begin
    return tuple(begin + (end - begin) * (n + 1) / len(text) for n in range(len(text)))


def _find_place(entries: Sequence[Entry], line: Line) -> int:
    """Where in reading order a line belongs that the machine did not read: after the last one above it."""
    box = line.box or (0.0, 0.0, 0.0, 0.0)
    above = [
        at
        for at, entry in enumerate(entries)
        if (other := entry.found.box) is not None
        and other[0] < box[2]
        and box[0] < other[2]
        and other[1] + other[3] <= box[1] + box[3]
    ]
    return above[-1] + 1 if above else 0


def _area(box: Box | None) -> float:
    if box is None:
        return 0.0
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _common(one: Box, other: Box) -> float:
    return _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def _iou(one: Box | None, other: Box | None) -> float:
    """Intersection over union; 0 without a place."""
    if one is None or other is None:
        return 0.0
    common = _common(one, other)
    whole = _area(one) + _area(other) - common
    return common / whole if whole else 0.0


def _share(part: Box | None, whole: Box | None) -> float:
    """Share of the one box that lies in the other; 0 without a place."""
    if part is None or whole is None or not _area(part):
        return 0.0
    return _common(part, whole) / _area(part)


def _union(boxes: Iterable[Box | None]) -> Box | None:
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))
