"""A small world with something of everything: nulls, missing rows, invisible and deleted ones."""

import random
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import PackageAlias, PackageFile, ScanFinding
from app.enums import (
    EventType,
    PackageComponent,
    PackageKind,
    PackageStatus,
    RelationshipType,
    ScanSeverity,
    Visibility,
)
from app.events.log import Origin, append
from app.public_ids import public_id
from tests import factories


@dataclass(frozen=True)
class World:
    """What was made: accounts by name, and global ids of everything."""

    usernames: list[str]
    ids: list[str]


async def make_world(database: Database, seed: int) -> World:
    """The same rows for the same seed, but for ids and times."""
    chance = random.Random(seed)
    users = [await factories.make_user(database, name) for name in ("member", "manager", "outsider")]
    admin = await factories.make_user(database, "administrator", is_admin=True)
    lab = await factories.make_organization(database, "lab")
    for user, role in zip(users, ("MEMBER", "OWNER"), strict=False):
        await factories.make_membership(database, lab, user, role=role)
    project = await factories.make_project(database, lab, "cats")
    await factories.make_project_member(database, project, users[0], role="EDITOR")
    packages: list[UUID] = []
    for number in range(24):
        visibility = chance.choice(list(Visibility))
        is_public = visibility is Visibility.PUBLIC
        package = await factories.make_package(
            database,
            f"package{number % 9}",
            f"1.{number}.0",
            uploaded_by=chance.choice(users),
            organization=None if is_public and chance.random() < 0.7 else lab,
            project_id=project.id if visibility is Visibility.PROJECT else None,
            visibility=visibility,
            kind=chance.choice(list(PackageKind)),
            status=chance.choice([PackageStatus.READY] * 4 + [PackageStatus.QUARANTINED]),
            license=chance.choice(["MIT", "Apache-2.0", None]),
            readme=chance.choice([None, "# Über\u2028 readme", ""]),
            parameter_count=chance.choice([None, 0, 2**40]),
            deprecated_at=utc_now() if chance.random() < 0.2 else None,
            deprecation_reason="old" if chance.random() < 0.5 else None,
            deleted_at=utc_now() if chance.random() < 0.1 else None,
        )
        packages.append(package.id)
    await _contents(database, chance, packages)
    for child in range(1, len(packages)):
        for parent in chance.sample(range(child), min(child, chance.randint(0, 3))):
            relationship = chance.choice(list(RelationshipType))
            await factories.make_edge(database, packages[parent], packages[child], relationship_type=relationship)
    for package_id in packages:
        if chance.random() < 0.7:
            await factories.make_score(database, package_id, net_score=chance.choice([None, 0.0, 0.25, 0.5, 1.0]))
        for user in chance.sample(users, chance.randint(0, 3)):
            await factories.make_rating(database, package_id, user, stars=chance.randint(1, 5))
        for _ in range(chance.randint(0, 3)):
            await factories.make_download(database, package_id, chance.choice([*users, None]))
    await _events(database, chance, packages, [user.id for user in users], lab.id)
    ids = [f"pkg_{key.hex}" for key in packages]
    ids += [f"usr_{user.id.hex}" for user in (*users, admin)]
    ids += [f"org_{lab.id.hex}", f"prj_{project.id.hex}", "pkg_" + "0" * 32, "nonsense", ""]
    return World(["member", "manager", "outsider", "administrator"], ids)


async def _events(
    database: Database, chance: random.Random, packages: list[UUID], users: list[UUID], organization_id: UUID
) -> None:
    about_packages = [each for each in EventType if each.startswith(("PACKAGE", "LINEAGE", "DOWNLOAD"))]
    for _ in range(40):
        places = {"organization_id": chance.choice([organization_id, None])}
        async with database.write() as session:
            await append(
                session,
                chance.choice(about_packages),
                actor_id=chance.choice([*users, None]),
                entity_type="Package",
                entity_id=chance.choice(packages),
                payload=chance.choice(
                    [{}, {"parentId": public_id("Package", chance.choice(packages)), "n": [1.5, None]}]
                ),
                origin=chance.choice([None, Origin("192.0.2.1", None)]),
                **places,
            )
            for type_ in (EventType.USER_SIGNED_IN, EventType.USER_SIGN_IN_FAILED):
                user_id = chance.choice([*users, "unknown"])
                await append(session, type_, actor_id=None, entity_type="User", entity_id=user_id)


async def _contents(database: Database, chance: random.Random, packages: list[UUID]) -> None:
    async with database.write() as session:
        for package_id in packages:
            for number in range(chance.randint(0, 4)):
                has_tensors = chance.random() < 0.5
                session.add(
                    PackageFile(
                        package_id=package_id,
                        path=f"file{number}.bin",
                        size_bytes=2**33 * number,
                        sha256="0" * 64,
                        component=chance.choice(list(PackageComponent)),
                        format=chance.choice([None, "safetensors"]),
                        parameter_count=7 if has_tensors else None,
                        tensor_count=1 if has_tensors else None,
                        dtypes=["F32", "I8"] if has_tensors else None,
                    )
                )
            if chance.random() < 0.3:
                severity = chance.choice(list(ScanSeverity))
                session.add(ScanFinding(package_id=package_id, file=None, severity=severity, rule="r", message="m"))
        session.add(
            PackageAlias(
                organization_id=await factories.public_organization_id(database),
                name="package0",
                alias="production",
                package_id=packages[0],
                moved_at=utc_now() - timedelta(days=1),
            )
        )
