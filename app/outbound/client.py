"""An HTTP client for URLs that users gave: bounded in time, size and redirects, and unable to reach inner addresses.

The host's name is resolved here, the addresses are checked, and the connection goes to a checked address itself. There
is no second look-up that could answer differently (DNS rebinding), and each redirect goes through the same door. TLS
still verifies the certificate against the host's name.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from app.outbound.addresses import is_public_address

MAX_ANSWER_BYTES = 8 << 20
MAX_REDIRECTS = 4
USER_AGENT = "ml-registry/0.1"
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
_WEB_PORTS = {"http": 80, "https": 443}

Resolve = Callable[[str, int], Awaitable[list[str]]]


class OutboundError(Exception):
    """A request that got no usable answer; the message is fit for a user and names no inner address."""


class AddressRefused(OutboundError):
    """The URL, or one it redirects to, is not one the server may fetch."""


@dataclass(frozen=True)
class Answer:
    """An answer as received: the status, the headers, the whole body, and the URL that gave it after redirects."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes


async def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of `host` by the system's resolver. Raises OutboundError where there are none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError(f"{host} could not be resolved") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only; the one place where this client opens a connection."""

    def __init__(self, resolve: Resolve, allowed_hosts: frozenset[str]) -> None:
        self._resolve = resolve
        self._allowed_hosts = allowed_hosts
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the interface's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        if f"{host}:{port}".lower() not in self._allowed_hosts:
            addresses = [address for address in addresses if is_public_address(address)]
        if not addresses:
            raise AddressRefused(f"{host} has no public address")
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  (the interface's own signature)
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("a socket file is no web address")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _CheckedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a pool whose connections go through `_CheckedBackend`.

    httpx has no parameter for httpcore's network backend, hence the replaced pool. Rewriting the URL to the address
    instead would let two hosts behind one address share a TLS connection verified for only one of them.
    """

    def __init__(self, backend: _CheckedBackend) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, max_connections=32, max_keepalive_connections=8, network_backend=backend
        )


class OutboundClient:
    """Sends requests to public hosts. Use it as an asynchronous context manager; it is safe for concurrent use.

    `timeout_seconds` bounds one request as a whole, redirects and body included. `allowed_hosts` are `host:port` pairs
    excepted from the rules on addresses and ports. `resolve` gives a host's addresses, by default the system's.
    """

    def __init__(
        self, *, timeout_seconds: float, allowed_hosts: Collection[str] = (), resolve: Resolve = resolve_host
    ) -> None:
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._timeout_seconds = timeout_seconds
        self._client = httpx.AsyncClient(
            transport=_CheckedTransport(_CheckedBackend(resolve, self._allowed_hosts)),
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            # A cookie would carry over from one user's request to another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # Compressed answers could unpack to any size, so none are asked for and none are unpacked.
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Send one request and read its answer, whatever its status. Only GET follows redirects.

        Raises AddressRefused where the URL or a redirect leads anywhere but to a public host, OutboundError where no
        whole answer of at most `max_bytes` came in time. An Authorization header stays with the host it was meant for.
        """
        try:
            request = self._client.build_request(method, url, headers=headers, content=content)
            async with asyncio.timeout(self._timeout_seconds):
                return await self._follow(request, max_bytes)
        except (httpx.InvalidURL, ValueError) as error:
            raise AddressRefused("that is not a URL") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise OutboundError(f"{request.url.host} did not answer within {self._timeout_seconds:g} s") from error
        except httpx.HTTPError as error:
            raise OutboundError(f"{request.url.host} could not be reached") from error

    async def _follow(self, request: httpx.Request, max_bytes: int) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            self._check_url(request.url)
            response = await self._client.send(request, stream=True)
            try:
                if response.next_request is None or request.method != "GET":
                    body = await _read(response, max_bytes)
                    return Answer(str(request.url), response.status_code, response.headers, body)
            finally:
                await response.aclose()
            request = response.next_request
        raise OutboundError(f"{request.url.host} redirects more than {MAX_REDIRECTS} times")

    def _check_url(self, url: httpx.URL) -> None:
        if url.scheme not in _WEB_PORTS:
            raise AddressRefused("only http and https URLs are fetched")
        if url.userinfo:
            raise AddressRefused("a URL with a user name or password is not fetched")
        if not _HOST.fullmatch(url.raw_host):
            raise AddressRefused("the URL names no host")
        port = url.port or _WEB_PORTS[url.scheme]
        if port not in _WEB_PORTS.values() and f"{url.host}:{port}" not in self._allowed_hosts:
            raise AddressRefused(f"port {port} is not fetched, only 80 and 443")


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise OutboundError(f"{response.request.url.host} answered with more than {max_bytes:,} bytes")
    return bytes(body)
