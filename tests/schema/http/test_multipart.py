"""Uploads by the multipart request specification: well-formed ones arrive, all others are told why not."""

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.schema.http.conftest import Endpoint

STORE = "mutation ($file: Upload!) { store(file: $file) }"
OPERATIONS = json.dumps({"query": STORE, "variables": {"file": None}})
MAP = json.dumps({"0": ["variables.file"]})
PREFLIGHT = {"GraphQL-Preflight": "1"}
FILE = ("model.zip", b"content")


async def send(endpoint: Endpoint, *parts: tuple[str, Any], **headers: str) -> Any:
    """Post a form; a part is (name, text) or (name, (filename, bytes))."""
    files = [(name, value if isinstance(value, tuple) else (None, value)) for name, value in parts]
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await endpoint.http.post(endpoint.url, files=files, headers=given or PREFLIGHT)


@pytest.mark.parametrize("header", ["GraphQL-Preflight", "X-Requested-With", "Apollo-Require-Preflight"])
async def test_a_file_reaches_the_resolver(ample: Endpoint, header: str) -> None:
    parts = [("operations", OPERATIONS), ("map", MAP), ("0", FILE)]

    response = await ample.http.post(
        ample.url, files=[(n, v if isinstance(v, tuple) else (None, v)) for n, v in parts], headers={header: "x"}
    )

    assert response.json()["data"] == {"store": "model.zip 7"}
    assert all(file.file.closed for file in ample.journal.files)


async def test_a_form_of_a_foreign_page_is_refused_by_name_of_the_headers(ample: Endpoint) -> None:
    response = await send(ample, ("operations", OPERATIONS), ("map", MAP), ("0", FILE), Origin="https://evil.example")

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"
    for header in ("GraphQL-Preflight", "X-Requested-With", "Apollo-Require-Preflight"):
        assert header in response.json()["errors"][0]["message"]
    assert ample.journal.files == []


async def test_an_empty_preflight_header_does_not_count(ample: Endpoint) -> None:
    response = await send(ample, ("operations", OPERATIONS), ("map", MAP), ("0", FILE), GraphQL_Preflight="")

    assert response.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"


async def test_several_files_lists_and_batches(ample: Endpoint) -> None:
    # given
    store_all = "mutation ($files: [Upload!]!) { storeAll(files: $files) }"
    batch = [
        {"query": store_all, "variables": {"files": [None, None]}},
        {"query": STORE, "variables": {"file": None}},
    ]
    places = {"a": ["0.variables.files.0"], "b": ["0.variables.files.1", "1.variables.file"]}

    # when
    response = await send(
        ample, ("operations", json.dumps(batch)), ("map", json.dumps(places)), ("a", ("a", b"1")), ("b", ("b", b"22"))
    )

    # then
    assert [item["data"] for item in response.json()] == [{"storeAll": ["a 1", "b 2"]}, {"store": "b 2"}]


async def test_files_may_come_first(ample: Endpoint) -> None:
    response = await send(ample, ("0", FILE), ("map", MAP), ("operations", OPERATIONS))

    assert response.json()["data"] == {"store": "model.zip 7"}


async def test_an_operation_without_files_may_be_multipart(ample: Endpoint) -> None:
    response = await send(ample, ("operations", '{"query": "{ hello }"}'), ("map", "{}"))

    assert response.json()["data"] == {"hello": "hello world"}


def _map(value: Any) -> list[tuple[str, Any]]:
    return [("operations", OPERATIONS), ("map", json.dumps(value)), ("0", FILE)]


def _operations(value: Any, path: str = "variables.file") -> list[tuple[str, Any]]:
    return [("operations", json.dumps(value)), ("map", json.dumps({"0": [path]})), ("0", FILE)]


