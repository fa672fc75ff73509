"""A real S3 server over HTTP for the tests: `ministack` in a process of its own."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

START_SECONDS = 30


@dataclass(frozen=True)
class S3Server:
    """Where the server listens and the one secret whose signatures on links it accepts."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str


@contextlib.contextmanager
def running_s3_server() -> Iterator[S3Server]:
    """Start the server on a free port of 127.0.0.1, wait until it accepts connections, and stop it at the end."""
    port = _free_port()
    # The access key is no account number, so the server files everything under its default account.
    server = S3Server(f"http://127.0.0.1:{port}", "registry-tests", secrets.token_urlsafe(24))
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3",
        "AUTH": "true",
        "LOG_LEVEL": "ERROR",
        "AWS_ACCESS_KEY_ID": server.access_key_id,
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_port(port, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One S3 server for the whole session; tests that must not see each other use buckets of their own."""
    with running_s3_server() as server:
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the S3 server ended with status {process.returncode} instead of starting")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the S3 server did not start within {START_SECONDS} seconds")
