"""Step A: text as it is stored, once, when it enters. It may change length, so places go along character by character.

Dropped: zero-width characters, variation selectors, soft hyphens, byte order marks, control characters, noncharacters
(private-use characters stay: rare personal names live there). Composed: NFC. Kangxi radicals (U+2F00-2FD5) and the CJK
radicals supplement, which PDF fonts love, become the unified characters. Never NFKC: it would turn ㎡ into m2 and ①
into 1 in the record itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from archive.texts import Line
from indexer.extract.types import ExtractedPage

_DROPPED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_KANGXI = range(0x2F00, 0x2FD6)
# The supplement has almost no compatibility mappings; the names in the Unicode chart say what each stands for.
_RADICALS = (
    "⺁⺄⺆⺇⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺗⺘⺙⺛⺝⺟⺠⺡⺢⺣⺤⺥⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺵⺶⺷⺹⺺⺼⺽⺾⺿⻀⻁⻂"
    "⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻳"
)
_UNIFIED = (
    "厂乙冂几卜㔾小小尢尣尢尢巳幺心扌攵旡月母民氵氺灬爪爫王疋目示礻竹糸纟罓罒网羊羊耂聿肉臼艹艹艹虎衤"
    "覀西见角言讠贝足车辶辶辶阝钅長镸长门阝青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟"
)
_REPLACED = {code: unicodedata.normalize("NFKC", chr(code)) for code in _KANGXI} | {
    ord(radical): unified for radical, unified in zip(_RADICALS, _UNIFIED, strict=True)
}


def normalise_text(text: str) -> str:
    """`text` after step A; line feeds and tabs stay."""
    return unicodedata.normalize("NFC", _DROPPED.sub("", text).translate(_REPLACED))


def normalise_line(line: Line) -> Line:
    """The line after step A, its edges and doubtful positions following the characters."""
    text = normalise_text(line.text)
    if text == line.text:
        return line
    if len(text) == len(line.text) and not _DROPPED.search(line.text):
        return replace(line, text=text)
    return _rebuild(line)


def normalise_page(page: ExtractedPage) -> ExtractedPage:
    """The page after step A; lines that become blank are left out."""
    lines = tuple(line for line in map(normalise_line, page.lines) if line.text.strip())
    return replace(page, lines=lines)


def _rebuild(line: Line) -> Line:
    """Character by character: what is dropped or composed gives its stretch to the character before it."""
    text, edges, doubtful, position = "", list[float](), list[int](), 0
    for cluster in _clusters(line.text):
        new = normalise_text(cluster)
        end = position + len(cluster)
        if any(position <= index < end for index in line.doubtful):
            doubtful.extend(range(len(text), len(text) + len(new)))
        if line.edges and new:
            edges.extend([line.edges[end - 1]] * len(new))
        elif line.edges and edges:
            edges[-1] = line.edges[end - 1]
        text, position = text + new, end
    return replace(line, text=text, edges=tuple(edges), doubtful=tuple(doubtful))


def _clusters(text: str) -> list[str]:
    """Cuts `text` before every character that nothing before it can compose with."""
    clusters: list[str] = []
    for char in text:
        if clusters and (unicodedata.combining(char) or "\u1160" <= char <= "\u11ff"):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
