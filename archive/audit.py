"""The trail of acts. A row is added to the transaction of the act, so that neither exists without the other.

Threat: somebody with the database edits a row. Guarantee: the keyed MAC over all fields shows it (`verify`). Residual
risk until rows are sealed into a chain: deleting or reordering whole rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from sqlalchemy.orm import Session

from archive.access.actor import Actor
from archive.models import Event, QueryLog, new_id, utc_now
from archive.vault.keys import KeyRing

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Identifies the request or command that acts; set at the edge, copied into every event and log line."""

DONE, REFUSED, FAILED = "done", "refused", "failed"


def record(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str,
    *,
    verdict: str = DONE,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """Adds the event to the running transaction. `detail` holds ids, codes and numbers, never content or names."""
    event = Event(
        id=new_id(),
        at=utc_now(),
        actor_id=actor.id,
        action=action,
        object_type=object_type,
        object_id=object_id,
        verdict=verdict,
        reason=reason,
        request_id=request_id.get(),
        detail=dict(detail or {}),
        mac=b"",
    )
    event.mac = keys.keyed_hash("audit", _canonical(event))
    session.add(event)
    return event


def record_search(session: Session, keys: KeyRing, actor: Actor, query: str, *, total: int) -> None:
    """A search: the event keeps a keyed digest, the words go to the query log under its own right."""
    digest = keys.keyed_hash("query", query.encode()).hex()
    event = record(session, keys, actor, "search:use", "query", digest[:36], detail={"total": total})
    session.flush()
    session.add(QueryLog(event_id=event.id, query=query, total=total))


def is_intact(keys: KeyRing, event: Event) -> bool:
    """Whether the row is as it was written."""
    return keys.keyed_hash("audit", _canonical(event)) == event.mac


def _canonical(event: Event) -> bytes:
    parts = (
        event.id,
        event.at.isoformat(),
        event.actor_id,
        event.action,
        event.object_type,
        event.object_id,
        event.verdict,
        event.reason,
        event.request_id,
        event.detail,
    )
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
