"""From a request or a socket to the context of an operation: who asks, from where."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from app.config import Settings
from app.enums import Permission
from app.errors import Unauthenticated
from app.events.log import Origin
from schema.context import Context, Services
from schema.http.websocket import bearer_token

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class Contexts:
    """Makes the contexts of one server."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def of_request(self, request: Request) -> Context:
        """The context of an HTTP request. A credential that is no good is a refusal that signIn does not mind."""
        context = self._blank(request)
        context.credential = credential_in(request.headers)
        await self._recognize(context)
        return context

    async def of_socket(self, socket: WebSocket, parameters: dict[str, Any]) -> Context:
        """The context of a socket, by its connection_init payload, else its headers. Raises Unauthenticated."""
        context = self._blank(socket)
        given = bearer_token(parameters)
        context.credential = given if given is not None else credential_in(socket.headers)
        if context.credential is not None:
            context.viewer_or_anonymous = await self._services.authenticator.viewer_of(context.credential)
        return context

    async def of_operation(self, connection: Context) -> Context:
        """A fresh context for one operation on a socket; the credential is checked again."""
        context = Context(
            services=self._services,
            viewer_or_anonymous=self._services.authenticator.anonymous,
            origin=connection.origin,
            base_url=connection.base_url,
            credential=connection.credential,
        )
        await self._recognize(context)
        return context

    async def authorize_upload(self, request: Request) -> Response | None:
        """Before a file is taken in: only from those who may upload. Raises Unauthenticated or Forbidden."""
        context = await self.of_request(request)
        context.viewer.require(Permission.UPLOAD)
        return None

    async def _recognize(self, context: Context) -> None:
        """Look the context's credential up; one that is no good becomes its refusal."""
        if context.credential is not None:
            try:
                context.viewer_or_anonymous = await self._services.authenticator.viewer_of(context.credential)
            except Unauthenticated as refusal:
                context.refusal = refusal

    def _blank(self, connection: HTTPConnection) -> Context:
        settings = self._services.settings
        return Context(
            services=self._services,
            viewer_or_anonymous=self._services.authenticator.anonymous,
            origin=origin_of(connection, settings),
            base_url=base_url_of(connection, settings),
        )


def credential_in(headers: Mapping[str, str]) -> str | None:
    """The bearer credential of `Authorization`, else of `X-Authorization`; None where there is none."""
    for name in ("authorization", "x-authorization"):
        scheme, _, credential = headers.get(name, "").strip().partition(" ")
        if scheme.lower() == "bearer" and credential.strip():
            return credential.strip()
    return None


def origin_of(connection: HTTPConnection, settings: Settings) -> Origin:
    """The client's address and program. Addresses that proxies report are believed from trusted ones, hop by hop."""
    address = connection.client.host if connection.client else None
    # A proxy may add a line of its own to those that a client made up, so all of them count, in their order.
    lines = ",".join(connection.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in lines.split(",") if hop.strip()]
    while hops and _is_trusted(address, settings):
        address = hops.pop()
    plain = _parsed(address)
    return Origin(str(plain) if plain else None, connection.headers.get("user-agent"))


def base_url_of(connection: HTTPConnection, settings: Settings) -> str:
    """The server's URL as the client sees it, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme = _SCHEMES[connection.url.scheme]
    host = connection.headers.get("host", connection.url.netloc)
    if connection.client and _is_trusted(connection.client.host, settings):
        scheme = connection.headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
        host = connection.headers.get("x-forwarded-host", host).split(",")[0].strip()
    return f"{scheme if scheme in ('http', 'https') else 'http'}://{host}"


def _is_trusted(address: str | None, settings: Settings) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in settings.trusted_proxies)


def _parsed(address: str | None) -> IPv4Address | IPv6Address | None:
    """The address where it is one; what a proxy reports may be anything."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return None
    # On a socket for both versions, IPv4 clients appear as ::ffff:192.0.2.1.
    return getattr(parsed, "ipv4_mapped", None) or parsed
