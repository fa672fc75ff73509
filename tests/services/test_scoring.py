"""Scoring stored packages."""

import asyncio
import logging
import socket
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.db.base import utc_now
from app.db.tables import Package, PackageScore
from app.enums import EventType, PackageStatus
from app.scoring.evaluator import EVALUATOR_VERSION, METRICS
from app.services.scoring import score_package
from app.storage.object_store import StorageUnavailable
from schema.context import Services
from tests import factories
from tests.archives.builders import make_zip
from tests.schema.conftest import services
from tests.schema.published import FILES, events, publish_archive
from tests.scoring.conftest import host
from tests.storage.conftest import disk_store, new_s3_store, s3_store, store

__all__ = ["disk_store", "host", "s3_store", "services", "store"]


async def scores_of(database, package_id):
    async with database.read() as connection:
        found = await connection.execute(select(PackageScore.__table__).where(PackageScore.package_id == package_id))
        return found.one_or_none()


def metrics_of(row):
    return {metric["name"]: metric for metric in row.metrics}


async def score(services: Services, package_id, **more):
    return await score_package(services.database, services.store, services.settings, package_id, **more)


@pytest.fixture
async def ada(database):
    return await factories.make_user(database, "ada", can_upload=True)


async def test_a_package_is_scored_from_its_archive_in_either_store(services, store, ada):
    # given an archive with a card, weights and code, and no network
    services.store = store
    package_id = await publish_archive(services, ada)

    # when
    assert await score(services, package_id)

    # then every metric has a value or a reason for having none
    row = await scores_of(services.database, package_id)
    metrics = metrics_of(row)
    assert list(metrics) == list(METRICS)
    for name, metric in metrics.items():
        assert getattr(row, name) == metric["value"]
        assert set(metric) == {"name", "value", "reason", "confidence", "latency_ms"}
        assert metric["reason"]
    # and what the archive itself tells was seen
    assert row.license_score > 0.5
    assert row.size_score > 0.9
    assert "1 file" in metrics["code_quality"]["reason"]
    assert row.reproducibility is not None
    assert 0 < row.ramp_up_time <= 1
    # and what only other hosts or parents could tell is unknown, not nought
    assert (row.bus_factor, row.reviewedness, row.treescore) == (None, None, None)
    assert 0 < row.net_score < 1
    assert row.evaluator_version == EVALUATOR_VERSION
    assert row.scoring_latency_ms > 0
    # and it is told
    (event,) = await events(services.database, EventType.PACKAGE_SCORED)
    assert (event.entity_type, event.entity_id, event.actor_id) == ("Package", str(package_id), None)
    assert event.payload["netScore"] == row.net_score


async def test_other_hosts_are_asked_where_the_settings_allow_it(services, host, ada):
    # given a package that names its repository and its data
    repository = {
        "source_url": "https://huggingface.co/acme/tiny-bert",
        "repository_url": "https://github.com/acme/tiny-bert-training",
        "dataset_url": "https://huggingface.co/datasets/acme/reviews",
    }
    package_id = await publish_archive(services, ada, **repository)
    url = f"http://{host.host}"
    services.settings = services.settings.model_copy(
        update={
            "scoring_enabled": True,
            "huggingface_url": url,
            "github_api_url": url,
            "allowed_fetch_hosts": [host.host],
        }
    )
    # when
    assert await score(services, package_id)
    # then
    row = await scores_of(services.database, package_id)
    assert None not in (row.bus_factor, row.reviewedness, row.dataset_quality, row.dataset_code_linkage)
    assert host.asked


async def test_scoring_again_replaces(services, ada):
    # given
    package_id = await publish_archive(services, ada)
    await score(services, package_id)
    first = await scores_of(services.database, package_id)
    async with services.database.write() as session:
        await session.execute(update(PackageScore).values(net_score=0.001, treescore=0.9))
    # when
    assert await score(services, package_id, actor_id=ada.id)
    # then
    row = await scores_of(services.database, package_id)
    assert (row.net_score, row.treescore) == (pytest.approx(first.net_score), None)
    assert row.scored_at > first.scored_at
    assert [event.actor_id for event in await events(services.database, EventType.PACKAGE_SCORED)] == [None, ada.id]


async def test_what_has_scores_is_left_alone_unless_wanted_again(services, ada):
    # given
    package_id = await publish_archive(services, ada)
    await score(services, package_id, again=False)
    # when
    scored = await score(services, package_id, again=False)
    # then
    assert not scored
    assert len(await events(services.database, EventType.PACKAGE_SCORED)) == 1


async def test_parents_make_the_treescore(services, ada):
    # given a child of two scored parents, one of them linked twice, and of one without scores
    child = await publish_archive(services, ada)
    parents = await factories.make_packages(services.database, 3)
    await factories.make_score(services.database, parents[0], 0.2)
    await factories.make_score(services.database, parents[1], 0.6)
    await factories.make_edges(services.database, [(parent, child) for parent in parents])
    await factories.make_edge(services.database, parents[0], child, "MERGED_FROM")
    # when
    await score(services, child)
    # then
    row = await scores_of(services.database, child)
    assert row.treescore == pytest.approx(0.4)


