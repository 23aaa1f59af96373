"""What hangs on a mail, and the mails of a mailbox. The text of a mail is read elsewhere; nothing here decodes it.

A part of a mail is an attachment when it has a name or calls itself one, is a mail of its own, or is neither text nor a
piece of a web page (RFC 2183, RFC 2387). Names are given as bytes, decoded only as far as the mail declares.
"""

from __future__ import annotations

import codecs
import email
import email.header
import email.message
import email.policy
import mmap
import re
from collections.abc import Generator, Iterator
from email.errors import HeaderParseError, MessageError
from typing import Any, Final

import olefile

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import compound, objects
from render.ops.members import Member, build_member

# The signature's own checksum of the mail tells people nothing.
_SIGNATURES: Final = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_ENDINGS: Final = {"message/rfc822": ".eml", "text/calendar": ".ics", "image/jpeg": ".jpg", "text/plain": ".txt"}
# Chinese programs write GB 2312 and mean its successor.
_ENCODINGS: Final = {"gb2312": "gb18030", "gbk": "gb18030", "unknown-8bit": "gb18030", "": "utf-8"}
_KNOWN_ENCODINGS: Final = (
    *("ascii", "utf-8", "utf-16-le", "utf-16-be", "utf-7", "gb18030", "gbk", "gb2312", "hz", "big5", "big5hkscs"),
    *("latin-1", "cp1252", "iso8859-15", "cp1251", "koi8-r", "iso2022_jp", "shift_jis", "euc_kr", "raw-unicode-escape"),
)
_ENVELOPE = re.compile(rb"^From \S+ .*\d{1,2}:\d{2}.*\d{4}", re.M)
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_NAME_LIMIT = 120
_PROPERTIES, _NAMES = "__properties_version1.0", "__nameid_version1.0"
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError)


class _AsSent(email.policy.Compat32):
    """Headers with the bytes that they came with, as halves of surrogate pairs; the library would replace them."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - of the library
        return value


_POLICY: Final = _AsSent()


def prepare() -> None:
    """Loads the parser and the encodings that names in mail are written in."""
    email.message_from_bytes(b"Subject: =?utf-8?b?YQ==?=\n\n").as_bytes()
    for encoding in _KNOWN_ENCODINGS:
        codecs.lookup(encoding)


def iter_attachments(source: Source) -> Generator[Member]:
    """The attachments of one mail (RFC 5322, MIME) in order."""
    with source.open() as file:
        try:
            message = email.message_from_binary_file(file, policy=_POLICY)
            found = list(_iter_parts(message, is_related=False))
        except _DAMAGE as err:
            raise OpError("damaged") from err
    for number, part in enumerate(found, 1):
        yield _build_attachment(part, number)


def _iter_parts(part: email.message.Message, *, is_related: bool) -> Iterator[email.message.Message]:
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822":
        for child in part.get_payload():
            if isinstance(child, email.message.Message):
                yield from _iter_parts(child, is_related=kind == "multipart/related")
    elif kind not in _SIGNATURES and _is_attachment(part, kind, is_related=is_related):
        yield part


def _is_attachment(part: email.message.Message, kind: str, *, is_related: bool) -> bool:
    if kind == "message/rfc822" or part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_maintype() != "text" and not is_related


def _build_attachment(part: email.message.Message, number: int) -> Member:
    try:
        return build_member(_part_name(part, number), _content(part))
    except _DAMAGE:
        return Member(name=b"%d" % number, size=None, reason="damaged", read=lambda _: b"")


def _part_name(part: email.message.Message, number: int) -> bytes:
    kind = part.get_content_type()
    name = decode_words(part.get_filename() or "")
    if not name and kind == "message/rfc822":
        name = _subject(part.get_payload(0))  # type: ignore[arg-type]
    stem = name or b"%d" % number
    ending = _ENDINGS.get(kind, "").encode()
    return stem if stem.lower().endswith(ending) or b"." in name[-6:] else stem + ending


def _content(part: email.message.Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner: Any = part.get_payload(0)
        return bytes(inner.as_bytes())
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def decode_words(text: str) -> bytes:
    """A header's words (RFC 2047) as UTF-8; bytes that no encoding was declared for stay as they are."""
    try:
        words = email.header.decode_header(text)
    except (HeaderParseError, ValueError, LookupError):
        return text.encode("utf-8", "surrogateescape")
    return b"".join(_decode_word(word, charset) for word, charset in words).strip()


