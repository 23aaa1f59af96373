"""Indices behind aliases: create, load, swap, drop, check. Only the indexer calls what writes.

An index is named by its alias and a random suffix, so a new one can be filled beside the old one and take its place in
one atomic step. Functions work on the client they are given and keep no state.
"""

from __future__ import annotations

import json
import secrets
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from mappings.fold import fold_digest

_SCHEMA = Path(__file__).parent / "schema"


class Kind(StrEnum):
    """The two indices: catalogue records, and pages of their files."""

    ITEMS = "items"
    PAGES = "pages"


class Problem(StrEnum):
    """Why an index must be built anew."""

    MISSING = "missing"
    OTHER_SCHEMA = "other_schema"
    OTHER_FOLD = "other_fold"


@cache
def _load_schema(kind: Kind) -> str:
    return (_SCHEMA / f"{kind}.json").read_text(encoding="utf-8")


def build_index_body(kind: Kind, *, replicas: int, is_loading: bool = False) -> dict[str, Any]:
    """Settings and mappings of a new index; `is_loading` leaves refreshing off until `finish_loading`."""
    body: dict[str, Any] = json.loads(_load_schema(kind))
    body["settings"]["index"] |= {"number_of_replicas": replicas, "refresh_interval": "-1" if is_loading else "1s"}
    body["mappings"]["_meta"]["fold"] = fold_digest()
    return body


def alias_name(prefix: str, kind: Kind) -> str:
    """The name that readers and writers use."""
    return f"{prefix}-{kind}"


def create_index(client: Elasticsearch, prefix: str, kind: Kind, *, replicas: int, is_loading: bool = False) -> str:
    """A new empty index that no alias names yet; its name."""
    name = f"{alias_name(prefix, kind)}-{secrets.token_hex(4)}"
    body = build_index_body(kind, replicas=replicas, is_loading=is_loading)
    client.indices.create(index=name, settings=body["settings"], mappings=body["mappings"])
    return name


def finish_loading(client: Elasticsearch, index: str) -> None:
    """Makes everything written so far searchable and refreshing regular."""
    client.indices.put_settings(index=index, settings={"index": {"refresh_interval": "1s"}})
    client.indices.refresh(index=index)


def find_index(client: Elasticsearch, prefix: str, kind: Kind) -> str | None:
    """The index behind the alias."""
    try:
        return next(iter(client.indices.get_alias(name=alias_name(prefix, kind))))
    except NotFoundError:
        return None


def swap_alias(client: Elasticsearch, prefix: str, kind: Kind, index: str) -> tuple[str, ...]:
    """Points the alias at `index` in one step; the indices it named before, still there to be dropped."""
    alias = alias_name(prefix, kind)
    try:
        before = tuple(client.indices.get_alias(name=alias))
    except NotFoundError:
        before = ()
    actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": alias, "is_write_index": True}}]
    actions += [{"remove": {"index": old, "alias": alias}} for old in before if old != index]
    client.indices.update_aliases(actions=actions)
    return tuple(old for old in before if old != index)


def drop_index(client: Elasticsearch, index: str) -> None:
    """Removes an index; one that is already gone is no error."""
    client.indices.delete(index=index, ignore_unavailable=True)


def ensure_index(client: Elasticsearch, prefix: str, kind: Kind, *, replicas: int) -> str:
    """The index behind the alias, made when there is none."""
    found = find_index(client, prefix, kind)
    if found is None:
        found = create_index(client, prefix, kind, replicas=replicas)
        swap_alias(client, prefix, kind, found)
    return found


def check_index(client: Elasticsearch, prefix: str, kind: Kind) -> tuple[Problem, ...]:
    """What forbids to use the index behind the alias with this version of the program; empty when it fits."""
    index = find_index(client, prefix, kind)
    if index is None:
        return (Problem.MISSING,)
    meta = client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {})
    expected = build_index_body(kind, replicas=0)["mappings"]["_meta"]
    problems = []
    if meta.get("version") != expected["version"]:
        problems.append(Problem.OTHER_SCHEMA)
    if meta.get("fold") != expected["fold"]:
        problems.append(Problem.OTHER_FOLD)
    return tuple(problems)