async def test_a_new_score_reaches_the_descendants(services, ada):
    # given a chain of which only the youngest two have scores, made when the oldest had none
    weights_alone = make_zip({"model.safetensors": FILES["tiny/model.safetensors"]})
    oldest = await publish_archive(services, ada, weights_alone, version="1.0.0")
    middle, youngest = [await publish_archive(services, ada, version=f"{n}.0.0") for n in (2, 3)]
    await factories.make_edges(services.database, [(oldest, middle), (middle, youngest)])
    await score(services, middle)
    await score(services, youngest)
    before = await scores_of(services.database, youngest)
    # when
    await score(services, oldest)
    # then each has the mean of its parents, and a net score that knows of it
    found = [await scores_of(services.database, key) for key in (oldest, middle, youngest)]
    assert found[1].treescore == pytest.approx(found[0].net_score)
    assert found[2].treescore == pytest.approx(found[1].net_score)
    assert found[2].net_score != before.net_score
    assert metrics_of(found[2])["treescore"]["value"] == found[2].treescore
    event = (await events(services.database, EventType.PACKAGE_SCORED))[-1]
    assert event.entity_id == str(oldest)
    assert event.payload["netScore"] == found[0].net_score


async def test_parents_and_children_are_scored_at_once(services, ada):
    # given a family on which nobody waits for anybody
    database = services.database
    keys = [await publish_archive(services, ada, version=f"{n}.0.0") for n in range(6)]
    await factories.make_edges(database, [(keys[a], keys[b]) for a in range(6) for b in range(a + 1, 6)])
    # when
    await asyncio.gather(*(score(services, key) for key in (*keys, *reversed(keys))))
    # then every treescore is true
    found = {key: await scores_of(database, key) for key in keys}
    for number, key in enumerate(keys[1:], 1):
        parents = [found[parent].net_score for parent in keys[:number]]
        assert found[key].treescore == pytest.approx(sum(parents) / len(parents))


async def test_without_its_archive_a_package_is_scored_from_its_row(services, ada, caplog):
    # given a package whose object was lost
    caplog.set_level(logging.WARNING, "app.scoring")
    package_id = await publish_archive(services, ada)
    await services.store.delete(f"packages/{package_id.hex}.zip")
    # when
    assert await score(services, package_id)
    # then what the archive's listing tells is still known
    row = await scores_of(services.database, package_id)
    assert row.license_score > 0.5
    assert row.size_score > 0.9
    assert "scored without the archive" in caplog.text


async def test_an_archive_beyond_present_limits_is_scored_from_its_row(services, ada, caplog):
    # given limits that were lowered after the upload
    caplog.set_level(logging.WARNING, "app.scoring")
    package_id = await publish_archive(services, ada)
    services.settings = services.settings.model_copy(update={"archive_max_files": 1})
    # when
    assert await score(services, package_id)
    # then
    assert (await scores_of(services.database, package_id)).net_score > 0
    assert "scored without the archive" in caplog.text


async def test_a_licence_file_that_says_otherwise_is_seen(services, ada):
    # given a package stated to be MIT, with Apache's text in it
    text = "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n"
    archive = make_zip(FILES | {"tiny/LICENSE": text})
    package_id = await publish_archive(services, ada, archive, license="MIT")
    # when
    await score(services, package_id)
    # then
    metrics = metrics_of(await scores_of(services.database, package_id))
    assert "Apache-2.0" in metrics["license_score"]["reason"]


async def test_a_quarantined_package_is_scored_too(services, ada):
    # given
    package_id = await publish_archive(services, ada)
    async with services.database.write() as session:
        await session.execute(update(Package).values(status=PackageStatus.QUARANTINED))
    # when
    scored = await score(services, package_id)
    # then
    assert scored


async def test_what_is_gone_is_not_scored(services, ada):
    # given
    package_id = await publish_archive(services, ada)
    async with services.database.write() as session:
        await session.execute(update(Package).values(deleted_at=utc_now()))
    # when
    scored = [await score(services, package_id), await score(services, ada.id)]
    # then
    assert scored == [False, False]
    assert await scores_of(services.database, package_id) is None


async def test_a_store_out_of_reach_is_no_reason_for_low_scores(services, s3_server, ada):
    # given a package in a store that nobody runs any more
    package_id = await publish_archive(services, ada)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        nowhere = f"http://127.0.0.1:{listening.getsockname()[1]}"
    services.store = new_s3_store(replace(s3_server, endpoint_url=nowhere))
    # when / then: it stays without scores, to be scored later
    with pytest.raises(StorageUnavailable):
        await score(services, package_id)
    assert await scores_of(services.database, package_id) is None
    await services.store.close()
