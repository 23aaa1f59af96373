"""Errors of searching. Each carries the code and status that the edge shows; the sentences stand in `messages`."""

from __future__ import annotations

from archive.errors import ArchiveError


class BadRequestError(ArchiveError):
    """A parameter that cannot be used. `code` says why, `details` names the parameter."""

    status = 400

    def __init__(self, code: str, parameter: str) -> None:
        self.code = code  # type: ignore[misc]  # one class for all parameters: the code is per instance here
        super().__init__(details={"parameter": parameter})


class SearchUnavailableError(ArchiveError):
    """Elasticsearch cannot be reached, is not ready, or has no index yet."""

    code = "search_unavailable"
    status = 503
