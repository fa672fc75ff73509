"""What only the S3 store does."""

import asyncio
import io
import random
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.storage.object_store import StorageUnavailable
from app.storage.s3 import S3Store
from tests.s3_server import S3Server, running_s3_server
from tests.storage.conftest import BASE_URL, new_s3_store
from tests.storage.test_object_store import MIB, PausingFile, content, put


@pytest.fixture
async def unreachable_store() -> AsyncIterator[S3Store]:
    with running_s3_server() as server:
        pass
    store = new_s3_store(server)
    yield store
    await store.close()


async def test_the_archive_directory_costs_a_few_requests(s3_store: S3Store) -> None:
    # given an archive of 24 MiB with 600 members
    packed = io.BytesIO()
    data = random.Random(0).randbytes(40_000)
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(600):
            archive.writestr(f"{number}.bin", data)
    await put(s3_store, "a.zip", packed.getvalue())
    ranges: list[str] = []

    def record(request: Any, **_: Any) -> None:
        ranges.append(request.headers["Range"])

    s3_store.client.meta.events.register("before-send.s3.GetObject", record)
    # when
    with await s3_store.open("a.zip") as file, zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        requests_for_directory = len(ranges)
        for name in names:
            assert archive.read(name) == data
    # then
    assert len(names) == 600
    assert requests_for_directory <= 3
    assert len(ranges) <= 3 + 2 * (24 // 4)


async def test_reading_the_rest_is_one_request(s3_store: S3Store) -> None:
    # given
    data = content(9 * MIB)
    await put(s3_store, "a", data)
    ranges: list[str] = []
    s3_store.client.meta.events.register(
        "before-send.s3.GetObject", lambda request, **_: ranges.append(request.headers["Range"])
    )
    # when
    with await s3_store.open("a") as file:
        file.seek(-5 * MIB, 2)
        rest = file.read()
    # then
    assert rest == data[-5 * MIB :]
    assert len(ranges) == 1


async def test_an_object_replaced_while_it_is_read_fails_the_read(s3_store: S3Store) -> None:
    # given
    await put(s3_store, "a", b"old")
    file = await s3_store.open("a")
    # when
    await put(s3_store, "a", b"new")
    # then
    with file, pytest.raises(StorageUnavailable, match="S3 answered PreconditionFailed"):
        file.read()


async def test_a_link_signed_with_another_secret_is_refused(s3_server: S3Server, s3_store: S3Store) -> None:
    # given
    await put(s3_store, "a", b"1")
    other = new_s3_store(s3_server, secret="not the secret of the server")
    other._bucket = s3_store._bucket
    # when
    url = await other.download_url("a", file_name="a", expires_in_seconds=60, base_url=BASE_URL)
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
    await other.close()
    # then
    assert answer.status_code == 403


async def test_links_name_the_public_address(s3_server: S3Server) -> None:
    # given a server that clients reach under another name than the registry does
    port = urlsplit(s3_server.endpoint_url).port
    store = new_s3_store(s3_server, public_url=f"http://localhost:{port}")
    await store.start()
    await put(store, "a", b"content")
    # when
    url = await store.download_url("a", file_name="a", expires_in_seconds=60, base_url=BASE_URL)
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
    await store.close()
    # then
    assert urlsplit(url).netloc == f"localhost:{port}"
    assert (answer.status_code, answer.content) == (200, b"content")


async def test_uploads_left_unfinished_are_discarded_by_age_and_prefix(s3_store: S3Store) -> None:
    # given
    for key in ("packages/a", "other/b"):
        upload = s3_store.client.create_multipart_upload(Bucket=s3_store.bucket, Key=key)
        s3_store.client.upload_part(
            Bucket=s3_store.bucket, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"part"
        )
    earlier, later = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 1))
    # then
    assert await s3_store.discard_unfinished(earlier, prefix="packages/") == 0
    assert await s3_store.discard_unfinished(later, prefix="packages/") == 1
    assert await s3_store.discard_unfinished(later, prefix="packages/") == 0
    left = s3_store.client.list_multipart_uploads(Bucket=s3_store.bucket)["Uploads"]
    assert [found["Key"] for found in left] == ["other/b"]


async def test_a_missing_bucket_is_not_ready_until_it_is_created(s3_server: S3Server) -> None:
    # given
    store = new_s3_store(s3_server)
    with pytest.raises(StorageUnavailable, match="bucket does not exist"):
        await store.check()
    # when
    await store.start()
    # then
    await store.check()
    await store.close()


async def test_a_server_out_of_reach_is_told_without_details(unreachable_store: S3Store) -> None:
    for attempt in (unreachable_store.check, unreachable_store.start):
        with pytest.raises(StorageUnavailable) as caught:
            await attempt()
        assert str(caught.value) == "S3 cannot be used: EndpointConnectionError"


async def test_a_server_that_dies_during_a_put_fails_it() -> None:
    # given
    file = PausingFile(content(20 * MIB), 9 * MIB)
    with running_s3_server() as server:
        store = new_s3_store(server)
        await store.start()
        task = asyncio.ensure_future(store.put("a", file, 20 * MIB))
        assert await asyncio.to_thread(file.reached.wait, 30)
    # when the server is gone
    file.may_go_on.set()
    # then
    with pytest.raises(StorageUnavailable):
        await task
    await store.close()
