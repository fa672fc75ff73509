"""One event to many subscribers of one worker: `python -m benchmarks.fanout --subscribers 5000`.

Tells how long after the commit the last of them has it, the server's CPU time for it, and its memory for each of them.
"""

import argparse
import asyncio
import json
import resource
import time
from statistics import median
from typing import Any
from uuid import UUID

import psutil
import psycopg
import uvloop

from app.db.repositories import events
from app.db.session import Database
from app.enums import EventType
from app.events.log import append
from benchmarks import generate
from benchmarks.servers import Server, ours

SUBSCRIPTION = """subscription {
  packagePublished { cursor package { id name version license uploadedBy { username } scores { netScore } } }
}"""
AT_ONCE = 10
"""Sockets that are opened at the same time."""
_HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Subscriber(asyncio.Protocol):
    """A WebSocket client (RFC 6455) that does nearly nothing, because it shares the machine with the server."""

    def __init__(self, credential: str) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_lost = False
        self.received = 0
        self.received_at = 0.0
        self.last = b""
        self._credential = credential
        self._buffer = b""
        self._is_upgraded = False
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(f"{_HANDSHAKE}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_upgraded:
            head, found, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            if b" 101 " not in head:
                self.ready.set_exception(ConnectionError(head.decode(errors="replace")))
                return
            self._is_upgraded = True
            payload = {"Authorization": f"Bearer {self._credential}"}
            self._send(_TEXT, json.dumps({"type": "connection_init", "payload": payload}).encode())
        while frame := self._next_frame():
            self._take(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("the server closed the socket"))

    def close(self) -> None:
        """Leave."""
        self._transport.close()

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self._transport.close()
        elif self.ready.done():
            self.received += 1
            self.received_at = time.perf_counter()
            self.last = payload
            self.is_lost |= b'"error' in payload
        elif b'"pong"' in payload:
            self.ready.set_result(None)
        else:  # connection_ack
            subscribe = {"type": "subscribe", "id": "1", "payload": {"query": SUBSCRIPTION}}
            self._send(_TEXT, json.dumps(subscribe).encode())
            # The answer to this paces the sockets: thousands that begin at once only wait for each other.
            self._send(_TEXT, b'{"type": "ping"}')

    def _next_frame(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        if len(data) < start + size:
            return None
        self._buffer = data[start + size :]
        return data[0] & 0x0F, data[start : start + size]

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2)
        # A client must mask what it sends; a mask of zeros leaves the payload as it is.
        self._transport.write(bytes([0x80 | opcode]) + length + bytes(4) + payload)


async def _subscribed(server: Server, credential: str, count: int) -> list[Subscriber]:
    loop, slots = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def one() -> Subscriber:
        async with slots:
            _, subscriber = await loop.create_connection(lambda: Subscriber(credential), "127.0.0.1", server.port)
            await subscriber.ready
        return subscriber

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def _publish(database: Database, package: tuple[UUID, UUID, UUID]) -> float:
    """Append an event as another server process would; returns the moment after the commit."""
    package_id, organization_id, actor_id = package
    async with database.write() as session:
        await append(
            session,
            EventType.PACKAGE_PUBLISHED,
            actor_id=actor_id,
            entity_type="Package",
            entity_id=package_id,
            organization_id=organization_id,
        )
    committed = time.perf_counter()
    async with database.read() as connection:
        await events.notify(connection, "benchmark")
    return committed


async def _all_have(subscribers: list[Subscriber], count: int, seconds: float) -> bool:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        if all(subscriber.received >= count for subscriber in subscribers):
            return True
        await asyncio.sleep(0.01)
    return False


async def _quiet(subscribers: list[Subscriber]) -> None:
    """Wait until nothing is on its way any more."""
    before, now = -1, 0
    while before != now:
        await asyncio.sleep(1)
        before, now = now, sum(subscriber.received for subscriber in subscribers)


async def _measure(url: str, server: Server, options: argparse.Namespace) -> None:
    with psycopg.connect(url) as connection:
        package = connection.execute("SELECT id, organization_id, uploaded_by_id FROM packages LIMIT 1").fetchone()
    assert package is not None
    process, database = psutil.Process(server.process.pid), Database(url, pool_size=1)
    before = process.memory_info().rss
    started = time.perf_counter()
    credential = server.headers["Authorization"].split()[1]
    subscribers = await _subscribed(server, credential, options.subscribers)
    connected = time.perf_counter() - started
    # Nothing tells that a subscription has begun: the first event that all receive does.
    await _publish(database, package)
    while not await _all_have(subscribers, 1, 30):
        await _publish(database, package)
    await _quiet(subscribers)
    each = (process.memory_info().rss - before) / options.subscribers / 1024
    lasts, medians, cpu = [], [], []
    for _ in range(options.events):
        for subscriber in subscribers:
            subscriber.received = 0
        cpu_before = server.processes.cpu_seconds()
        committed = await _publish(database, package)
        if not await _all_have(subscribers, 1, 120):
            served = sum(subscriber.received > 0 for subscriber in subscribers)
            lost = sum(subscriber.is_lost for subscriber in subscribers)
            raise SystemExit(
                f"{served} of {len(subscribers)} have the event; {lost} sockets were closed or told of errors."
            )
        cpu.append(1000 * (server.processes.cpu_seconds() - cpu_before))
        times = sorted(1000 * (subscriber.received_at - committed) for subscriber in subscribers)
        lasts.append(times[-1])
        medians.append(times[len(times) // 2])
        await asyncio.sleep(0.5)
    if failed := next((subscriber for subscriber in subscribers if subscriber.is_lost), None):
        raise SystemExit(f"A subscriber failed: {failed.last.decode()}")
    print(f"{options.subscribers} subscribers on one worker, connected in {connected:.1f} s; {options.events} events")
    print(f"last served after the commit, ms: {min(lasts):.0f} / {median(lasts):.0f} / {max(lasts):.0f}")
    print(f"half of them served, ms (median): {median(medians):.0f}")
    print(f"server's CPU for an event, ms (median): {median(cpu):.0f}")
    print(f"memory for a subscriber, KiB: {each:.1f}; peak of the server, MiB: {server.processes.peak_bytes() >> 20}")
    for subscriber in subscribers:
        subscriber.close()
    await database.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=5000)
    parser.add_argument("--events", type=int, default=10)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket each, here and in the server
    url = generate.ensure(1000, seed=2)
    with ours(url) as server:
        uvloop.run(_measure(url, server, options))


if __name__ == "__main__":
    main()
