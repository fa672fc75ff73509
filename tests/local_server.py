"""A real HTTP server on 127.0.0.1 that gives prepared answers, and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Prepared:
    """An answer; `endless` sends the body again and again."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class LocalServer:
    """`answers` maps a path (with its query, else without) to an answer; anything else is 404."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, Prepared] = {}
        self.asked: list[Asked] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def answer_to(self, path: str) -> Prepared:
        return self.answers.get(path) or self.answers.get(path.partition("?")[0]) or Prepared(b"{}", status=404)


@contextmanager
def serve() -> Iterator[LocalServer]:
    """Run a server for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as httpd:
        server = httpd.local = LocalServer(httpd.server_address[1])  # type: ignore[attr-defined]
        httpd.daemon_threads = True
        thread = Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        local: LocalServer = self.server.local  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        local.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        prepared = local.answer_to(self.path)
        self.send_response(prepared.status)
        for name, value in prepared.headers.items():
            self.send_header(name, value)
        if not prepared.endless:
            self.send_header("Content-Length", str(len(prepared.body)))
        else:
            self.close_connection = True
        self.end_headers()
        try:
            self.wfile.write(prepared.body)
            while prepared.endless:
                self.wfile.write(prepared.body)
        except OSError:
            return  # the client has had enough

    def log_message(self, format: str, *args: Any) -> None:
        return
