"""ZIP packages with XML parts, read within bounds.

Threat: entities that expand for ever or fetch files, members that unpack without end, names that lead out of the
package. Guarantee: a document type declaration ends the reading before its first entity is defined; a member above its
limit or nested too deep is refused; names are only ever looked up among the members, never in a file system.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import zipfile
import zlib
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from render.jail.errors import OpError
from render.jail.source import Source

PART_BYTES = 64 * 1024**2
_DEEPEST = 200
_ENCRYPTED = 0x1
# Expat knows Unicode and single-byte encodings; these are what Chinese programs write besides.
_CHINESE = re.compile(rb"""^<\?xml[^>]{0,100}?encoding\s*=\s*["'](gb2312|gbk|gb18030)["']""", re.I)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)


def prepare() -> None:
    """Loads the encodings of member names and of parts while files may still be opened."""
    for name in ("cp437", "gb18030"):
        codecs.lookup(name)


class Package:
    """The members of a ZIP file by their names; a leading slash and the case of letters make no difference."""

    def __init__(self, source: Source) -> None:
        """Raises OpError `damaged` when there is no directory, `encrypted` when members need a password."""
        try:
            self._zip = zipfile.ZipFile(source.open())
        except _DAMAGE as err:
            raise OpError("damaged") from err
        self._members = {_key(info.filename): info for info in self._zip.infolist()}
        if any(info.flag_bits & _ENCRYPTED for info in self._members.values()):
            raise OpError("encrypted")

    @property
    def names(self) -> list[str]:
        """Names of the members in the order of the directory, in lower case."""
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._members

    def read(self, name: str, limit: int = PART_BYTES) -> bytes:
        """Bytes of a member. Raises OpError `damaged` when it is missing or broken, `expands_too_much`."""
        info = self._members.get(_key(name))
        if info is None:
            raise OpError("damaged")
        try:
            with self._zip.open(info) as member:
                data = member.read(limit + 1)
        except _DAMAGE as err:
            raise OpError("damaged") from err
        if len(data) > limit:
            raise OpError("expands_too_much", "quarantined")
        return data

    def parse(self, name: str) -> Element:
        """The tree of an XML member, see `parse_xml`."""
        return parse_xml(self.read(name))

    def close(self) -> None:
        """Closes the package's file."""
        self._zip.close()


def _key(name: str) -> str:
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").casefold()


def parse_xml(data: bytes) -> Element:
    """The root element; tags and attributes are without their namespaces.

    Raises OpError `damaged` for what is not well formed, `declares_entities` for any document type declaration.
    """
    encoding = None
    if _CHINESE.match(data.removeprefix(b"\xef\xbb\xbf")):
        data, encoding = data.decode("gb18030", "replace").encode(), "utf-8"
    builder, depth = TreeBuilder(), 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise OpError("damaged")
        builder.start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(tag))

    def refuse(*_: Any) -> None:
        raise OpError("declares_entities", "quarantined")

    parser = expat.ParserCreate(encoding, "}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, ParseError, ValueError, AssertionError) as err:
        raise OpError("damaged") from err


def _local(name: str) -> str:
    return name.rpartition("}")[2]
