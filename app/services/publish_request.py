"""What a publisher states about an archive, and the rules for it."""

import re
from dataclasses import dataclass, replace
from uuid import UUID

from app.archives.license_names import spdx_expression
from app.config import Settings
from app.db.initial_data import PUBLIC_SLUG
from app.enums import PackageKind, Visibility
from app.services.lineage import ParentLink
from app.services.validation import Problems

NAME_RULE = re.compile(r"\A[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?\Z")
VERSION_RULE = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._+!-]{0,99}\Z")
LONGEST_DESCRIPTION = 10_000
MOST_PARENTS = 100


@dataclass(frozen=True)
class PublishRequest:
    """What a publisher states about an archive. What is None is filled from the archive where it can be."""

    name: str
    version: str
    kind: PackageKind
    organization: str = PUBLIC_SLUG
    project_id: UUID | None = None
    description: str | None = None
    author: str | None = None
    license: str | None = None
    source_url: str | None = None
    dataset_url: str | None = None
    repository_url: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    is_sensitive: bool = False
    access_control_script: str | None = None
    parents: tuple[ParentLink, ...] = ()


def checked(request: PublishRequest, settings: Settings, size_bytes: int) -> PublishRequest:
    """The request with its licence in SPDX spelling. Raises InvalidInput."""
    problems = Problems()
    problems.check(
        bool(NAME_RULE.match(request.name)),
        "name",
        "`name` has 1 to 200 letters, digits, dots, underscores and hyphens, the first and last a letter or digit.",
    )
    problems.check(
        bool(VERSION_RULE.match(request.version)),
        "version",
        "`version` has 1 to 100 letters, digits and . _ + ! -, and begins with a letter or digit.",
    )
    license = check_metadata(problems, request)
    problems.check(
        len(request.parents) <= MOST_PARENTS, "parents", f"`parents` may have at most {MOST_PARENTS} elements."
    )
    problems.check(
        0 < size_bytes <= settings.max_upload_bytes,
        "file",
        f"`file` must have 1 to {settings.max_upload_bytes} bytes.",
    )
    problems.raise_any()
    return replace(request, license=license)


def check_metadata(problems: Problems, request: PublishRequest) -> str | None:
    """Note what is wrong with what may be changed after publishing too; returns the licence in SPDX spelling."""
    problems.text("description", request.description, longest=LONGEST_DESCRIPTION)
    problems.text("author", request.author, longest=200)
    for field, url in (
        ("sourceUrl", request.source_url),
        ("datasetUrl", request.dataset_url),
        ("repositoryUrl", request.repository_url),
    ):
        problems.url(field, url)
    license = spdx_expression(request.license) if request.license else None
    problems.check(
        license is not None or not request.license,
        "license",
        "`license` must be an SPDX expression such as Apache-2.0 or MIT OR GPL-3.0-only.",
    )
    if request.visibility is Visibility.PROJECT and request.project_id is None:
        problems.add("project", "A package with visibility PROJECT needs a `project`.")
    if request.organization == PUBLIC_SLUG and request.visibility is not Visibility.PUBLIC:
        problems.add("visibility", "Everyone reads the organization `public`; publish privately in one of your own.")
    check_access_control(problems, request.access_control_script, is_sensitive=request.is_sensitive)
    return license


def check_access_control(problems: Problems, script: str | None, *, is_sensitive: bool) -> None:
    """Note what is wrong with an access-control script."""
    problems.check(
        script is None or is_sensitive,
        "accessControlScript",
        "Only a package with `isSensitive: true` has an access-control script.",
    )
