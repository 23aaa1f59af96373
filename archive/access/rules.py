"""Rules: each turns an actor into a predicate on items. The policy table combines them; nobody else calls them.

Reasons are codes of `archive.reasons`: what a person is told when this rule is what stands in the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from archive.access import predicate as p
from archive.access.actor import Actor, GrantedRight, Role
from archive.access.predicate import Predicate, all_of, among, any_of, constant
from archive.models import ALL_DEPARTMENTS
from archive.scheme import load_scheme
from archive.states import State

Sight = Literal["discover", "read", "unmask"]

OWN_DEPARTMENT, NAMED_DEPARTMENTS, WHOLE_HOSPITAL = "本部门", "指定部门", "全院"
READING_SCOPES = (OWN_DEPARTMENT, NAMED_DEPARTMENTS, WHOLE_HOSPITAL)
OPEN_STATES = (State.DRAFT, State.RETURNED, State.HANDED_OVER)
ORDINARY_SENSITIVITY = 3
"""Up to here clearance alone decides; above, the class must name the reader (architecture, Access)."""


@dataclass(frozen=True)
class Rule:
    """A named rule. `reason` says what is missing where the rule does not hold."""

    name: str
    apply: Callable[[Actor], Predicate]
    reason: str = "not_reader"


@cache
def _classes(sight: Sight, principal: str) -> frozenset[str]:
    """Codes of the classes that name the principal for that sight."""
    return frozenset(c.code for c in load_scheme().classes.values() if principal in getattr(c, sight))


def _by_function(sight: Sight) -> Callable[[Actor], Predicate]:
    def apply(actor: Actor) -> Predicate:
        return among(p.CLASS, {code for function in actor.functions for code in _classes(sight, function)})

    return apply


def _by_department(sight: Sight) -> Callable[[Actor], Predicate]:
    def apply(actor: Actor) -> Predicate:
        return all_of(among(p.CLASS, _classes(sight, "dept")), among(p.DEPARTMENT, actor.departments))

    return apply


def _by_address(sight: Sight) -> Callable[[Actor], Predicate]:
    def apply(actor: Actor) -> Predicate:
        return all_of(
            constant(value=actor.is_staff),
            among(p.CLASS, _classes(sight, "addressed")),
            among(p.ADDRESSED_DEPARTMENTS, actor.departments | {ALL_DEPARTMENTS}),
            p.sensitivity_at_most(4),
        )

    return apply


def _by_reading_scope(actor: Actor) -> Predicate:
    return all_of(
        constant(value=actor.is_staff),
        among(p.CLASS, _classes("read", "scope")),
        any_of(
            among(p.SCOPE, {WHOLE_HOSPITAL}),
            all_of(among(p.SCOPE, {OWN_DEPARTMENT, NAMED_DEPARTMENTS}), among(p.DEPARTMENT, actor.departments)),
            all_of(among(p.SCOPE, {NAMED_DEPARTMENTS}), among(p.READING_DEPARTMENTS, actor.departments)),
        ),
    )


def _objects(grants: list[GrantedRight]) -> Predicate:
    return any_of(
        among(p.ID, {g.item_id for g in grants if g.item_id}),
        among(p.VOLUME, {g.volume_id for g in grants if g.volume_id}),
        among(p.CLASS, {code for g in grants for code in g.class_codes}),
    )


def _by_grant(right: str | None) -> Callable[[Actor], Predicate]:
    def apply(actor: Actor) -> Predicate:
        return _objects([g for g in actor.grants if right is None or right in g.rights])

    return apply


def _own_draft(actor: Actor) -> Predicate:
    return all_of(
        constant(value=actor.is_staff),
        among(p.OWNER, {actor.id}),
        among(p.STATE, OPEN_STATES),
    )


def _agreed_catalogue(actor: Actor) -> Predicate:
    return all_of(
        constant(value="authority" in actor.functions),
        among(p.CLASS, load_scheme().agreement),
        among(p.STATE, {State.FILED}),
        among(p.SECURITY_DRAWING, {"false"}),
        p.sensitivity_at_most(ORDINARY_SENSITIVITY),
    )


def _state_visible(actor: Actor) -> Predicate:
    arranges = constant(value=bool(actor.roles & {Role.CLERK, Role.HEAD}))
    receives = constant(value=bool(actor.roles & {Role.ARCHIVIST, Role.MR_ARCHIVIST}))
    return any_of(
        among(p.STATE, {State.FILED}),
        _own_draft(actor),
        all_of(arranges, among(p.STATE, OPEN_STATES), among(p.DEPARTMENT, actor.departments)),
        all_of(receives, among(p.STATE, {State.HANDED_OVER})),
    )


def _sensitivity(actor: Actor) -> Predicate:
    named = any_of(*(apply("read")(actor) for apply in (_by_function, _by_department, _by_address)))
    by_level = (
        all_of(p.sensitivity_at_most(level), _objects([g for g in actor.grants if g.level >= level]))
        for level in {g.level for g in actor.grants}
    )
    return any_of(
        p.sensitivity_at_most(min(actor.clearance, ORDINARY_SENSITIVITY)),
        all_of(p.sensitivity_at_most(actor.clearance), named),
        _own_draft(actor),
        *by_level,
    )


def _security_drawing(actor: Actor) -> Predicate:
    single = [g for g in actor.grants if not g.class_codes and "read" in g.rights]
    return any_of(among(p.SECURITY_DRAWING, {"false"}), _objects(single), _own_draft(actor))


def _archive_room(actor: Actor) -> Predicate:
    functions = actor.functions & {"archivist", "mr_archivist"}
    return among(p.CLASS, {code for function in functions for code in _classes("read", function)})


def _downloadable(actor: Actor) -> Predicate:  # noqa: ARG001 - the class decides, whoever asks
    return among(p.CLASS, {c.code for c in load_scheme().classes.values() if c.download})


def _editable(actor: Actor) -> Predicate:  # noqa: ARG001 - the state decides, whoever asks
    return among(p.STATE, {State.DRAFT, State.RETURNED})


def _clerk(actor: Actor) -> Predicate:
    return all_of(constant(value=Role.CLERK in actor.roles), among(p.DEPARTMENT, actor.departments))


def _attaches_to_draft(actor: Actor) -> Predicate:
    return all_of(_editable(actor), any_of(_own_draft(actor), _clerk(actor)))


def _attaches_in_room(actor: Actor) -> Predicate:
    """The archive room adds scans also to what is filed and to what it may list but not read: it handles the paper."""
    rooms = {"archivist": ("archivist", "staff"), "mr_archivist": ("mr_archivist",)}
    functions = {function for room in actor.functions & set(rooms) for function in rooms[room]}
    return among(p.CLASS, {code for function in functions for code in _classes("discover", function)})


def _member(actor: Actor) -> Predicate:
    return all_of(constant(value=actor.is_staff), among(p.DEPARTMENT, actor.departments))


def _holds(*roles: Role) -> Callable[[Actor], Predicate]:
    return lambda actor: constant(value=bool(actor.roles & set(roles)))


def by_function(sight: Sight) -> Rule:
    """The class names a function that the actor holds."""
    return Rule(f"function_{sight}", _by_function(sight))


def by_department(sight: Sight) -> Rule:
    """The class names the owning department, and the actor belongs to it."""
    return Rule(f"department_{sight}", _by_department(sight))


def by_address(sight: Sight) -> Rule:
    """The paper is addressed to the actor's department (主送, 抄送, 发放范围)."""
    return Rule(f"address_{sight}", _by_address(sight))


