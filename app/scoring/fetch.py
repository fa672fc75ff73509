"""Asking the public APIs of model hubs and repository hosts; what cannot be had is an exception with a reason."""

import asyncio
import time
from collections.abc import Collection
from types import TracebackType
from typing import Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.config import Settings
from app.outbound.client import MAX_ANSWER_BYTES, Answer, OutboundClient, OutboundError, Resolve, resolve_host

_CONCURRENT_REQUESTS = 8
_ABSENT = frozenset({404, 410, 451})
_ABSENT_FROM_HUB = _ABSENT | {401}  # so it answers strangers for what does not exist; elsewhere 401 is a bad token

Shape = TypeVar("Shape")


class FactUnavailable(Exception):
    """The fact could not be had this time; the message is the reason, fit for a user."""


class FactAbsent(FactUnavailable):
    """The host says that there is no such thing, or none that the public may see."""


class Fetcher:
    """Fetches and checks answers of public APIs, a few at a time. Use it as an asynchronous context manager."""

    def __init__(self, settings: Settings, *, resolve: Resolve = resolve_host) -> None:
        self.hub_url = settings.huggingface_url.rstrip("/")
        self.repository_api_url = settings.github_api_url.rstrip("/")
        self.has_repository_token = settings.github_token is not None
        self._is_enabled = settings.scoring_enabled
        self._client = OutboundClient(
            timeout_seconds=settings.scoring_timeout_seconds,
            allowed_hosts=settings.allowed_fetch_hosts,
            resolve=resolve,
        )
        self._repository_headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if settings.github_token is not None:
            self._repository_headers["Authorization"] = f"Bearer {settings.github_token.get_secret_value()}"
        self._slots = asyncio.Semaphore(_CONCURRENT_REQUESTS)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def hub(self, path: str, shape: TypeAdapter[Shape]) -> Shape:
        """An answer of the hub's API, checked against `shape`. Raises FactAbsent or FactUnavailable."""
        return _checked(await self._hub(path, "application/json"), shape)

    async def hub_text(self, path: str) -> str:
        """A text file from the hub. Raises FactAbsent or FactUnavailable."""
        return (await self._hub(path, "text/plain")).body.decode("utf-8", "replace")

    async def repository(self, path: str, shape: TypeAdapter[Shape]) -> Shape:
        """An answer of the repository host's API, checked against `shape`. Raises FactAbsent or FactUnavailable."""
        answer = await self._get(f"{self.repository_api_url}{path}", self._repository_headers)
        return _checked(_successful(answer, _ABSENT), shape)

    async def repository_bytes(self, path: str, max_bytes: int) -> bytes:
        """A file from the repository host. Raises FactAbsent or FactUnavailable."""
        url = f"{self.repository_api_url}{path}"
        return _successful(await self._get(url, self._repository_headers, max_bytes), _ABSENT).body

    async def _hub(self, path: str, accept: str) -> Answer:
        return _successful(await self._get(f"{self.hub_url}{path}", {"Accept": accept}), _ABSENT_FROM_HUB)

    async def _get(self, url: str, headers: dict[str, str], max_bytes: int = MAX_ANSWER_BYTES) -> Answer:
        if not self._is_enabled:
            raise FactUnavailable("asking other hosts is turned off")
        try:
            async with self._slots:
                return await self._client.send("GET", url, headers=headers, max_bytes=max_bytes)
        except OutboundError as error:
            raise FactUnavailable(str(error)) from error


def _successful(answer: Answer, absent: Collection[int]) -> Answer:
    host = answer.url.split("/")[2]
    if answer.status == 200:
        return answer
    if answer.status == 429 or (answer.status == 403 and _names_a_limit(answer)):
        raise FactUnavailable(f"the rate limit of {host} is used up{_until(answer)}")
    if answer.status in absent:
        raise FactAbsent(f"{host} has no such public entry (status {answer.status})")
    raise FactUnavailable(f"{host} answered with status {answer.status}")


def _names_a_limit(answer: Answer) -> bool:
    return answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers


def _until(answer: Answer) -> str:
    reset = answer.headers.get("x-ratelimit-reset", "")
    if not reset.isascii() or not reset.isdigit():
        return ""
    return f" for another {max(0, int(reset[:12]) - int(time.time())):,} s"


def _checked(answer: Answer, shape: TypeAdapter[Shape]) -> Shape:
    try:
        return shape.validate_json(answer.body)
    except ValidationError as error:
        raise FactUnavailable(f"{answer.url.split('/')[2]} gave an answer that is not understood") from error
