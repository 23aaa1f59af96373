"""Born-digital text: an e-mail in GBK, a GB18030 export of the outpatient system, a page of the health platform."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from pathlib import Path

from samples.records import Record

CSS = (
    "body{font:16px/1.8 sans-serif;margin:2em;max-width:48em}table{border-collapse:collapse}"
    "td,th{border:1px solid #bbb;padding:.4em .8em}th{background:#e8f1ee;text-align:left;width:8em}"
)


def write_plain(record: Record, path: Path) -> None:
    """Writes the record's text file, e-mail or web page."""
    makers = {"eml": mail, "txt": note, "html": page}
    path.write_bytes(makers[record.render.kind](record))


def mail(record: Record) -> bytes:
    """An e-mail as offices sent it: GBK body in base64, Chinese subject, no attachment."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "晋北市第二人民医院院长办公室 <yb@jbey.example>"
    message["To"] = "海滨大学医学院 <office@hbyxy.example>"
    message["Subject"] = record.title
    message["Date"] = "Wed, 22 May 2019 16:20:11 +0800"
    message["Message-ID"] = "<20190522162011.0009@jbey.example>"
    message.set_content(record.body + "\n", charset="gbk", cte="base64")
    return message.as_bytes()


def note(record: Record) -> bytes:
    """A visit as the outpatient system exports it: GB18030, Windows line ends, no declaration of either."""
    head = ["晋北市第二人民医院", "门诊病历", "-" * 48]
    return "\r\n".join([*head, *record.lines, "-" * 48, ""]).encode("gb18030")


def page(record: Record) -> bytes:
    """A web page: heading, a table of names and values, the visits as running text."""
    rows = []
    for line in record.lines[1:]:
        for part in re.split("　+", line):
            name, colon, value = part.partition("：")
            cells = (name, value) if colon else ("", part)
            rows.append(f"<tr><th>{escape(cells[0])}</th><td>{escape(cells[1])}</td></tr>")
    title, _, number = record.lines[0].partition("　")
    lines = [
        "<!DOCTYPE html>",
        '<html lang="zh-CN">',
        f'<head><meta charset="utf-8"><title>{escape(title)}</title><style>{CSS}</style></head>',
        f"<body>\n<h1>{escape(title)}</h1>\n<p>{escape(number)}</p>",
        "<table>",
        *rows,
        "</table>\n</body>\n</html>\n",
    ]
    return "\n".join(lines).encode()