def by_grant(right: str | None) -> Rule:
    """A valid grant that carries the right; None: any right."""
    return Rule(f"grant_{right or 'any'}", _by_grant(right))


def holds(*roles: Role) -> Rule:
    """The actor has one of the roles, whatever the object."""
    return Rule("role_" + "_".join(roles), _holds(*roles), reason="not_role")


AGREED_CATALOGUE = Rule("agreed_catalogue", _agreed_catalogue)
ATTACHES_IN_ROOM = Rule("attaches_in_room", _attaches_in_room)
ATTACHES_TO_DRAFT = Rule("attaches_to_draft", _attaches_to_draft)
ARCHIVE_ROOM = Rule("archive_room", _archive_room)
CLERK_OF_DEPARTMENT = Rule("clerk_of_department", _clerk)
DOWNLOADABLE = Rule("downloadable", _downloadable, reason="never_downloaded")
EDITABLE = Rule("editable", _editable, reason="locked")
MEMBER = Rule("member", _member)
NOT_ON_HOLD = Rule("not_on_hold", lambda _: among(p.ON_HOLD, {"false"}), reason="on_hold")
NO_SECURITY_DRAWING = Rule("no_security_drawing", _security_drawing, reason="security_drawing")
OWN_DRAFT = Rule("own_draft", _own_draft)
READING_SCOPE = Rule("reading_scope", _by_reading_scope)
SENSITIVITY = Rule("sensitivity", _sensitivity, reason="sensitivity")
SIGNED_IN = Rule("signed_in", lambda actor: constant(value=bool(actor.roles)), reason="not_role")
STAFF = Rule("staff", lambda actor: constant(value=actor.is_staff), reason="not_role")
STATE_VISIBLE = Rule("state_visible", _state_visible)
