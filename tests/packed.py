"""Packed files, mailboxes and documents with attachments, made on the spot; odd and hostile ones, too."""

from __future__ import annotations

import base64
import email.message
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

import pypdfium2

from render.ops.compound import Branch, write_branch

Files = Mapping[str, bytes]
# No library here writes these formats: 档案/一.txt and b.txt, packed plainly, with a password, and with a hidden list.
SEVENZIP = base64.b64decode(
    "N3q8ryccAARHTX1JigAAAAAAAAAUAAAAAAAAAN4T7a/gAlgAEV0Aci4RrmUjHTZQYDi0JnFzgAAA4AB6AGldAACBMweuD8+SbmAP1GpefeXX3jQ8"
    "0nbLYrBiYft6EQI0esYe1P5ARlWqoHy/874wZAmm1s6zggmXhnTBsU30cOAaDsGIKYALYCw5DsnCO2Ed5MB0cfDPKg0x6nc4liPMf4SsGW34Fq4A"
    "AAAXBhkBCXEABwsBAAEhIQEYDHsAAA=="
)
SEVENZIP_LOCKED = base64.b64decode(
    "N3q8ryccAARMCvSMrQAAAAAAAAAWAAAAAAAAABd8J4BtQd4zB/i4seERy/HLXnDpHdXwHBR3iwvoerxAXqX+feAAkgCFXQAAgTMHrg/QDv4Q12qH"
    "LtaLpFsiL8pcrlAsm0S3RYFi00/mgAzWnerxiVHZpcDxHNgfG95LsDj30zo62iUhdiOKbZqFvWyl/k33axUnt5jUG4F1gF41B9lQ0Z/Zl+lREiJU"
    "0K2g504pichl0w29WSR/ld3v+jrm4xKpi3hrdMa4l1tyEgAAABcGIAEJgI0ABwsBAAEhIQEYDICTAAA="
)
SEVENZIP_HIDDEN = base64.b64decode(
    "N3q8ryccAATqlMBzwAAAAAAAAAAqAAAAAAAAAB05n6kjKcG5Xr+edEA3sbhbdlJhoL0b7BdoJFdCTh8f8d/OMDbyed2kJQY0gKlqf/nFKBzhoYpQ"
    "NlZXSrQBSCDU7hHi6wPUSFluvamZCasg0ZVitNkk6+/vmcxgQW9XYW5mloxiYyxnTJY+3A2ts564v30bvZKvza411JJhx4wNEsNWUc9K/0DzTPrt"
    "tEJig3fVmJUhgA9CTD96r+jbXzSq5kMewxy+/WK7D0TN3kBt1nn0k6A11Dfij/KAGhLn68DsE9QXBiABCYCgAAcLAQABJAbxBwESUw84C0rONSAu"
    "5quNU2mGNQz4DICTAAA="
)


class _ForeignName(zipfile.ZipInfo):
    """A name in another encoding, without a word about it."""

    encoding = "gb18030"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - of the library
        return self.filename.encode(self.encoding), self.flag_bits


