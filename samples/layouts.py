"""How running text is set: papers with a red head, minutes, letters, contracts, reports, certificates, typescripts."""

from __future__ import annotations

import re

from samples.records import Record
from samples.sheet import A4, BLACK_INK, BLUE_INK, RED, Sheet, Type, measure
from samples.stamps import filing_stamp, press_seals

BODY = Type("song", 45)
TITLE = Type("song-bold", 58, leading=1.5)
HAND = Type("hand", 56, BLUE_INK)
DEEP = "　" * 6
"""Lines that begin with this much space are set on the right: signatures and dates."""
RETENTION = {"Y": "永久", "D30": "30年", "D10": "10年"}


def official(record: Record) -> list[Sheet]:
    """A paper with a red head: issuing body, number, red rule, title, text, seal over signature and date."""
    sheet = new_sheet(record)
    red_head(sheet, head_of(record) + "文件")
    number = record.lines[0]
    mark, _, rest = number.rpartition("　　")
    if mark:
        sheet.put(sheet.margin, sheet.y, mark, Type("hei-bold", 46))
        sheet.note(mark)
    sheet.line(rest, Type("song", 46, spacing=2), align="centre")
    sheet.draw.line([(sheet.margin - 40, sheet.y + 8), (sheet.right + 40, sheet.y + 8)], fill=RED, width=7)
    sheet.y += 80
    sheet.centred_block(record.title, TITLE)
    sheet.y += 40
    text_and_seal(sheet, record, record.lines[1:])
    filing(sheet, record)
    return [sheet]


def letter(record: Record) -> list[Sheet]:
    """A paper without red head: the number (if any) above, the title, the text."""
    sheet = new_sheet(record)
    sheet.y = 260
    first, rest = record.lines[0], record.lines[1:]
    if "号" in first:
        left, _, right = first.partition("　　")
        sheet.put(sheet.margin, sheet.y, left, BODY)
        sheet.put(sheet.right - measure(right, BODY), sheet.y, right, BODY)
        sheet.note(first)
        sheet.y += 150
        sheet.centred_block(record.title, TITLE)
    else:
        sheet.line(first, Type("song-bold", 84, spacing=16), align="centre")
    sheet.y += 40
    text_and_seal(sheet, record, rest)
    filing(sheet, record)
    return [sheet]


def minutes(record: Record) -> list[Sheet]:
    """Minutes: their name as the red head, the number above the rule, points below, recipients at the foot."""
    sheet = new_sheet(record)
    lines = list(record.lines)
    name, _, number = lines.pop(0).partition("　")
    red_head(sheet, name)
    number = number.strip("　") or lines.pop(0)
    sheet.line(number, Type("song", 46), align="centre")
    sheet.draw.line([(sheet.margin - 40, sheet.y + 8), (sheet.right + 40, sheet.y + 8)], fill=RED, width=7)
    sheet.y += 90
    if record.has("ocr_noise"):
        lines = [line.replace("2021", "2O21", 1) if line.startswith("时间") else line for line in lines]
    for line in lines:
        is_field = re.match(r"[一-鿿]{2}：", line) and len(line) < 44
        sheet.paragraph(line, BODY, indent=0 if is_field or line.startswith("（") else 2)
    press_seals(sheet, record.render.seals, [(sheet.right - 230, sheet.y + 150)], record.rng("seal"))
    if recipients := record.meta.get("distribution"):
        _recipients(sheet, "、".join(recipients))
    filing(sheet, record)
    return [sheet]


def contract(record: Record) -> list[Sheet]:
    """A contract: title, parties, clauses, and a block for both seals, on a page of its own where `turn` says so."""
    sheet = new_sheet(record)
    sheet.y = 230
    pages = [sheet]
    sheet.centred_block(record.title, Type("song-bold", 66, leading=1.7))
    sheet.y += 40
    for line in record.lines:
        if record.render.turn and line.startswith(record.render.turn):
            sheet = new_sheet(record)
            sheet.y = 240
            pages.append(sheet)
        if "（盖章）" not in line:
            is_clause = re.match(r"[一二三四五六七八九十]+、|第.条", line)
            for part in [line] if is_clause else re.split("　+", line):
                sheet.paragraph(part, BODY, indent=2 if is_clause else 0)
    _signatures(sheet, record)
    for number, page in enumerate(pages, start=1):
        foot = f"第{number}页　共{len(pages)}页"
        page.put((page.size[0] - measure(foot, Type("song", 30))) / 2, page.size[1] - 170, foot, Type("song", 30))
        page.note(foot)
    return pages


