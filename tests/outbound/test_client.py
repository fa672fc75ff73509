import asyncio
import socket

import pytest

from app.outbound.client import MAX_REDIRECTS, AddressRefused, OutboundClient, OutboundError, resolve_host
from tests.local_server import Prepared


def resolving_to(*addresses):
    """A resolver that knows one answer, and records whom it was asked for."""
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        return list(addresses)

    resolve.asked = asked
    return resolve


def client_for(server, **options):
    return OutboundClient(timeout_seconds=5, allowed_hosts=[server.host], **options)


async def test_an_answer_comes_back_whole(server):
    # given
    server.answers["/a"] = Prepared(b'{"x": 1}', headers={"X-Kind": "test"})
    # when
    async with client_for(server) as client:
        answer = await client.send("GET", server.url("/a"), headers={"X-Mine": "yes"})
    # then
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b'{"x": 1}', "test")
    assert answer.url == server.url("/a")
    assert server.asked[0].headers["X-Mine"] == "yes"
    assert server.asked[0].headers["Accept-Encoding"] == "identity"


async def test_content_is_posted_and_a_redirect_of_it_not_followed(server):
    # given
    server.answers["/hook"] = Prepared(status=302, headers={"Location": "/other"})
    # when
    async with client_for(server) as client:
        answer = await client.send("POST", server.url("/hook"), content=b"payload")
    # then
    assert answer.status == 302
    assert [(asked.method, asked.path, asked.body) for asked in server.asked] == [("POST", "/hook", b"payload")]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "http://[fe80::1]/",
    ],
)
async def test_an_inner_address_is_refused_however_it_is_written(url):
    async with OutboundClient(timeout_seconds=5) as client:
        with pytest.raises(OutboundError, match=r"public address|could not be resolved|not a URL"):
            await client.send("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://example.org@127.0.0.1/",
        "http://example.org:22/",
        "http://example.org:8080/",
        "http://exa mple.org/",
        "http://example.org:99999/",
        "http://[::1/",
        "http://a\x00b/",
        "http://" + "a" * 300 + "\u2603/",
    ],
)
async def test_a_url_that_is_not_plain_web_is_refused_without_asking_anybody(url):
    # given
    resolve = resolving_to("8.8.8.8")
    # when
    async with OutboundClient(timeout_seconds=5, resolve=resolve) as client:
        with pytest.raises(AddressRefused):
            await client.send("GET", url)
    # then
    assert resolve.asked == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.1.2.3", "::1"], ["169.254.169.254"], []])
async def test_a_name_that_resolves_to_inner_addresses_is_refused(server, addresses):
    async with OutboundClient(timeout_seconds=5, resolve=resolving_to(*addresses)) as client:
        with pytest.raises(AddressRefused, match=r"^rebind\.example has no public address$"):
            await client.send("GET", "http://rebind.example/")
    assert server.asked == []


async def test_only_the_checked_address_is_connected_to(server):
    # given a name that the system's own resolver does not know
    resolve = resolving_to("127.0.0.1")
    server.answers["/"] = Prepared(b"ok")
    host = f"service.example:{server.port}"
    # when
    async with OutboundClient(timeout_seconds=5, allowed_hosts=[host], resolve=resolve) as client:
        answer = await client.send("GET", f"http://{host}/")
    # then the one look-up decided, and the host's own name is what the server heard
    assert resolve.asked == [("service.example", server.port)]
    assert (answer.body, server.asked[0].headers["Host"]) == (b"ok", host)


async def test_the_exception_is_for_one_port_only(server, other_server):
    async with client_for(server) as client:
        with pytest.raises(AddressRefused, match="only 80 and 443"):
            await client.send("GET", other_server.url())


@pytest.mark.parametrize(
    "scheme", ["http://127.0.0.1/", "http://localhost:80/", "http://[::1]/", "https://2130706433/"]
)
async def test_a_redirect_to_an_inner_address_is_refused(server, scheme):
    # given
    server.answers["/go"] = Prepared(status=302, headers={"Location": scheme})
    # when / then
    async with client_for(server) as client:
        with pytest.raises(AddressRefused, match="no public address"):
            await client.send("GET", server.url("/go"))


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://user:pass@example.org/", "http://example.org:25/"])
async def test_a_redirect_is_held_to_the_rules_of_urls(server, location):
    server.answers["/go"] = Prepared(status=301, headers={"Location": location})
    async with client_for(server) as client:
        with pytest.raises(OutboundError):
            await client.send("GET", server.url("/go"))
    assert len(server.asked) == 1


