"""Reading a repository's licence from its host, whatever the host answers."""

import base64
import json
import socket

import pytest

from app.config import Settings
from app.licenses.repository import RepositoryLicense, repository_license
from app.scoring.fetch import Fetcher
from tests.local_server import LocalServer, Prepared

PATH = "/repos/acme/tool/license"
URL = "https://github.com/acme/tool"
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software, to deal in the
Software without restriction, including without limitation the rights to use, copy, modify and sell it."""


def settings_for(host: str, **others: object) -> Settings:
    values = {"github_api_url": f"http://{host}", "allowed_fetch_hosts": [host], "scoring_timeout_seconds": 5, **others}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def answer(spdx_id: str | None, text: str = "") -> Prepared:
    license = None if spdx_id is None else {"key": "k", "spdx_id": spdx_id}
    content = "\n".join(base64.encodebytes(text.encode()).decode().splitlines())
    return Prepared(json.dumps({"name": "LICENSE", "license": license, "content": content}).encode())


async def read(host: LocalServer, url: str = URL) -> RepositoryLicense:
    async with Fetcher(settings_for(host.host)) as fetcher:
        return await repository_license(url, fetcher)


@pytest.mark.parametrize(
    ("prepared", "expected"),
    [
        (answer("Apache-2.0"), "Apache-2.0"),
        (answer("GPL-3.0"), "GPL-3.0-only"),
        (answer("NOASSERTION", MIT), "MIT"),
        (answer(None, MIT), "MIT"),
    ],
)
async def test_the_licence_the_host_names(host: LocalServer, prepared: Prepared, expected: str) -> None:
    # given
    host.answers[PATH] = prepared
    # when
    found = await read(host, "git@github.com:acme/tool.git")
    # then
    assert found == RepositoryLicense(expected)


@pytest.mark.parametrize(
    ("prepared", "url", "part"),
    [
        (answer("NOASSERTION", "Do as Acme says."), URL, "not one that is recognised"),
        (Prepared(b'{"license": {"spdx_id": "OTHER"}, "content": "?"}'), URL, "not one that"),
        (Prepared(b"{}", status=404), URL, "no such public repository"),
        (Prepared(b"{}", status=500), URL, "status 500"),
        (Prepared(b"{}", status=403, headers={"X-RateLimit-Remaining": "0"}), URL, "rate limit"),
        (Prepared(b"not json"), URL, "not understood"),
        (answer("MIT"), "https://example.com/acme/tool", "example.com is not a known host"),
        (answer("MIT"), "https://huggingface.co/acme/tool", "not to a source repository"),
        (answer("MIT"), "http://127.0.0.1/acme/tool", "not a known host"),
        (answer("MIT"), "\x00", "not an http or https URL"),
    ],
)
async def test_what_cannot_be_had_is_said(host: LocalServer, prepared: Prepared, url: str, part: str) -> None:
    # given
    host.answers[PATH] = prepared
    # when
    found = await read(host, url)
    # then
    assert found.license is None
    assert part in found.reason


async def test_a_host_out_of_reach_is_said() -> None:
    # given
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
    # when
    async with Fetcher(settings_for(address)) as fetcher:
        found = await repository_license(URL, fetcher)
    # then
    assert found.license is None
    assert "could not be reached" in found.reason


async def test_nobody_is_asked_where_asking_is_turned_off(host: LocalServer) -> None:
    # when
    async with Fetcher(settings_for(host.host, scoring_enabled=False)) as fetcher:
        found = await repository_license(URL, fetcher)
    # then
    assert "turned off" in found.reason
    assert host.asked == []