def report(record: Record) -> list[Sheet]:
    """A report: its name large, its number at the right, then lines as they come; the seal sits on the conclusion."""
    sheet = new_sheet(record)
    sheet.y = 240
    lines = list(record.lines)
    name, _, number = lines[0].partition("　")
    if number:
        lines.pop(0)
        sheet.line(name, Type("hei-bold", 78, spacing=20), align="centre")
        sheet.line(number.strip("　"), BODY, align="right")
        sheet.rule(sheet.y, 4)
        sheet.y += 50
    else:
        sheet.centred_block(record.title, TITLE)
        sheet.y += 50
    for line in lines:
        sheet.paragraph(line, Type("song", 44, leading=2.0), indent=0)
    press_seals(sheet, record.render.seals, [(sheet.right - 200, sheet.y + 30)], record.rng("seal"))
    return [sheet]


def certificate(record: Record) -> list[Sheet]:
    """A certificate: a patterned frame, the name in large type, the number, the granted facts, the seal."""
    sheet = new_sheet(record)
    _guilloche(sheet)
    sheet.margin, sheet.y = 270, 400
    sheet.centred_block(record.lines[0], Type("song-bold", 74, leading=1.6))
    sheet.y += 30
    sheet.line(record.lines[1], Type("kai-bold", 46), align="centre")
    sheet.y += 80
    for line in record.lines[2:]:
        for part in re.split("　+", line):
            sheet.paragraph(part, Type("kai", 48, leading=2.0), indent=0)
    press_seals(sheet, record.render.seals, [(sheet.right - 240, sheet.size[1] - 410)], record.rng("seal"))
    return [sheet]


def typescript(record: Record) -> list[Sheet]:
    """A typed paper in traditional characters, evenly spaced like a typewriter's."""
    sheet = new_sheet(record)
    old = record.has("old")
    face = Type("song-tc", 44, (52, 46, 44) if old else (24, 24, 26), spacing=5 if old else 0, leading=2.05)
    sheet.y = 330
    sheet.line(record.lines[0], Type("song-tc", 62, face.ink, spacing=8), align="centre")
    sheet.y += 60
    for line in record.lines[1:]:
        if line.startswith(DEEP):
            sheet.y += 170
            sheet.line(line.strip("　"), face, align="right", indent=60)
        else:
            sheet.paragraph(line, face, indent=0)
    press_seals(sheet, record.render.seals, [(sheet.right - 250, sheet.y - 215)], record.rng("seal"))
    return [sheet]


def new_sheet(record: Record, size: tuple[int, int] = A4) -> Sheet:
    """An empty page with this record's random numbers."""
    return Sheet(size=size, rng=record.rng("type"))


def head_of(record: Record) -> str:
    """The body on the red head."""
    body = str(record.meta.get("issuing_body") or record.data["creator"][0])
    return body if body.startswith(("晋北市", "中共")) else f"晋北市第二人民医院{body}"


