"""Tenants, their projects, and who belongs to them."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Authorship, Base, SoftDelete, Timestamps, UuidKey, enum_column
from app.enums import OrganizationRole, ProjectRole


class Organization(UuidKey, Authorship, SoftDelete, Base):
    """A tenant. The one with the slug `public` always exists and everyone reads it."""

    __tablename__ = "organizations"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)


class OrganizationMembership(UuidKey, Timestamps, Base):
    """A user's role in an organization."""

    __tablename__ = "organization_memberships"
    __table_args__ = (UniqueConstraint("user_id", "organization_id"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[OrganizationRole] = mapped_column(enum_column(OrganizationRole))


class Project(UuidKey, Authorship, SoftDelete, Base):
    """A piece of an organization's work; its slug is unique in the organization."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)


class ProjectMember(UuidKey, Timestamps, Base):
    """A user's role in a project; owners and admins of its organization are its admins without a row."""

    __tablename__ = "project_members"
    __table_args__ = (UniqueConstraint("user_id", "project_id"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[ProjectRole] = mapped_column(enum_column(ProjectRole))
