"""`python -m app …` in processes of their own, as people run it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.config import Settings

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
PASSWORD = "correct horse battery"
KEY = "k" * 32

SIGN_IN = """mutation ($username: String!, $password: String!) {
  signIn(input: {username: $username, password: $password}) {
    ... on SignInPayload { token }
    ... on Error { code message }
  }
}"""


def environment(data_dir: Path, **settings: object) -> dict[str, str]:
    """This process's environment with no settings but these."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ours}
    given = {"HOST": "127.0.0.1", "DATA_DIR": data_dir, "PASSWORD_HASH_ROUNDS": 4, "SCORING_ENABLED": "false"}
    return kept | {name.upper(): str(value) for name, value in {**given, **settings}.items()}


def run(
    data_dir: Path, *arguments: str, given: str = "", cwd: Path = ROOT, **settings: object
) -> subprocess.CompletedProcess[str]:
    """A command, run to its end; `given` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=cwd,
        env=environment(data_dir, **settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """What the condition returns once that is true. Fails where it stays false."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: waited in vain")


class Server:
    """A running server: its process, what it wrote, and how to reach it."""

    http: httpx.Client

    def __init__(self, process: "subprocess.Popen[bytes]", stdout: Path, stderr: Path) -> None:
        self.process = process
        self._stdout, self._stderr = stdout, stderr
        self.url = ""

    @property
    def output(self) -> str:
        """Its standard output until now."""
        return self._stdout.read_text(encoding="utf-8")

    @property
    def errors(self) -> str:
        """Its standard error until now."""
        return self._stderr.read_text(encoding="utf-8")

    def find_url(self) -> str | None:
        """The address it says it listens on."""
        assert self.process.poll() is None, self.output + self.errors
        found = re.search(r"GraphiQL is at (http://\S+?)/graphql", self.output)
        return found[1] if found else None

    def status(self, path: str) -> int | None:
        """The HTTP status it answers with, None where it does not answer."""
        try:
            return self.http.get(path).status_code
        except httpx.TransportError:
            return None

    def wait_for(self, path: str, status: int) -> None:
        """Wait until it answers so."""
        wait_until(lambda: self.status(path) == status, f"{path} to be {status}")

    def wait_for_log(self, text: str) -> None:
        """Wait until the text is in the log."""
        wait_until(lambda: text in self.output, f"{text!r} in the log")

    def post(self, query: str, token: str | None = None, **variables: object) -> dict[str, Any]:
        """The answer to an operation."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return dict(answer.json())

    def sign_in(self, username: str = "admin", password: str = PASSWORD) -> str:
        """The token of a sign-in."""
        answer = self.post(SIGN_IN, username=username, password=password)
        return str(answer["data"]["signIn"]["token"])

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; returns the exit status."""
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def serving(data_dir: Path, *arguments: str, ready: bool = True, **settings: object) -> Iterator[Server]:
    """`serve` on a free port, waited for until it is ready, or only until it lives."""
    data_dir.mkdir(parents=True, exist_ok=True)
    number = len(list(data_dir.glob("*.out")))
    stdout, stderr = data_dir / f"{number}.out", data_dir / f"{number}.err"
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", "0", *arguments],
            cwd=ROOT,
            env=environment(data_dir, **settings),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    server = Server(process, stdout, stderr)
    try:
        server.url = wait_until(server.find_url, "an address in the log")
        with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as server.http:
            server.wait_for("/health/live", 200)
            if ready:
                server.wait_for("/health/ready", 200)
            yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def log_lines(output: str) -> list[dict[str, Any]]:
    """The log of a server in production; fails where a line is not a JSON object."""
    lines = [json.loads(line) for line in output.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines
