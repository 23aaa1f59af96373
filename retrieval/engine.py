"""Asks Elasticsearch. The one place that knows which of its failures mean "not available just now"."""

from __future__ import annotations

import logging
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from mappings.aliases import Kind, alias_name
from retrieval.errors import SearchUnavailableError

_log = logging.getLogger(__name__)
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


class Engine:
    """The two indices of one installation, for reading."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._names = {kind: alias_name(prefix, kind) for kind in Kind}

    def search(self, kind: Kind, body: dict[str, Any], *, preference: str) -> Any:
        """The answer to one body. `preference` keeps one person on one copy of the index, so that pages follow each
        other without gaps. Raises SearchUnavailableError; an answer from a part of the index counts as none."""
        try:
            answer = self._client.search(
                index=self._names[kind], preference=preference, allow_partial_search_results=False, **_renamed(body)
            )
        except TransportError as err:
            raise _unavailable(type(err).__name__) from err
        except NotFoundError as err:
            raise _unavailable("no_index") from err
        except ApiError as err:
            if err.meta.status in _BUSY or err.meta.status in (401, 403):
                raise _unavailable(str(err.meta.status)) from err
            raise
        return answer.body


def _renamed(body: dict[str, Any]) -> dict[str, Any]:
    return {{"_source": "source"}.get(name, name): value for name, value in body.items()}


def _unavailable(why: str) -> SearchUnavailableError:
    _log.warning("search engine not available: %s", why)
    return SearchUnavailableError()
