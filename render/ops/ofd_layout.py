"""Structure of OFD packages (GB/T 33190-2016, clauses 7, 8 and 13 to 17): documents, pages, templates, resources.

Page units are points (1/72 inch), the origin is the top left of the page's physical box.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from xml.etree.ElementTree import Element

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.ofd_text import Box, Matrix, numbers, object_matrix
from render.ops.package import Package

POINTS_PER_MILLIMETRE = 72 / 25.4
Placed = tuple[Element, Matrix]
_A4 = (0.0, 0.0, 210.0, 297.0)
_LARGEST = 100_000.0
_DEEPEST = 16
_MOST_OBJECTS = 500_000


@dataclass(frozen=True, kw_only=True)
class PageParts:
    """Where the parts of a page are: its content, the document that it belongs to, its notes."""

    path: str
    document: OfdDocument
    annotations: str | None


@dataclass
class OfdDocument:
    """One document of a package (most have one): its folder, the root of Document.xml, and shared resources."""

    package: Package
    path: str
    root: Element

    def find_part(self, path: str) -> Element | None:
        """The root of a part that is no page; None when it is missing or broken, which must not cost the pages."""
        try:
            return self.package.parse(path)
        except OpError as err:
            if err.outcome != "unreadable":
                raise
            return None

    def resolve(self, name: str | None, base: str) -> str:
        """Full name of a part that is named in part `base` (ST_Loc, clause 7.3). Raises OpError `damaged`."""
        if not name or not name.strip():
            raise OpError("damaged")
        return posixpath.join(posixpath.dirname(base), name.strip().replace("\\", "/"))

    @cached_property
    def templates(self) -> dict[str, str]:
        """Template page by id → name of its content."""
        found = self.root.iterfind("CommonData/TemplatePage")
        return {page.get("ID", ""): self.resolve(page.get("BaseLoc"), self.path) for page in found}

    @cached_property
    def box(self) -> Box:
        """Physical box of pages that do not state their own."""
        return _find_box(self.root.find("CommonData/PageArea")) or _A4

    @cached_property
    def _resources(self) -> list[tuple[str, Element]]:
        """Names and roots of the resource parts that the whole document shares."""
        found = []
        for name in chain(self.root.iterfind("CommonData/PublicRes"), self.root.iterfind("CommonData/DocumentRes")):
            path = self.resolve(name.text, self.path)
            tree = self.find_part(path)
            if tree is not None:
                found.append((path, tree))
        return found

    @cached_property
    def units(self) -> dict[str, Element]:
        """Content of composite graphics by id (clause 13), which any number of pages may show."""
        found = {}
        for _, tree in self._resources:
            for unit in tree.iter("CompositeGraphicUnit"):
                content = unit.find("Content")
                if content is not None:
                    found[unit.get("ID", "")] = content
        return found

    @cached_property
    def media(self) -> dict[str, str]:
        """Pictures by id → name of their file (clause 7.9)."""
        found = {}
        for path, tree in self._resources:
            folder = self.resolve(tree.get("BaseLoc") or ".", path)
            for medium in tree.iter("MultiMedia"):
                name = medium.findtext("MediaFile")
                if name:
                    found[medium.get("ID", "")] = posixpath.join(folder, name.strip().replace("\\", "/"))
        return found

    def iter_pages(self) -> Iterator[PageParts]:
        """The pages in the order of reading."""
        notes = self._find_notes()
        for page in self.root.iterfind("Pages/Page"):
            yield PageParts(
                path=self.resolve(page.get("BaseLoc"), self.path),
                document=self,
                annotations=notes.get(page.get("ID", "")),
            )

    def _find_notes(self) -> dict[str, str]:
        """Page id → part with its annotations (clause 15); a document with broken notes is still a document."""
        name = self.root.findtext("Annotations")
        path = self.resolve(name, self.path) if name else ""
        tree = self.find_part(path)
        pages = tree.iterfind("Page") if tree is not None else ()
        return {page.get("PageID", ""): self.resolve(page.findtext("FileLoc"), path) for page in pages}

    def iter_attachments(self) -> Iterator[tuple[str, str]]:
        """Name and part of each file that travels inside (clause 17); the format, where stated, is its extension."""
        name = self.root.findtext("Attachments")
        path = self.resolve(name, self.path) if name else ""
        tree = self.find_part(path) if path else None
        for file in tree.iterfind("Attachment") if tree is not None else ():
            title, form = file.get("Name") or "", (file.get("Format") or "").lower()
            suffix = f".{form}" if form and not title.lower().endswith(f".{form}") else ""
            yield f"{title}{suffix}", self.resolve(file.findtext("FileLoc"), path)


class OfdFile:
    """A package and its pages; closing it closes the package."""

    def __init__(self, source: Source) -> None:
        """Raises OpError `damaged`, `encrypted`."""
        self._package = Package(source)
        entry = self._package.parse("OFD.xml")
        # Packages under GM/T 0099-2020 replace their parts by sealed ones and list them here.
        if "Encryptions.xml" in self._package or entry.find(".//Encryptions") is not None:
            raise OpError("encrypted")
        roots = [posixpath.normpath(name.text or "") for name in entry.iterfind("DocBody/DocRoot")]
        self.documents = [OfdDocument(self._package, name, self._package.parse(name)) for name in roots]
        self.pages = [page for document in self.documents for page in document.iter_pages()]
        if not self.pages:
            raise OpError("damaged")

    def close(self) -> None:
        """Closes the package."""
        self._package.close()


@dataclass(frozen=True)
class PageContent:
    """What a page shows: its box in millimetres and its layers in the order of painting."""

    box: Box
    layers: tuple[Element, ...]
    has_templates: bool
    document: OfdDocument

    @classmethod
    def read(cls, parts: PageParts) -> PageContent:
        """Reads the content, templates and annotations of a page."""
        document = parts.document
        page = document.package.parse(parts.path)
        behind, before = list[Element](), list[Element]()
        box = _find_box(page.find("Area"))
        for use in page.iterfind("Template"):
            name = document.templates.get(use.get("TemplateID", ""))
            template = document.find_part(name) if name is not None else None
            if template is None:
                continue
            box = box or _find_box(template.find("Area"))
            (before if use.get("ZOrder") == "Foreground" else behind).extend(template.iterfind("Content"))
        notes = list[Element]()
        tree = document.find_part(parts.annotations) if parts.annotations else None
        if tree is not None:
            notes.extend(tree.iter("Appearance"))
        layers = (*behind, *page.iterfind("Content"), *before, *notes)
        return cls(box or document.box, layers, has_templates=bool(behind or before), document=document)

    @property
    def to_points(self) -> Matrix:
        """From millimetres of the document to points from the page's top left."""
        scale = POINTS_PER_MILLIMETRE
        return (scale, 0.0, 0.0, scale, -self.box[0] * scale, -self.box[1] * scale)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        return self.box[2] * POINTS_PER_MILLIMETRE, self.box[3] * POINTS_PER_MILLIMETRE

    def iter_objects(self) -> Iterator[Placed]:
        """Graphic objects with the space in which they lie, groups and composites resolved.

        Raises OpError `expands_too_much` for composites that show each other more often than any drawing needs.
        """
        budget = count(1)
        for layer in self.layers:
            # An annotation's appearance lies in its own boundary; layers lie in the page.
            matrix = object_matrix(layer, self.to_points) if layer.tag == "Appearance" else self.to_points
            yield from self._walk(layer, matrix, budget, 0)

    def _walk(self, group: Element, matrix: Matrix, budget: Iterator[int], depth: int) -> Iterator[Placed]:
        if depth > _DEEPEST:
            return
        for thing in group:
            if next(budget) > _MOST_OBJECTS:
                raise OpError("expands_too_much", "quarantined")
            if thing.tag in ("Layer", "PageBlock", "Content"):
                yield from self._walk(thing, matrix, budget, depth + 1)
            elif thing.tag == "CompositeObject":
                unit = self.document.units.get(thing.get("ResourceID", ""))
                if unit is not None:
                    yield from self._walk(unit, object_matrix(thing, matrix), budget, depth + 1)
            elif thing.tag.endswith("Object"):
                yield thing, matrix


def _find_box(area: Element | None) -> Box | None:
    box = numbers(area.findtext("PhysicalBox")) if area is not None else []
    if len(box) != 4 or not (0 < box[2] < _LARGEST and 0 < box[3] < _LARGEST):
        return None
    return box[0], box[1], box[2], box[3]


def open_file(source: Source) -> OfdFile:
    """The package, kept for the next request. Raises OpError `encrypted`, `damaged`, `declares_entities`."""
    file: OfdFile = source.keep("ofd", OfdFile)
    return file
