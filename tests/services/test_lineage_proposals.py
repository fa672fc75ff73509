"""Links that a published package proposes itself: by its card, and by its configuration files."""

import io
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.config import Settings
from app.db.base import utc_now
from app.db.session import Database
from app.db.tables import LineageEdge, Package, User
from app.enums import PackageKind, RelationshipType, Visibility
from app.errors import NotFound
from app.events.log import Origin
from app.services.lineage import ParentLink
from app.services.publish_request import PublishRequest
from app.services.publishing import Published, publish
from app.storage.factory import make_store
from tests import factories
from tests.archives.builders import make_zip
from tests.schema.published import viewer_of

T = RelationshipType


def card(**front_matter: Any) -> str:
    """A README; JSON is YAML."""
    return f"---\n{json.dumps(front_matter)}\n---\n# Tiny\n"


async def published(
    database: Database, settings: Settings, user: User, files: dict[str, bytes | str], **stated: Any
) -> Published:
    archive = make_zip(files)
    store = make_store(settings)
    await store.start()
    request = PublishRequest(**{"name": "tiny", "version": "1.0.0", "kind": PackageKind.MODEL} | stated)
    file = io.BytesIO(archive)
    try:
        return await publish(
            database, store, settings, viewer_of(user), Origin(None, None), request, file, len(archive)
        )
    finally:
        await store.close()


async def parents(database: Database, package_id: UUID) -> dict[UUID, RelationshipType]:
    async with database.read() as connection:
        found = await connection.execute(
            select(LineageEdge.parent_id, LineageEdge.relationship_type).where(LineageEdge.child_id == package_id)
        )
        return dict(found.all())


@pytest.mark.parametrize(
    ("files", "type_"),
    [
        ({"README.md": card(base_model="google/bert-base")}, T.FINE_TUNED_FROM),
        ({"README.md": card(base_model="BERT-Base", base_model_relation="quantized")}, T.QUANTIZED_FROM),
        ({"README.md": card(base_model=["bert-base", "somebody/else"])}, T.MERGED_FROM),
        ({"config.json": json.dumps({"_name_or_path": "google/bert-base"})}, T.FINE_TUNED_FROM),
        ({"adapter_config.json": json.dumps({"base_model_name_or_path": "google/bert-base"})}, T.ADAPTER_OF),
    ],
)
async def test_a_base_model_that_is_named_is_linked(database: Database, settings: Settings, files, type_) -> None:
    # given
    user = await factories.make_user(database, can_upload=True)
    base = await factories.make_package(database, "bert-base")
    # when
    made = await published(database, settings, user, {"weights.txt": "w", **files})
    # then
    assert await parents(database, made.package_id) == {base.id: type_}
    warnings = [warning for warning in made.warnings if warning.code == "LINEAGE_PROPOSED"]
    assert [warning.message for warning in warnings] == [
        f"Linked to bert-base 1.0.0 as {type_}, which the package itself names."
    ]


async def test_datasets_of_the_card_are_linked_as_what_it_was_trained_on(
    database: Database, settings: Settings
) -> None:
    # given: a model of the same name is no data set
    user = await factories.make_user(database, can_upload=True)
    squad = await factories.make_package(database, "squad", kind=PackageKind.DATASET)
    await factories.make_package(database, "glue", kind=PackageKind.MODEL)
    # when
    made = await published(database, settings, user, {"README.md": card(datasets=["rajpurkar/squad", "glue"])})
    # then
    assert await parents(database, made.package_id) == {squad.id: T.TRAINED_ON}


async def test_the_newest_version_is_taken_first_of_the_own_organization(
    database: Database, settings: Settings
) -> None:
    # given
    user = await factories.make_user(database, can_upload=True)
    organization = await factories.make_organization(database)
    await factories.make_membership(database, organization, user)
    await factories.make_package(database, "base", "9.0.0")
    own = {
        version: await factories.make_package(database, "base", version, organization=organization)
        for version in ("1.9.0", "1.10.0", "1.2.0")
    }
    await factories.make_package(database, "base", "2.0.0", organization=organization, deleted_at=utc_now())
    # when
    made = await published(
        database, settings, user, {"README.md": card(base_model="hub/base")}, organization=organization.slug
    )
    # then
    assert await parents(database, made.package_id) == {own["1.10.0"].id: T.FINE_TUNED_FROM}


async def test_a_new_version_may_descend_from_the_one_before(database: Database, settings: Settings) -> None:
    user = await factories.make_user(database, can_upload=True)
    before = await factories.make_package(database, "tiny", "0.9.0")
    made = await published(database, settings, user, {"README.md": card(base_model="me/tiny")})
    assert await parents(database, made.package_id) == {before.id: T.FINE_TUNED_FROM}


async def test_what_the_publisher_states_is_not_doubted(database: Database, settings: Settings) -> None:
    # given
    user = await factories.make_user(database, can_upload=True)
    base = await factories.make_package(database, "base")
    stated = (ParentLink(base.id, T.DISTILLED_FROM),)
    # when
    made = await published(database, settings, user, {"README.md": card(base_model="base")}, parents=stated)
    # then
    assert await parents(database, made.package_id) == {base.id: T.DISTILLED_FROM}
    assert not [warning for warning in made.warnings if warning.code == "LINEAGE_PROPOSED"]


async def test_nothing_hidden_is_proposed_or_told(database: Database, settings: Settings) -> None:
    # given
    user = await factories.make_user(database, can_upload=True)
    organization = await factories.make_organization(database)
    await factories.make_package(database, "base", organization=organization, visibility=Visibility.ORGANIZATION)
    await factories.make_package(database, "gone", deleted_at=utc_now())
    # when
    made = await published(database, settings, user, {"README.md": card(base_model=["base", "gone", "never-was"])})
    # then
    assert await parents(database, made.package_id) == {}
    assert made.warnings == ()


async def test_an_unknown_stated_parent_publishes_nothing(database: Database, settings: Settings) -> None:
    # given
    user = await factories.make_user(database, can_upload=True)
    seen = await factories.make_package(database)
    gone = await factories.make_package(database, deleted_at=utc_now())
    stated = (ParentLink(seen.id, T.MERGED_FROM), ParentLink(gone.id, T.MERGED_FROM))
    # when
    with pytest.raises(NotFound, match="no package with this id") as refusal:
        await published(database, settings, user, {"a.txt": "a"}, parents=stated)
    # then
    assert refusal.value.path == ("input", "parents", "1", "packageId")
    async with database.read() as connection:
        assert (await connection.scalar(select(Package.id).where(Package.name == "tiny"))) is None
