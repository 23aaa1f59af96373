"""Words, icons and tones for the codes of the record: states, outcomes, sensitivity, classes, departments.

A state is never told by colour alone: every badge is icon + word + tone (WCAG 2.2, 1.4.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Flask

from archive.access.actor import Role
from archive.reasons import OUTCOMES, Outcome
from archive.scheme import load_scheme
from portal.i18n import language


@dataclass(frozen=True)
class Badge:
    """What a badge shows. `tone` is a class of layout.css: plain, ok, info, warn, bad."""

    label: str
    icon: str
    tone: str


_STATES: Final = {
    "draft": ("草稿", "Draft", "pencil", "plain"),
    "handed_over": ("已移交", "Handed over", "box-arrow-in-right", "info"),
    "filed": ("在档", "Filed", "archive", "ok"),
    "returned": ("退回", "Returned", "arrow-return-left", "warn"),
    "destroyed": ("已销毁", "Destroyed", "x-octagon", "bad"),
    "on_hold": ("封存", "On hold", "lock", "warn"),
}
_OUTCOMES: Final = {
    Outcome.SEARCHABLE: ("check-circle", "ok"),
    Outcome.EMPTY: ("file-earmark", "plain"),
    Outcome.UNREADABLE: ("exclamation-triangle", "warn"),
    Outcome.QUARANTINED: ("shield-exclamation", "bad"),
    Outcome.REFUSED: ("x-circle", "bad"),
    Outcome.DUPLICATE: ("files", "info"),
}
_ROLES: Final = {
    Role.READER: ("读者", "Reader"),
    Role.CLERK: ("兼职档案员", "Filing clerk"),
    Role.ARCHIVIST: ("专职档案员", "Archivist"),
    Role.MR_ARCHIVIST: ("病案管理员", "Medical-record archivist"),
    Role.LOGISTICS: ("后勤人员", "Logistics"),
    Role.EQUIPMENT: ("设备管理员", "Equipment"),
    Role.FINANCE: ("财务人员", "Finance"),
    Role.HR: ("人事人员", "Personnel"),
    Role.HEAD: ("部门负责人", "Head of department"),
    Role.AUTHORITY: ("卫生健康主管部门人员", "Officer of the health authority"),
    Role.SYSTEM_ADMIN: ("系统管理员", "System administrator"),
    Role.SECURITY_ADMIN: ("安全管理员", "Security administrator"),
    Role.AUDITOR: ("审计管理员", "Auditor"),
}
_PROTECTED = 4
"""From this sensitivity on an entry shows a lock (docs/architecture.md, Access)."""


def init_app(app: Flask) -> None:
    """Offers the words to templates."""
    app.jinja_env.globals.update(
        class_name=class_name, outcome_badge=outcome_badge, sensitivity_badge=sensitivity_badge, state_badge=state_badge
    )


def in_language(chinese: str, english: str) -> str:
    """Whichever the reader speaks; Chinese where there is no English."""
    return english if english and language() == "en" else chinese


def role_name(role: Role) -> str:
    """Name of a role."""
    return in_language(*_ROLES[role])


def state_badge(state: str) -> Badge:
    """Badge of an item's state, or of the flag `on_hold`. Raises KeyError."""
    chinese, english, icon, tone = _STATES[state]
    return Badge(in_language(chinese, english), icon, tone)


def outcome_badge(outcome: str) -> Badge:
    """Badge of what became of a file; an empty outcome is work still going on."""
    if not outcome:
        return Badge(in_language("处理中", "In progress"), "hourglass-split", "info")
    icon, tone = _OUTCOMES[Outcome(outcome)]
    return Badge(in_language(*OUTCOMES[Outcome(outcome)]), icon, tone)


def sensitivity_badge(level: int) -> Badge:
    """Badge of a sensitivity level, 1 to 5. Raises KeyError."""
    names = load_scheme().sensitivity_levels[level]
    chinese = f"{level} 级 {names['zh']}"
    english = f"Level {level}: {names['en']}"
    return Badge(in_language(chinese, english), "shield-lock" if level >= _PROTECTED else "shield", "plain")


def class_name(code: str) -> str:
    """Name of a class; the code itself for one that left the scheme."""
    found = load_scheme().classes.get(code)
    return in_language(found.zh, found.en[:1].upper() + found.en[1:]) if found else code
