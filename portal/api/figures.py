"""Figures for monitoring, counted from the record itself, so that every process reports the same ones.

Times and numbers of requests are in the log lines (`portal.logs`); nothing here names a person or a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive import outbox
from archive.models import File, Item, Job
from archive.record import Archive


def render_figures(archive: Archive, parts: Mapping[str, bool]) -> str:
    """Figures in the text exposition format 0.0.4 of Prometheus. Those of a silent database are left out."""
    lines = [*_family("guidang_up", "Whether a part answers", {_label("part", p): int(up) for p, up in parts.items()})]
    if parts["database"]:
        with archive.database.reading() as session:
            lines += _iter_record(session)
    return "\n".join(lines) + "\n"


def _iter_record(session: Session) -> Iterator[str]:
    states = session.execute(select(Item.state, func.count()).group_by(Item.state))
    yield from _family("guidang_items", "Records by state", {_label("state", s): n for s, n in states})
    outcomes = session.execute(select(File.outcome, func.count()).group_by(File.outcome))
    words = {_label("outcome", outcome or "in_progress"): count for outcome, count in outcomes}
    yield from _family("guidang_files", "Files by outcome", words)
    due = {_label("topic", topic): count for topic, count in outbox.count_due(session).items()}
    yield from _family("guidang_outbox_due", "Promised work that is due and in nobody's hands", due)
    yield from _family("guidang_outbox_open", "Promised work in all", {"": outbox.count_open(session)})
    jobs = session.scalar(select(func.count()).select_from(Job).where(Job.finished_at.is_(None))) or 0
    yield from _family("guidang_jobs_open", "Jobs not finished", {"": jobs})


def _family(name: str, meaning: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"
    for label, value in values.items():
        yield f"{name}{label} {value}"


def _label(name: str, value: str) -> str:
    return f'{{{name}="{value}"}}'