MALFORMED = {
    "no operations": [("map", MAP), ("0", FILE)],
    "no map": [("operations", OPERATIONS), ("0", FILE)],
    "operations twice": [("operations", OPERATIONS), ("operations", OPERATIONS), ("map", MAP), ("0", FILE)],
    "operations as a file": [("operations", ("o.json", OPERATIONS.encode())), ("map", MAP), ("0", FILE)],
    "map as a file": [("operations", OPERATIONS), ("map", ("m.json", MAP.encode())), ("0", FILE)],
    "operations not JSON": [("operations", "{"), ("map", MAP), ("0", FILE)],
    "map not JSON": [("operations", OPERATIONS), ("map", "{"), ("0", FILE)],
    "operations null": _operations(None),
    "operations a number": _operations(1),
    "operations a string": _operations("x"),
    "operations an empty array": _operations([], "0.variables.file"),
    "operations an array of null": _operations([None], "0.variables.file"),
    "operations nested too deeply": [("operations", "[" * 500 + "]" * 500), ("map", "{}")],
    "map null": _map(None),
    "map an array": _map([]),
    "map a number": _map(1),
    "map to null": _map({"0": None}),
    "map to a string": _map({"0": "variables.file"}),
    "map to numbers": _map({"0": [1]}),
    "map to objects": _map({"0": [{}]}),
    "map to nothing": _map({"0": []}),
    "map to an empty path": _map({"0": [""]}),
    "map to a path of dots": _map({"0": ["..."]}),
    "map to the variables": _map({"0": ["variables"]}),
    "map to the query": _map({"0": ["query"]}),
    "map to the operation name": _map({"0": ["operationName"]}),
    "map to an unknown variable": _map({"0": ["variables.other"]}),
    "map through null": _map({"0": ["variables.file.inner"]}),
    "map of a file that is missing": _map({"0": ["variables.file"], "1": ["variables.file"]}),
    "map of two files to one place": [*_map({"0": ["variables.file"], "1": ["variables.file"]}), ("1", FILE)],
    "a file that map leaves out": [("operations", OPERATIONS), ("map", "{}"), ("0", FILE)],
    "two files of one name": [*_map({"0": ["variables.file"]}), ("0", FILE)],
    "variables null": _operations({"query": STORE, "variables": None}),
    "variables missing": _operations({"query": STORE}),
    "a value where the file belongs": _operations({"query": STORE, "variables": {"file": "x"}}),
    "a path through a string": _operations({"query": STORE, "variables": {"file": "x"}}, "variables.file.0"),
    "an index out of range": _operations({"query": STORE, "variables": {"file": [None]}}, "variables.file.1"),
    "a negative index": _operations({"query": STORE, "variables": {"file": [None]}}, "variables.file.-1"),
    "an index that is no number": _operations({"query": STORE, "variables": {"file": [None]}}, "variables.file.x"),
    "an index in other digits": _operations({"query": STORE, "variables": {"file": [None]}}, "variables.file.²"),
    "an endless index": _operations({"query": STORE, "variables": {"file": [None]}}, "variables.file." + "9" * 5000),
    "an operation out of range": _operations([{"query": STORE, "variables": {"file": None}}], "1.variables.file"),
    "too many files": [("operations", OPERATIONS), ("map", MAP), *[(str(n), FILE) for n in range(11)]],
    "too many fields": [("operations", OPERATIONS), ("map", MAP), *[(f"f{n}", "x") for n in range(11)]],
    "a field too long": [("operations", "x" * (1 << 20 | 1)), ("map", MAP)],
}


@pytest.mark.parametrize("parts", MALFORMED.values(), ids=MALFORMED.keys())
async def test_malformed_parts_are_400(ample: Endpoint, parts: list[tuple[str, Any]]) -> None:
    response = await send(ample, *parts)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert ample.journal.files == []
    assert _spooled(ample) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=" + "b" * 300, b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"no boundary here"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{'),
        ("multipart/form-data; boundary=b", b"--b\r\n:\r\n\r\n--b--\r\n"),
    ],
)
async def test_a_malformed_frame_is_400(ample: Endpoint, content_type: str, body: bytes) -> None:
    response = await ample.post_raw(body, Content_Type=content_type, GraphQL_Preflight="1")

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]


async def test_a_file_written_into_the_document_is_refused(ample: Endpoint) -> None:
    for query, variables in [('mutation { store(file: "x") }', {}), (STORE, {"file": "x"})]:
        response = await ample.post(query, "application/graphql-response+json", variables=variables)

        assert response.status_code == 400
        assert "Upload" in response.json()["errors"][0]["message"]
    assert ample.journal.files == []