async def test_credentials_stay_with_their_host(server, other_server):
    # given
    server.answers["/go"] = Prepared(status=302, headers={"Location": other_server.url("/there")})
    other_server.answers["/there"] = Prepared(b"ok")
    # when
    async with OutboundClient(timeout_seconds=5, allowed_hosts=[server.host, other_server.host]) as client:
        answer = await client.send("GET", server.url("/go"), headers={"Authorization": "Bearer secret"})
    # then
    assert (answer.body, answer.url) == (b"ok", other_server.url("/there"))
    assert server.asked[0].headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in other_server.asked[0].headers


async def test_cookies_are_not_kept(server):
    server.answers["/"] = Prepared(b"ok", headers={"Set-Cookie": "session=1; Path=/"})
    async with client_for(server) as client:
        await client.send("GET", server.url())
        await client.send("GET", server.url())
    assert [asked.headers.get("Cookie") for asked in server.asked] == [None, None]


async def test_redirects_end(server):
    server.answers["/loop"] = Prepared(status=302, headers={"Location": "/loop"})
    async with client_for(server) as client:
        with pytest.raises(OutboundError, match="redirects more than"):
            await client.send("GET", server.url("/loop"))
    assert len(server.asked) == MAX_REDIRECTS + 1


async def test_an_endless_answer_is_cut_off(server):
    server.answers["/flood"] = Prepared(b"x" * 4096, endless=True)
    async with client_for(server) as client:
        with pytest.raises(OutboundError, match="more than 10,000 bytes"):
            await client.send("GET", server.url("/flood"), max_bytes=10_000)


async def test_a_packed_answer_is_not_unpacked(server):
    server.answers["/"] = Prepared(b"\x1f\x8b not really gzip", headers={"Content-Encoding": "gzip"})
    async with client_for(server) as client:
        answer = await client.send("GET", server.url())
    assert answer.body == b"\x1f\x8b not really gzip"


async def test_a_silent_host_is_given_up():
    # given a port that accepts and never answers
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        # when / then
        async with OutboundClient(timeout_seconds=0.2, allowed_hosts=[host]) as client:
            with pytest.raises(OutboundError, match=r"did not answer within 0\.2 s"):
                await client.send("GET", f"http://{host}/")


async def test_a_closed_port_is_told_without_inner_details():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
    async with OutboundClient(timeout_seconds=5, allowed_hosts=[host]) as client:
        with pytest.raises(OutboundError, match=r"^127\.0\.0\.1 could not be reached$"):
            await client.send("GET", f"http://{host}/")


async def test_a_host_that_speaks_no_http_is_an_error():
    # given
    async def babble(reader, writer):
        writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    babbler = await asyncio.start_server(babble, "127.0.0.1", 0)
    host = f"127.0.0.1:{babbler.sockets[0].getsockname()[1]}"
    # when / then
    async with babbler, OutboundClient(timeout_seconds=5, allowed_hosts=[host]) as client:
        with pytest.raises(OutboundError, match="could not be reached"):
            await client.send("GET", f"http://{host}/")


async def test_the_next_address_is_tried_when_one_refuses(server):
    # given nobody listens on 127.0.0.2, but somebody on 127.0.0.1
    server.answers["/"] = Prepared(b"ok")
    host = f"many.example:{server.port}"
    resolve = resolving_to("127.0.0.2", "127.0.0.1")
    # when
    async with OutboundClient(timeout_seconds=5, allowed_hosts=[host], resolve=resolve) as client:
        answer = await client.send("GET", f"http://{host}/")
    # then
    assert answer.body == b"ok"


async def test_the_proxy_of_the_environment_is_not_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.url())
    async with OutboundClient(timeout_seconds=5, resolve=resolving_to("127.0.0.1")) as client:
        with pytest.raises(AddressRefused):
            await client.send("GET", "http://rebind.example/")
    assert server.asked == []


@pytest.mark.parametrize("host", ["", "a" * 70 + ".example", "no-such-host.invalid"])
async def test_a_name_that_does_not_resolve_is_an_error(host):
    if not host:
        assert await resolve_host("localhost", 80)
        return
    with pytest.raises(OutboundError, match="could not be resolved"):
        await resolve_host(host, 80)
