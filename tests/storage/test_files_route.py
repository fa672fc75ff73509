"""The route behind a disk store's links."""

import time
from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import httpx
import pytest
from starlette.applications import Starlette

from app.storage.disk import DiskStore
from app.storage.files_route import files_route
from app.storage.signing import Signer
from tests.storage.conftest import BASE_URL, SIGNER
from tests.storage.test_object_store import content, put

DATA = content(1000)


@pytest.fixture
async def client(disk_store: DiskStore) -> AsyncIterator[httpx.AsyncClient]:
    await put(disk_store, "packages/a/model.zip", DATA)
    transport = httpx.ASGITransport(Starlette(routes=[files_route(disk_store)]))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@pytest.fixture
async def url(disk_store: DiskStore) -> str:
    return await disk_store.download_url(
        "packages/a/model.zip", file_name="model.zip", expires_in_seconds=60, base_url=BASE_URL
    )


def signed(key: str, expires: str, name: str = "a") -> str:
    """A link whose signature fits, whatever it names."""
    query = {"name": name, "expires": expires, "signature": SIGNER.sign("GET", key, name, expires)}
    return f"/files/{quote(key, safe='')}?{urlencode(query)}"


async def test_head_tells_what_get_would_send(client: httpx.AsyncClient, url: str) -> None:
    # when
    head, get = await client.head(url), await client.get(url)
    # then
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    assert head.headers["content-length"] == "1000"
    assert head.headers["accept-ranges"] == "bytes"
    assert {"etag", "last-modified"} <= set(head.headers)


async def test_head_of_a_range(client: httpx.AsyncClient, url: str) -> None:
    answer = await client.head(url, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, b"")
    assert answer.headers["content-length"] == "10"


async def test_a_browser_neither_guesses_nor_runs_the_content(client: httpx.AsyncClient, url: str) -> None:
    for answer in (await client.get(url), await client.get("/files/a")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")


async def test_other_methods_are_refused(client: httpx.AsyncClient, url: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert (await client.request(method, url)).status_code == 405


@pytest.mark.parametrize("validator", ["etag", "last-modified"])
async def test_a_download_is_resumed_while_the_content_is_the_same(
    client: httpx.AsyncClient, url: str, validator: str
) -> None:
    # given
    known = (await client.head(url)).headers[validator]
    # when
    answer = await client.get(url, headers={"Range": "bytes=600-", "If-Range": known})
    # then
    assert (answer.status_code, answer.content) == (206, DATA[600:])


@pytest.mark.parametrize("known", ['"another"', 'W/"weak"', "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_a_download_starts_anew_when_the_content_changed(client: httpx.AsyncClient, url: str, known: str) -> None:
    answer = await client.get(url, headers={"Range": "bytes=600-", "If-Range": known})
    assert (answer.status_code, answer.content) == (200, DATA)


@pytest.mark.parametrize(
    "requested",
    [
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=1_0-20",
        "bytes=--5",
        "bytes=" + "9" * 5000 + "-",
    ],
)
async def test_a_range_that_is_no_single_range_sends_everything(
    client: httpx.AsyncClient, url: str, requested: str
) -> None:
    answer = await client.get(url, headers={"Range": requested})
    assert (answer.status_code, answer.content) == (200, DATA)


@pytest.mark.parametrize("requested", ["bytes=1000-", "bytes=999999-1000000", "bytes=-0"])
async def test_a_range_beyond_the_end_tells_the_length(client: httpx.AsyncClient, url: str, requested: str) -> None:
    answer = await client.get(url, headers={"Range": requested})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1000"


async def test_an_expired_link_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get(signed("packages/a/model.zip", str(int(time.time()) - 1)))
    assert answer.status_code == 410
    assert "expired" in answer.json()["message"]


async def test_a_changed_link_tells_nothing_of_what_is_stored(client: httpx.AsyncClient, url: str) -> None:
    # when
    present = await client.get(url.replace("expires=", "expires=1"))
    absent = await client.get(url.replace("expires=", "expires=1").replace("/a/", "/b/"))
    # then
    assert present.status_code == absent.status_code == 403
    assert present.content == absent.content


@pytest.mark.parametrize("missing", ["name", "expires", "signature"])
async def test_every_parameter_is_needed(client: httpx.AsyncClient, url: str, missing: str) -> None:
    for changed in (httpx.URL(url).copy_remove_param(missing), httpx.URL(url).copy_set_param(missing, "")):
        assert (await client.get(changed)).status_code == 403


@pytest.mark.parametrize("signature", ["é" * 64, "%ff%fe", "%00", "0" * 30_000])
async def test_any_text_may_stand_for_a_signature(client: httpx.AsyncClient, signature: str) -> None:
    answer = await client.get(f"/files/packages/a/model.zip?name=a&expires=9&signature={signature}")
    assert answer.status_code == 403


@pytest.mark.parametrize("key", ["../outside", "a/..", "/etc/passwd", "a/../../b", ".incoming/x", "a\x00b", "a//b"])
async def test_even_a_signature_opens_no_way_out(client: httpx.AsyncClient, key: str) -> None:
    assert (await client.get(signed(key, str(int(time.time()) + 60)))).status_code == 403


async def test_a_link_outlives_the_rotation_of_its_key(disk_store: DiskStore, client: httpx.AsyncClient) -> None:
    # given a link signed before a new key was put first
    old, new = "the old secret of this test ......", "the new secret of this test ......"
    disk_store.signer = Signer([old], "download link")
    url = await disk_store.download_url("packages/a/model.zip", file_name="a", expires_in_seconds=60, base_url=BASE_URL)
    # when
    disk_store.signer = Signer([new, old], "download link")
    rotated = await client.get(url)
    disk_store.signer = Signer([new], "download link")
    retired = await client.get(url)
    # then
    assert rotated.status_code == 200
    assert retired.status_code == 403