async def test_strangers_are_refused_before_their_upload_is_read(ample: Endpoint) -> None:
    # given an upload of 5 GB of which nothing is sent
    reader, writer = await ample.raw()
    writer.write(_head(5_000_000_000, "Authorization: Bearer stranger\r\n"))

    # when
    answer = await reader.read()

    # then
    assert b"UNAUTHENTICATED" in answer
    assert b"connection: close" in answer.lower()
    writer.close()


async def test_a_large_file_is_spooled_to_the_upload_folder_and_deleted(tight: Endpoint) -> None:
    # given
    content = b"x" * (2 << 20)

    # when
    response = await send(tight, ("operations", OPERATIONS), ("map", MAP), ("0", ("big", content)))

    # then
    assert response.json()["data"] == {"store": f"big {2 << 20}"}
    [spool] = tight.journal.spools
    assert spool.startswith(str(tight.settings.effective_upload_tmp_dir))
    assert _spooled(tight) == []


async def test_files_above_the_limit_are_413(tight: Endpoint) -> None:
    response = await send(tight, ("operations", OPERATIONS), ("map", MAP), ("0", ("big", b"x" * ((3 << 20) + 1))))

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_an_endless_upload_is_413_as_soon_as_it_passes_the_limit(tight: Endpoint) -> None:
    # given
    reader, writer = await tight.raw()
    writer.write(_head(None) + _chunk(_file_head()))

    # when more than the limit is sent, without ending
    for _ in range(49):
        writer.write(_chunk(b"x" * 65_536))

    # then
    assert (await reader.read()).startswith(b"HTTP/1.1 413 ")
    assert _spooled(tight) == []
    writer.close()


async def test_an_idle_upload_is_408(tight: Endpoint) -> None:
    reader, writer = await tight.raw()
    writer.write(_head(100_000) + _file_head() + b"x" * 1000)

    assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_an_upload_may_take_longer_than_other_operations(tight: Endpoint) -> None:
    # given a body that takes twice the time an operation may take, but is never idle for long
    body = _form()
    reader, writer = await tight.raw()
    writer.write(_head(len(body)))

    # when
    for start in range(0, len(body), len(body) // 5):
        writer.write(body[start : start + len(body) // 5])
        await asyncio.sleep(0.12)

    # then
    assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    writer.close()


async def test_a_client_that_leaves_during_its_upload_leaves_no_file(ample: Endpoint) -> None:
    # given a spooled half of a file
    _, writer = await ample.raw()
    writer.write(_head(10 << 20) + _file_head() + b"x" * (3 << 20))
    async with asyncio.timeout(10):
        while not _spooled(ample):  # noqa: ASYNC110  (the kernel tells nobody)
            await asyncio.sleep(0.01)

    # when
    writer.close()
    await writer.wait_closed()

    # then
    async with asyncio.timeout(10):
        while _spooled(ample):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_upload_is_not_answered_as_a_stream(ample: Endpoint) -> None:
    response = await send(
        ample, ("operations", OPERATIONS), ("map", MAP), ("0", FILE), Accept="text/event-stream", GraphQL_Preflight="1"
    )

    assert response.status_code == 400


def _spooled(endpoint: Endpoint) -> list[str]:
    """The spooled files this process holds open; they have no name in their folder, and vanish on closing."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(os.readlink(descriptor))
    return [link for link in links if link.startswith(str(endpoint.settings.effective_upload_tmp_dir))]


def _head(length: int | None, extra: str = "") -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"GraphQL-Preflight: 1\r\n{extra}{framing}\r\n\r\n"
    ).encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _file_head() -> bytes:
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("operations", OPERATIONS), ("map", MAP))
    )
    return f'{fields}--b\r\nContent-Disposition: form-data; name="0"; filename="f"\r\n\r\n'.encode()


def _form() -> bytes:
    return _file_head() + b"x" * 1000 + b"\r\n--b--\r\n"