def red_head(sheet: Sheet, text: str) -> None:
    """The red head, as wide as the type area."""
    sheet.y = 300
    size, room = 118, sheet.width + 60
    while measure(text, Type("song-bold", size)) > room:
        size -= 2
    spacing = min(60, (room - measure(text, Type("song-bold", size))) // max(1, len(text)))
    sheet.line(text, Type("song-bold", size, RED, spacing=spacing, leading=1.7), align="centre")


def text_and_seal(sheet: Sheet, record: Record, lines: list[str]) -> None:
    """Salutation, indented paragraphs, signature on the right with the seal over it, handwriting below."""
    signed: list[int] = []
    for line in lines:
        if line.startswith(DEEP):
            sheet.y += 0 if signed else 200
            for part in re.split("　+", line.strip("　")):
                sheet.line(part, BODY, align="right", indent=120)
                signed.append(sheet.y - BODY.line)
        elif line.startswith("批示"):
            signed = signed or [_sign(sheet, record)]
            _decision(sheet, line)
        else:
            sheet.paragraph(line.lstrip("　"), BODY, indent=2 if line.startswith("　") else 0)
    middle = (signed[0] - 88 if len(signed) == 1 else signed[0] + 62) if signed else sheet.y + 60
    press_seals(sheet, record.render.seals, [(sheet.right - 290, middle)], record.rng("seal"))


def filing(sheet: Sheet, record: Record) -> None:
    """The filing stamp that every filed administrative paper carries at its head (DA/T 22)."""
    match = re.match(r"(\w+)-WS·\w+·(\d{4})·(\w+)·(\w+)-(\d+)$", record.data["archival_code"])
    if match:
        fonds, year, band, office, number = match.groups()
        stamp = filing_stamp(((fonds, year, str(int(number))), (office, RETENTION[band], str(record.data["pages"]))))
        stamp.press(sheet, (sheet.right - 150, 150), record.rng("filing"), turn=2)


def _sign(sheet: Sheet, record: Record) -> int:
    sheet.y += 60
    sheet.line(record.data["creator"][0], BODY, align="right", indent=160)
    return sheet.y - BODY.line


def _decision(sheet: Sheet, line: str) -> None:
    """A leader's decision, written by hand below the request."""
    sheet.y += 190
    label, _, text = line.partition("：")
    x = sheet.put(sheet.margin, sheet.y + 6, label + "：", Type("hei-bold", 46))
    ink = Type("hand", 58, BLACK_INK)
    words, _, signed = text.partition("　")
    sheet.hand(x + 10, sheet.y, words, ink)
    sheet.note(f"{label}：{words}")
    sheet.y += 110
    sheet.hand(sheet.right - 760, sheet.y, signed, ink)
    sheet.note(signed)


def _signatures(sheet: Sheet, record: Record) -> None:
    """Places for both parties' seals; a date line of the body goes below."""
    sheet.y += 130
    top, middle = sheet.y, sheet.margin + sheet.width // 2 + 30
    for column, party in ((sheet.margin, "甲方（盖章）"), (middle, "乙方（盖章）")):
        sheet.put(column, top, party, BODY)
        sheet.put(column, top + 90, "代表人（签字）：", BODY)
    sheet.note("甲方（盖章）　乙方（盖章）")
    sheet.note("代表人（签字）：　代表人（签字）：")
    sheet.y = top + 210
    if signed := next((line for line in record.lines if "签订日期" in line), ""):
        sheet.line(re.split("　+", signed)[-1], BODY, align="right")
    press_seals(
        sheet, record.render.seals, [(sheet.margin + 430, top + 40), (middle + 430, top + 40)], record.rng("seal")
    )


def _recipients(sheet: Sheet, names: str) -> None:
    """The recipients between two rules at the foot of the page."""
    y = sheet.size[1] - 330
    for offset in (0, 90):
        sheet.rule(y + offset, 3)
    sheet.put(sheet.margin + 30, y + 18, f"发：{names}", Type("song", 40))
    sheet.note(f"发：{names}")


def _guilloche(sheet: Sheet) -> None:
    """A frame of interlaced green and gold curves."""
    width, height = sheet.size
    for step, ink in ((0, (96, 150, 116)), (9, (186, 160, 92)), (18, (96, 150, 116))):
        box = [110 + step, 110 + step, width - 110 - step, height - 110 - step]
        sheet.draw.rectangle(box, outline=ink, width=3)
    for x in range(150, width - 150, 36):
        for y in (150, height - 186):
            sheet.draw.ellipse([x, y, x + 36, y + 36], outline=(150, 186, 160), width=2)
    for y in range(186, height - 186, 36):
        for x in (150, width - 186):
            sheet.draw.ellipse([x, y, x + 36, y + 36], outline=(150, 186, 160), width=2)
