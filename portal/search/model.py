"""What the search page shows, built from a request and its result: groups of facet values, chips, links.

Everything is a plain link with the whole search in its address, so each step can be bookmarked, shared and undone with
the browser's own back button, and no script is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from archive.scheme import Scheme
from portal.search.labels import FACET_WORDS, SORT_WORDS, Labels
from retrieval.params import DEFAULT_SIZE, Facet, SearchRequest, Sort
from retrieval.results import Bucket, SearchResult

SHOWN_VALUES = 8
"""Values of a facet in view; the rest unfolds."""


@dataclass(frozen=True)
class Value:
    """One facet value as a link that switches it on or off. `below` are narrower classes."""

    label: str
    count: int
    address: str
    is_chosen: bool
    code: str = ""
    below: tuple[Value, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the narrower ones are worth showing at once."""
        return self.is_chosen or any(value.is_open for value in self.below)


@dataclass(frozen=True)
class Group:
    """One facet: the values in view and the rest."""

    name: str
    label: str
    values: tuple[Value, ...]
    more: tuple[Value, ...]
    chosen: int


@dataclass(frozen=True)
class Chip:
    """An active filter and the address without it."""

    label: str
    value: str
    address: str


def build_address(request: SearchRequest) -> str:
    """The address of a search."""
    args: dict[str, Any] = {facet.value: list(values) for facet, values in request.filters}
    if request.q:
        args["q"] = request.q
    if request.sort is not Sort.RELEVANCE:
        args["sort"] = request.sort.value
    if request.size != DEFAULT_SIZE:
        args["size"] = request.size
    if request.cursor:
        args["cursor"] = request.cursor
    return url_for("search.results", **args)


def build_toggle(request: SearchRequest, facet: Facet, key: str) -> str:
    """The address with one value switched; choosing a class takes the classes above and below it out."""
    chosen = dict(request.filters)
    values = chosen.get(facet, ())
    chosen[facet] = tuple(v for v in values if v != key) if key in values else (*_unrelated(facet, values, key), key)
    filters = tuple((name, kept) for name, kept in chosen.items() if kept)
    return build_address(replace(request, filters=filters, cursor=""))


def _unrelated(facet: Facet, values: Iterable[str], key: str) -> Iterator[str]:
    for value in values:
        is_nested = value.startswith(f"{key}·") or key.startswith(f"{value}·")
        if facet is not Facet.CLASS or not is_nested:
            yield value


def build_chips(request: SearchRequest, labels: Labels) -> list[Chip]:
    """Active filters in the order of the facets."""
    return [
        Chip(str(FACET_WORDS[facet]), labels.value(facet, key), build_toggle(request, facet, key))
        for facet, values in request.filters
        for key in values
    ]


def build_groups(request: SearchRequest, result: SearchResult, labels: Labels, scheme: Scheme) -> list[Group]:
    """Facets that have something to choose between, in their fixed order."""
    groups = []
    for facet in request.facets:
        buckets = result.facets.get(facet, ())
        values = _values(request, facet, buckets, labels, scheme)
        if values and (len(buckets) > 1 or any(value.is_chosen for value in values)):
            shown = max(SHOWN_VALUES, 1 + max((at for at, v in enumerate(values) if v.is_open), default=0))
            label, chosen = str(FACET_WORDS[facet]), len(request.chosen(facet))
            groups.append(Group(facet.value, label, values[:shown], values[shown:], chosen))
    return groups


def _values(
    request: SearchRequest, facet: Facet, buckets: tuple[Bucket, ...], labels: Labels, scheme: Scheme
) -> tuple[Value, ...]:
    def value(bucket: Bucket) -> Value:
        address = build_toggle(request, facet, bucket.key)
        return Value(labels.value(facet, bucket.key), bucket.count, address, bucket.is_chosen, bucket.key)

    found = {bucket.key: value(bucket) for bucket in buckets}
    if facet is Facet.CLASS:
        return build_tree(found, scheme)
    if facet is Facet.YEAR:
        return tuple(found[key] for key in sorted(found, reverse=True))
    if facet is Facet.SENSITIVITY:
        return tuple(found[key] for key in sorted(found))
    return tuple(found.values())


def build_tree(found: dict[str, Value], scheme: Scheme) -> tuple[Value, ...]:
    """Class values as a tree, in the order of the scheme; codes that left the scheme stand at its end."""

    def below(parent: str | None) -> tuple[Value, ...]:
        codes = (c.code for c in scheme.classes.values() if (c.path[-2] if len(c.path) > 1 else None) == parent)
        return tuple(replace(found[code], below=below(code)) for code in codes if code in found)

    strange = tuple(value for code, value in found.items() if code not in scheme.classes)
    return below(None) + strange


def build_sorts(request: SearchRequest) -> list[tuple[str, str, bool]]:
    """Orders to choose from: words, address, whether it is the present one."""
    return [
        (str(words), build_address(replace(request, sort=sort, cursor="")), sort is request.sort)
        for sort, words in SORT_WORDS.items()
    ]