def _decode_word(word: str | bytes, charset: str | None) -> bytes:
    if isinstance(word, str):
        return word.encode("utf-8", "surrogateescape")
    if charset in (None, "unknown-8bit"):
        # The library writes what is not ASCII this way, to be turned back.
        return (
            word.decode("raw-unicode-escape", "replace").encode("utf-8", "surrogateescape") if b"\\u" in word else word
        )
    name = (charset or "").lower()
    try:
        return word.decode(_ENCODINGS.get(name, name), "replace").encode()
    except LookupError:
        return word


def _subject(message: email.message.Message) -> bytes:
    return decode_words(str(message.get("subject") or "").replace("/", "／"))[:_NAME_LIMIT]


def iter_messages(source: Source) -> Generator[Member]:
    """The mails of a mailbox (RFC 4155 and its older relatives), each with its number and subject as name."""
    with mmap.mmap(source.fd, source.size, prot=mmap.PROT_READ) as data:
        starts = [found.start() for found in _ENVELOPE.finditer(data) if _follows_blank_line(data, found.start())]
        if not starts:
            raise OpError("damaged")
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], source.size], strict=True), 1):
            body = data.find(b"\n", start, end) + 1
            content = _QUOTED.sub(rb"\1", data[body or end : end])
            head = email.message_from_bytes(content[: 64 * 1024].partition(b"\n\n")[0], policy=_POLICY)
            yield build_member(b"%04d %s.eml" % (number, _subject(head)), content)


def _follows_blank_line(data: mmap.mmap, start: int) -> bool:
    return start == 0 or data[max(0, start - 4) : start].replace(b"\r", b"").endswith(b"\n\n")


def iter_outlook(source: Source) -> Generator[Member]:
    """The attachments of an Outlook message ([MS-OXMSG] 2.2.2): long file name, else the short one.

    An attached message or object is no file in there but a branch of the same tree: it is written as a file.
    """
    try:
        with olefile.OleFileIO(source.open()) as tree:
            folders = sorted({path[0] for path in tree.listdir() if path[0].startswith("__attach_version1.0_")})
            for number, folder in enumerate(folders, 1):
                yield _read_outlook(tree, folder, number)
    except _DAMAGE as err:
        raise OpError("damaged") from err


def _read_outlook(tree: olefile.OleFileIO, folder: str, number: int) -> Member:
    name = next(filter(None, (_property(tree, folder, tag) for tag in ("3707", "3704", "3001"))), "")
    data = f"{folder}/__substg1.0_37010102"
    if tree.exists(data):
        return build_member((name or str(number)).encode(), tree.openstream(data).read())
    try:
        return _read_branch(tree, folder, name or str(number))
    except (OpError, *_DAMAGE):
        return Member(name=f"{name or number}".encode(), size=None, reason="damaged", read=lambda _: b"")


def _read_branch(tree: olefile.OleFileIO, folder: str, name: str) -> Member:
    """An attached message, or an object ([MS-OXMSG] 2.2.2.1 and 2.2.2.2)."""
    place = [folder, "__substg1.0_3701000D"]
    if not tree.exists([*place, _PROPERTIES]):
        found = objects.find_file(tree, place, name.encode())
        if found is None:
            return Member(name=name.encode(), size=None, reason="format_not_supported", read=lambda _: b"")
        return build_member(*found)
    branch = dict(compound.read_branch(tree, place))
    # The head of the properties is longer in a message of its own, and names of properties stand at the root alone.
    properties = branch[_PROPERTIES]
    branch[_PROPERTIES] = properties[:24] + bytes(8) + properties[24:]  # type: ignore[index, operator]
    branch[_NAMES] = compound.read_branch(tree, [_NAMES])
    return build_member(f"{name}.msg".encode(), compound.write_branch(branch))


def _property(tree: olefile.OleFileIO, folder: str, tag: str) -> str:
    for ending, encoding in (("001F", "utf-16-le"), ("001E", "gb18030")):
        path = f"{folder}/__substg1.0_{tag}{ending}"
        if tree.exists(path):
            return str(tree.openstream(path).read().decode(encoding, "replace").rstrip("\0"))
    return ""
