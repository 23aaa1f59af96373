"""Departments, users and what they hold: roles, memberships, API tokens, grants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.models.base import Base, Id, new_id, utc_now


class Department(Base):
    """A department of the hospital. The code never changes; the name may."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    name_en: Mapped[str] = mapped_column(String(100), default="")
    functions: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Functional principals of the class scheme that its members hold, e.g. `finance`."""


class User(Base):
    """A person who signs in. Rights follow from roles, departments, clearance and grants, resolved at each request."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("clearance BETWEEN 1 AND 5", name="clearance"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    display_name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    clearance: Mapped[int] = mapped_column(Integer, default=2)
    """Highest sensitivity that may be read without a grant."""
    language: Mapped[str] = mapped_column(String(10), default="")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    """Raised to end every session of the user at once."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    roles: Mapped[list[UserRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    memberships: Mapped[list[Membership]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_role"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)


class Membership(Base):
    """A user belongs to a department."""

    __tablename__ = "membership"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), primary_key=True)


class ApiToken(Base):
    """A bearer token of a user; only its keyed digest is kept."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    revoked_at: Mapped[datetime | None]


class Grant(Base):
    """A valid permission beyond the class rules: for one item, one case volume or (standing) one class and below.

    `level` is the highest sensitivity it opens; `rights` is a subset of read, print, download, unmask.
    """

    __tablename__ = "grant"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN item_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN volume_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_object",
        ),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        Index("ix_grant_user_valid", "user_id", "valid_until"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    item_id: Mapped[str | None] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    volume_id: Mapped[str | None] = mapped_column(ForeignKey("case_volume.id", ondelete="CASCADE"))
    class_code: Mapped[str | None] = mapped_column(String(40))
    rights: Mapped[list[str]] = mapped_column(JSON)
    level: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(500))
    granted_by: Mapped[str] = mapped_column(Id)
    valid_from: Mapped[datetime] = mapped_column(default=utc_now)
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
