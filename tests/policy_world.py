"""Generated actors and items for the access tests, and an independent reading of the access rules to judge by.

`may` is written from docs/architecture.md, Access, in plain conditions on one pair; it shares nothing with
`archive.access` but the names of roles and states. A rule that is dropped or bent there disagrees with it here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from archive.access.actions import Action
from archive.access.actor import ANONYMOUS, Actor, GrantedRight, Role
from archive.models import Item, ItemDepartment, new_id
from archive.scheme import load_scheme

SCHEME = load_scheme()
DEPARTMENTS = ("YB", "HQB", "SBK", "CWK")
FUNCTIONS = {"CWK": "finance", "SBK": "equipment", "HQB": "engineering"}
CLASSES = (
    "WS·XZ",
    "WS·DQ",
    "WS·RS",
    "WS·JC",
    "KU·01",
    "KJ·JJ·08",
    "KJ·SB·YL",
    "RS",
    "ZY·BL·ZY",
    "ZY·HQ·DT",
    "ZY·HT",
    "ZP",
)
VOLUMES = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")
ITEM_IDS = tuple(f"00000000-0000-4000-8000-{n:012d}" for n in range(40))
OWNERS = tuple(f"10000000-0000-4000-8000-{n:012d}" for n in range(3))
STATES = ("draft", "returned", "handed_over", "filed", "destroyed")
FUNCTION_OF_ROLE = {
    Role.ARCHIVIST: "archivist",
    Role.MR_ARCHIVIST: "mr_archivist",
    Role.LOGISTICS: "engineering",
    Role.EQUIPMENT: "equipment",
    Role.FINANCE: "finance",
    Role.HR: "hr",
}
NOT_STAFF = {Role.AUTHORITY, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}


def _often(common: object, rare: st.SearchStrategy[object], weight: int) -> st.SearchStrategy[object]:
    return st.one_of(*[st.just(common)] * weight, rare)


@st.composite
def items(draw: st.DrawFn, item_id: str | None = None) -> Item:
    """An item of the world; attributes that shut everything (on hold, destroyed) are rarer than others."""
    scope = draw(st.sampled_from(["本部门", "本部门", "指定部门", "全院"]))
    reading = draw(st.sets(st.sampled_from(DEPARTMENTS), max_size=2)) if scope == "指定部门" else set()
    addressed = draw(st.one_of(st.just(set()), st.sets(st.sampled_from([*DEPARTMENTS, "*"]), max_size=2)))
    return Item(
        id=item_id or draw(st.sampled_from(ITEM_IDS)),
        volume_id=draw(st.sampled_from([None, None, *VOLUMES])),
        class_code=draw(st.sampled_from([*CLASSES, "KJ·SB·YL", "KJ·JJ·08", "ZY·HT", "ZY·HQ·DT"])),
        title="题名",
        title_masked="题名",
        retention="D30",
        department=draw(st.sampled_from(DEPARTMENTS)),
        sensitivity=draw(st.sampled_from([1, 1, 2, 2, 2, 3, 4, 5])),
        reading_scope=scope,
        security_drawing=draw(_often(False, st.booleans(), 4)),
        on_hold=draw(_often(False, st.booleans(), 4)),
        state=draw(_often("filed", st.sampled_from(STATES), 2)),
        owner_id=draw(st.sampled_from([None, *OWNERS])),
        creators=[],
        keywords=[],
        meta={},
        revision=1,
        named_departments=[
            *(ItemDepartment(department=code, relation="reading") for code in sorted(reading)),
            *(ItemDepartment(department=code, relation="addressed") for code in sorted(addressed)),
        ],
    )


@st.composite
def grants(draw: st.DrawFn) -> GrantedRight:
    """A grant on one item, one volume or one class and below."""
    kind = draw(st.sampled_from(["item", "volume", "class"]))
    return GrantedRight(
        item_id=draw(st.sampled_from(ITEM_IDS)) if kind == "item" else None,
        volume_id=draw(st.sampled_from(VOLUMES)) if kind == "volume" else None,
        class_codes=SCHEME.below(draw(st.sampled_from(["KJ", "ZY·HQ", "WS", "ZY", "RS"])))
        if kind == "class"
        else frozenset(),
        rights=frozenset(draw(st.sets(st.sampled_from(["read", "print", "download", "unmask"]), min_size=1))),
        level=draw(st.integers(1, 5)),
    )


ROLE_SETS = tuple(
    frozenset(roles)
    for roles in (
        *[(Role.READER,)] * 4,
        *[(Role.CLERK,)] * 2,
        *[(Role.ARCHIVIST,)] * 4,
        *[(Role.MR_ARCHIVIST,)] * 2,
        *[(role,) for role in Role],
        (Role.READER, Role.HEAD),
        (Role.CLERK, Role.LOGISTICS),
    )
)


@st.composite
def actors(draw: st.DrawFn) -> Actor:
    """A person of the world, with functions from role and departments as `resolve_actor` gives them."""
    roles = draw(st.sampled_from(ROLE_SETS))
    departments = frozenset(draw(st.sets(st.sampled_from(DEPARTMENTS), max_size=3)))
    functions: set[str] = set()
    if not roles & NOT_STAFF:
        functions = {"staff", *(FUNCTIONS[d] for d in departments if d in FUNCTIONS)}
        functions |= {FUNCTION_OF_ROLE[role] for role in roles if role in FUNCTION_OF_ROLE}
    elif roles == {Role.AUTHORITY}:
        functions = {"authority"}
    return Actor(
        id=draw(st.sampled_from([*OWNERS, new_id()])),
        name="x",
        roles=roles,
        functions=frozenset(functions),
        departments=departments if not roles & NOT_STAFF else frozenset(),
        clearance=draw(st.sampled_from([1, 2, 3, 4, 5, 5])),
        grants=tuple(draw(st.lists(grants(), max_size=4))),
    )


def may(action: Action, actor: Actor, item: Item) -> bool:
    """Whether the architecture lets the actor do this with the item."""
    if actor is ANONYMOUS or not actor.roles:
        return False
    return _Case(actor, item).answers()[action]


@dataclass
class _Case:
    actor: Actor
    item: Item
    staff: bool = field(init=False)
    own_open: bool = field(init=False)

    def __post_init__(self) -> None:
        self.staff = not self.actor.roles & NOT_STAFF
        self.own_open = (
            self.staff
            and self.item.owner_id == self.actor.id
            and self.item.state in ("draft", "returned", "handed_over")
        )

    def answers(self) -> dict[Action, bool]:
        readable, limits = self.reader(), self.visible() and self.within_limits()
        archive_room = self.named("read", {"archivist", "mr_archivist"} & self.actor.functions)
        return {
            Action.ITEM_DISCOVER: self.visible() and self.discoverer(),
            Action.ITEM_READ: readable and limits,
            Action.ITEM_UNMASK: readable and limits and self.unmasker(),
            Action.ITEM_PRINT: readable and limits and (archive_room or self.granted("print") or self.own_open),
            Action.ITEM_DOWNLOAD: readable
            and limits
            and (archive_room or self.granted("download") or self.own_open)
            and SCHEME.get(self.item.class_code).download,
            Action.ITEM_EDIT: (self.own_open or self.clerk())
            and self.visible()
            and self.item.state in ("draft", "returned")
            and not self.item.on_hold,
            Action.TEXT_CORRECT: (archive_room or self.clerk()) and readable and limits and self.unmasker(),
            Action.ITEM_ATTACH: self.visible()
            and not self.item.on_hold
            and (
                ("archivist" in self.actor.functions and self.named("discover", {"archivist", "staff"}))
                or ("mr_archivist" in self.actor.functions and self.named("discover", {"mr_archivist"}))
                or (self.item.state in ("draft", "returned") and (self.own_open or self.clerk()))
            ),
            Action.ITEM_CREATE: (self.staff and self.item.department in self.actor.departments)
            or bool(self.actor.roles & {Role.ARCHIVIST, Role.MR_ARCHIVIST}),
        }

    def named(self, sight: str, functions: frozenset[str] | set[str]) -> bool:
        return bool(getattr(SCHEME.get(self.item.class_code), sight) & functions)

    def own_department(self) -> bool:
        return self.item.department in self.actor.departments

    def addressed(self, sight: str) -> bool:
        to = self.item.addressed_departments
        return (
            self.staff
            and self.named(sight, {"addressed"})
            and ("*" in to or bool(to & self.actor.departments))
            and self.item.sensitivity <= 4
        )

    def matching_grants(self) -> list[GrantedRight]:
        return [
            g
            for g in self.actor.grants
            if g.item_id == self.item.id
            or (g.volume_id is not None and g.volume_id == self.item.volume_id)
            or self.item.class_code in g.class_codes
        ]

    def granted(self, right: str) -> bool:
        return any(right in g.rights for g in self.matching_grants())

    def clerk(self) -> bool:
        return Role.CLERK in self.actor.roles and self.own_department()

    def in_scope(self) -> bool:
        if not self.staff or not self.named("read", {"scope"}):
            return False
        if self.item.reading_scope == "全院":
            return True
        named = self.item.reading_scope == "指定部门" and bool(self.item.reading_departments & self.actor.departments)
        return self.own_department() or named

    def by_name(self) -> bool:
        department = self.named("read", {"dept"}) and self.own_department()
        return self.named("read", self.actor.functions) or department or self.addressed("read")

    def reader(self) -> bool:
        return self.by_name() or self.in_scope() or self.granted("read") or self.own_open

    def unmasker(self) -> bool:
        department = self.named("unmask", {"dept"}) and self.own_department()
        return self.named("unmask", self.actor.functions) or department or self.granted("unmask") or self.own_open

    def discoverer(self) -> bool:
        department = self.named("discover", {"dept"}) and self.own_department()
        agreed = (
            self.actor.roles == {Role.AUTHORITY}
            and self.item.class_code in SCHEME.agreement
            and self.item.state == "filed"
            and not self.item.security_drawing
            and self.item.sensitivity <= 3
        )
        return (
            self.named("discover", self.actor.functions)
            or department
            or self.addressed("discover")
            or bool(self.matching_grants())
            or self.own_open
            or agreed
        )

    def visible(self) -> bool:
        state = self.item.state
        arranges = bool(self.actor.roles & {Role.CLERK, Role.HEAD}) and self.own_department()
        receives = bool(self.actor.roles & {Role.ARCHIVIST, Role.MR_ARCHIVIST})
        return (
            state == "filed"
            or self.own_open
            or (arranges and state in ("draft", "returned", "handed_over"))
            or (receives and state == "handed_over")
        )

    def within_limits(self) -> bool:
        sensitivity = self.item.sensitivity
        level = max((g.level for g in self.matching_grants()), default=0)
        cleared = sensitivity <= self.actor.clearance and (sensitivity <= 3 or self.by_name())
        single = any("read" in g.rights and not g.class_codes for g in self.matching_grants())
        return (
            not self.item.on_hold
            and (not self.item.security_drawing or single or self.own_open)
            and (cleared or sensitivity <= level or self.own_open)
        )
