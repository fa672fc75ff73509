"""A load generator in a process of its own: keeps connections busy for some time, then lets them run dry.

It reads one JSON command a line (`port`, `requests` in base64, `connections`, `seconds`) and answers each by one.
Raw protocols and a C parser, so that it takes little of the machine that the servers run on as well.
"""

import asyncio
import base64
import json
import sys
import time
from collections.abc import Iterator
from itertools import count, cycle
from typing import Any

import httptools
import uvloop

from benchmarks.operations import COLD_MARK

_MARK = COLD_MARK.encode()


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request on its way at a time."""

    def __init__(self, requests: Iterator[bytes], until: float, latencies: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.failures = 0
        self._requests = requests
        self._until = until
        self._latencies = latencies
        self._parser = httptools.HttpResponseParser(self)
        self._transport: Any = None
        self._sent_at = 0.0
        self._is_failed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        if b'"errors"' in data:
            self._is_failed = True
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Count the answer and ask again, until the time is over."""
        now = time.perf_counter()
        self._latencies.append(now - self._sent_at)
        self.failures += self._is_failed or self._parser.get_status_code() != 200
        if now < self._until:
            self._parser = httptools.HttpResponseParser(self)
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        self._is_failed = False
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))


_numbers = count(int(time.time()) % 10**6 * 10**4)


def _endless(requests: list[bytes]) -> Iterator[bytes]:
    """The requests over and over; a mark in one becomes a number of the same length that no other request had."""
    for request in cycle(requests):
        yield request.replace(_MARK, b"%010d" % next(_numbers)) if _MARK in request else request


async def _measure(command: dict[str, Any]) -> dict[str, Any]:
    loop, latencies = asyncio.get_running_loop(), list[float]()
    requests = _endless([base64.b64decode(each) for each in command["requests"]])
    started = time.perf_counter()
    until = started + command["seconds"]
    connections = []
    for _ in range(command["connections"]):
        _, protocol = await loop.create_connection(
            lambda: _Connection(requests, until, latencies), "127.0.0.1", command["port"]
        )
        connections.append(protocol)
    await asyncio.gather(*(connection.done for connection in connections))
    elapsed = time.perf_counter() - started
    return {
        "completed": len(latencies),
        "failures": sum(connection.failures for connection in connections),
        "elapsed": elapsed,
        "latencies": sorted(latencies),
    }


def main() -> None:
    """Answer commands until the input ends."""
    for line in sys.stdin:
        print(json.dumps(uvloop.run(_measure(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