def make_zip(files: Files, *, is_gbk: bool = False, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, data in files.items():
            info = (_ForeignName if is_gbk else zipfile.ZipInfo)(name)
            info.compress_type = method
            packed.writestr(info, data)
    return out.getvalue()


def lock_member(data: bytes, name: str) -> bytes:
    """Marks a member of a ZIP file as encrypted (APPNOTE.TXT, 4.4.4: bit 0), in both of its headers."""
    locked = bytearray(data)
    for magic, flags, at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        place = 0
        while (place := data.find(magic, place)) >= 0:
            if data[place + at :].startswith(name.encode()):
                locked[place + flags] |= 1
            place += 4
    return bytes(locked)


def make_tar(files: Files, mode: str = "w", links: Mapping[str, str] | None = None) -> bytes:
    """`mode` as of tarfile, with its compression; `links` are symbolic ones."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT) as packed:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            packed.addfile(info)
    return out.getvalue()


def make_rar(files: Files) -> bytes:
    """RAR 5 without compression (RAR 5.0 archive format, technical note of its author)."""
    blocks = [_rar_block(1, 0, _number(0))]
    for name, data in files.items():
        path = name.encode()
        checksum = struct.pack("<I", zlib.crc32(data))
        numbers = _number(4) + _number(len(data)) + _number(0) + checksum + _number(0) + _number(1)
        blocks.append(_rar_block(2, 2, numbers + _number(len(path)) + path, data))
    return b"Rar!\x1a\x07\x01\x00" + b"".join([*blocks, _rar_block(5, 0, _number(0))])


def _rar_block(kind: int, flags: int, body: bytes, data: bytes = b"") -> bytes:
    content = _number(kind) + _number(flags) + (_number(len(data)) if flags & 2 else b"") + body
    header = _number(len(content)) + content
    return struct.pack("<I", zlib.crc32(header)) + header + data


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def make_mail(subject: str, body: str, attachments: Files, forwarded: bytes = b"") -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content(body)
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if forwarded:
        message.add_attachment(email.message_from_bytes(forwarded, policy=email.policy.default))
    return message.as_bytes()


def make_mailbox(*mails: bytes) -> bytes:
    quoted = (mail.replace(b"\nFrom ", b"\n>From ") for mail in mails)
    return b"".join(b"From a@example.org Mon Jan  1 10:00:00 2024\n" + mail.rstrip(b"\n") + b"\n\n" for mail in quoted)


def attach_to_pdf(pdf: bytes, attachments: Files) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    for name, data in attachments.items():
        document.new_attachment(name).set_data(data)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def nest(data: bytes, name: str, times: int) -> bytes:
    """A file in a ZIP file in a ZIP file …"""
    for level in range(times):
        data = make_zip({name if level == 0 else f"{level}.zip": data}, method=zipfile.ZIP_STORED)
    return data


def embed(document: bytes, files: Files) -> bytes:
    """An Office document with parts in its folder of embedded objects."""
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    return make_zip(parts | {f"word/embeddings/{name}": data for name, data in files.items()})


def make_native(name: bytes, data: bytes) -> bytes:
    """A packed file as Windows programs embed it: a compound file with one stream."""
    return make_compound("\x01Ole10Native", make_native_stream(name, data))


def make_native_stream(name: bytes, data: bytes) -> bytes:
    """The stream of such a file."""
    path = b"C:\\" + name + b"\0"
    named = b"\2\0" + name + b"\0" + path + b"\0\0\3\0" + struct.pack("<I", len(path)) + path
    stream = named + struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(stream)) + stream


def make_slides(*objects: bytes) -> bytes:
    """A presentation of the old kind that holds nothing but objects, every second one packed."""
    stream = b""
    for number, data in enumerate(objects):
        content = struct.pack("<I", len(data)) + zlib.compress(data) if number % 2 else data
        stream += struct.pack("<HHI", number % 2 << 4, 0x1011, len(content)) + content
    return write_branch({"PowerPoint Document": stream.ljust(5000, b"\0")})


def make_message(subject: str, body: str, attachments: Files, forwarded: Branch | None = None) -> Branch:
    """An Outlook message as a tree of streams; `forwarded` is attached as a message."""
    message: dict[str, bytes | Branch] = {
        "__properties_version1.0": bytes(32),
        "__nameid_version1.0": {f"__substg1.0_000{n}0102": b"" for n in (2, 3, 4)},
        "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
    }
    hanging: list[dict[str, bytes | Branch]] = [
        {"__substg1.0_3707001F": name.encode("utf-16-le"), "__substg1.0_37010102": data}
        for name, data in attachments.items()
    ]
    if forwarded is not None:
        inner = {name: content for name, content in forwarded.items() if name != "__nameid_version1.0"}
        inner["__properties_version1.0"] = bytes(24)  # shorter in here
        hanging.append({"__substg1.0_3001001F": forwarded["__substg1.0_0037001F"], "__substg1.0_3701000D": inner})
    for number, one in enumerate(hanging):
        message[f"__attach_version1.0_#{number:08X}"] = {"__properties_version1.0": bytes(8), **one}
    return message


def make_tnef(files: Files, *, is_wide: bool = True) -> bytes:
    """Outlook's winmail.dat; long names in Unicode, or short ones as older programs write them."""
    data = b"\x78\x9f\x3e\x22\1\0" + _tnef_attribute(1, 0x00089006, b"\0\0\1\0")
    for name, content in files.items():
        data += _tnef_attribute(2, 0x00069002, bytes(14))
        data += _tnef_attribute(2, 0x00018010, name.encode("gb18030") + b"\0")
        data += _tnef_attribute(2, 0x0006800F, content)
        wide = f"{name}\0".encode("utf-16-le")
        named = struct.pack("<HH", 0x0003, 0x8001) + bytes(16) + struct.pack("<III", 0, 7, 9)
        text = struct.pack("<HHII", 0x001F, 0x3707, 1, len(wide)) + wide + bytes(-len(wide) % 4)
        if is_wide:
            data += _tnef_attribute(2, 0x00069005, struct.pack("<I", 2) + named + text)
    return data


def _tnef_attribute(level: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def make_compound(name: str, stream: bytes) -> bytes:
    """A compound file ([MS-CFB], version 3) with one stream, padded so that it needs no small sectors."""
    stream = stream.ljust(4096, b"\0")
    stream = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    end, free, used = 0xFFFFFFFE, 0xFFFFFFFF, len(stream) // 512
    table = [0xFFFFFFFD, end, *range(3, 2 + used), end]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0, 0).ljust(40, b"\0")
    header += struct.pack("<108I", *[free] * 108)
    folder = _compound_entry("Root Entry", 5, 1, end, 0) + _compound_entry(name, 2, free, 2, len(stream)) + bytes(256)
    return header + struct.pack("<128I", *(table + [free] * 128)[:128]) + folder + stream


def _compound_entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
