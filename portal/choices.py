"""What forms offer: classes, and departments that a person may file for."""

from __future__ import annotations

from dataclasses import dataclass

from archive import accounts
from archive.access.actor import Actor, Role
from portal import context
from portal.words import in_language


@dataclass(frozen=True)
class Choice:
    """An option of a select: value, words, and words it is also found by."""

    value: str
    label: str
    also: str = ""


def list_departments(actor: Actor) -> list[Choice]:
    """Departments that this person may file for: the archive room for all, others for their own."""
    is_room = bool(actor.roles & {Role.ARCHIVIST, Role.MR_ARCHIVIST})
    with context.get_archive().database.reading() as session:
        rows = accounts.list_departments(session)
    return [
        Choice(row.code, in_language(row.name, row.name_en)) for row in rows if is_room or row.code in actor.departments
    ]


def list_class_groups() -> list[tuple[str, list[Choice]]]:
    """Classes without classes below, in groups named by the way to them."""
    scheme = context.get_archive().scheme
    parents = {code for record_class in scheme.classes.values() for code in record_class.path[:-1]}
    groups: dict[str, list[Choice]] = {}
    for record_class in scheme.classes.values():
        if record_class.code in parents:
            continue
        way = [scheme.get(code) for code in record_class.path[:-1] or record_class.path]
        group = " › ".join(in_language(step.zh, step.en) for step in way)
        choice = Choice(
            record_class.code,
            in_language(record_class.zh, record_class.en),
            also=f"{record_class.code} {record_class.zh} {record_class.en}",
        )
        groups.setdefault(group, []).append(choice)
    return list(groups.items())
