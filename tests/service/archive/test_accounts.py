"""Accounts: roles that exclude each other, passwords, tokens, rights resolved at the moment of asking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive import accounts, audit
from archive.access.actor import ANONYMOUS, SYSTEM, Role, resolve_actor
from archive.errors import ConflictError, InvalidError
from archive.models import Event, Grant, User, utc_now
from archive.record import Archive


def add(archive: Archive, name: str = "wang", **more: object) -> User:
    with archive.database.writing() as session:
        given = {"roles": [Role.READER], "departments": ["CWK"], "password": "correct horse"} | more
        return accounts.create_user(session, archive.keys, SYSTEM, name=name, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"roles": []}, "role"),
        ({"roles": [Role.SYSTEM_ADMIN, Role.AUDITOR]}, "role"),
        ({"roles": [Role.SECURITY_ADMIN, Role.READER]}, "role"),
        ({"roles": [Role.AUTHORITY, Role.READER]}, "role"),
        ({"clearance": 6}, "clearance"),
        ({"clearance": 0}, "clearance"),
        ({"departments": ["不存在的科"]}, "department"),
        ({"password": "short"}, "password"),
        ({"name": " "}, "name"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_field(archive: Archive, more: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as error:
        add(archive, **({"name": "wang"} | more))  # type: ignore[arg-type]
    assert list(error.value.details) == [field]
    with archive.database.reading() as session:
        assert accounts.find_user(session, "wang") is None


def test_a_name_is_given_once(archive: Archive) -> None:
    add(archive)
    with pytest.raises(ConflictError):
        add(archive)


def test_departments_are_known_by_code_and_by_name(archive: Archive) -> None:
    with archive.database.reading() as session:
        assert accounts.get_department(session, "财务科").code == accounts.get_department(session, "CWK").code == "CWK"


def test_new_departments_get_free_codes_and_no_functions(archive: Archive) -> None:
    with archive.database.writing() as session:
        first = accounts.create_department(session, archive.keys, SYSTEM, "甲科")
        second = accounts.create_department(session, archive.keys, SYSTEM, "乙科")
        assert first.code != second.code
        assert first.functions == []
        with pytest.raises(ConflictError):
            accounts.create_department(session, archive.keys, SYSTEM, "丙科", code="CWK")
        with pytest.raises(ConflictError):
            accounts.create_department(session, archive.keys, SYSTEM, "甲科")


def test_passwords_are_checked_and_changing_one_ends_sessions(archive: Archive) -> None:
    user = add(archive)
    assert accounts.is_password_right(user, "correct horse")
    assert not accounts.is_password_right(user, "wrong horse")
    assert not accounts.is_password_right(None, "correct horse")
    with archive.database.writing() as session:
        changed = session.get_one(User, user.id)
        accounts.change_password(session, archive.keys, SYSTEM, changed, "another horse")
        assert accounts.is_password_right(changed, "another horse")
        assert changed.session_epoch == user.session_epoch + 1
        changed.is_active = False
        assert not accounts.is_password_right(changed, "another horse")


def test_tokens_work_until_revoked_and_are_not_stored(archive: Archive) -> None:
    user = add(archive)
    with archive.database.writing() as session:
        token = accounts.issue_token(session, archive.keys, SYSTEM, user)
    with archive.database.writing() as session:
        owner = accounts.find_token_owner(session, archive.keys, token)
        assert owner is not None
        assert owner.id == user.id
        assert accounts.find_token_owner(session, archive.keys, token[:-1]) is None
        accounts.revoke_tokens(session, archive.keys, SYSTEM, user)
    with archive.database.reading() as session:
        assert accounts.find_token_owner(session, archive.keys, token) is None


def test_rights_follow_roles_departments_and_valid_grants(archive: Archive) -> None:
    user = add(archive)
    now = utc_now()
    with archive.database.writing() as session:
        for start, end, revoked, classes in (
            (-1, 1, False, "KJ·SB"),
            (-2, -1, False, "KJ·JJ"),
            (1, 2, False, "WS"),
            (-1, 1, True, "ZP"),
        ):
            session.add(
                Grant(
                    user_id=user.id,
                    class_code=classes,
                    rights=["read"],
                    level=2,
                    reason="x",
                    granted_by="y",
                    valid_from=now + timedelta(days=start),
                    valid_until=now + timedelta(days=end),
                    revoked_at=now if revoked else None,
                )
            )
    with archive.database.reading() as session:
        actor = resolve_actor(session, session.get_one(User, user.id))
    assert actor.functions == {"staff", "finance"}
    assert [sorted(grant.class_codes)[0] for grant in actor.grants] == ["KJ·SB"]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.AUTHORITY])
def test_who_is_not_staff_gains_nothing_from_a_department(archive: Archive, role: Role) -> None:
    user = add(archive, roles=[role])
    with archive.database.reading() as session:
        actor = resolve_actor(session, session.get_one(User, user.id))
    assert not actor.departments
    assert not actor.is_staff
    assert "finance" not in actor.functions


def test_a_disabled_account_is_nobody(archive: Archive) -> None:
    user = add(archive)
    with archive.database.writing() as session:
        session.get_one(User, user.id).is_active = False
    with archive.database.reading() as session:
        assert resolve_actor(session, session.get_one(User, user.id)) is ANONYMOUS


def test_every_act_leaves_an_event_whose_edit_shows(archive: Archive) -> None:
    user = add(archive)
    with archive.database.reading() as session:
        event = session.query(Event).filter_by(object_id=user.id, action="user:create").one()
        assert audit.is_intact(archive.keys, event)
        event.verdict = "refused"
        assert not audit.is_intact(archive.keys, event)
