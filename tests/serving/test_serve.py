"""`python -m app serve`: starting, waiting for what is missing, logging and stopping."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.serving.process import KEY, PASSWORD, SIGN_IN, log_lines, run, serving, wait_until

ME = "{ viewer { username } }"


def test_it_starts_on_an_empty_folder_and_prints_the_password_once(tmp_path: Path) -> None:
    # when
    with serving(tmp_path, "--migrate") as server:
        [password] = re.findall(r"administrator `admin` with the password (\S+)", server.errors)
        # then
        assert server.post(ME, server.sign_in(password=password))["data"] == {"viewer": {"username": "admin"}}
        assert password not in server.output
        assert server.stop() == 0
    with serving(tmp_path, "--migrate") as again:
        assert "password" not in again.errors
        assert again.sign_in(password=password)


def test_a_given_password_is_not_printed(tmp_path: Path) -> None:
    with serving(tmp_path, "--migrate", admin_password=PASSWORD) as server:
        assert server.sign_in()
        assert PASSWORD not in server.output + server.errors


def test_a_rotated_key_leaves_sign_ins_good_until_it_is_dropped(tmp_path: Path) -> None:
    # given
    with serving(tmp_path, "--migrate", admin_password=PASSWORD, secret_key=KEY) as server:
        token = server.sign_in()
    # when / then
    with serving(tmp_path, secret_key=f"{'n' * 32},{KEY}") as server:
        assert server.post(ME, token)["data"] == {"viewer": {"username": "admin"}}
        newer = server.sign_in()
    with serving(tmp_path, secret_key="n" * 32) as server:
        assert server.post(ME, token)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert server.post(ME, newer)["data"] == {"viewer": {"username": "admin"}}


def test_with_a_pending_migration_it_says_so_and_is_ready_once_it_is_done(tmp_path: Path) -> None:
    with serving(tmp_path, ready=False) as server:
        # given
        server.wait_for("/health/ready", 503)
        server.wait_for("/health/ready", 503)
        ready = server.http.get("/health/ready")
        assert ready.json() == {"status": "not ready", "components": {"database": False, "storage": False}}
        assert server.output.count("database is not ready: a migration is pending") == 1
        assert "run `python -m app db upgrade`" in server.output
        # when
        assert run(tmp_path, "db", "init", admin_password=PASSWORD).returncode == 0
        # then
        server.wait_for("/health/ready", 200)
        assert server.sign_in()
        assert "Traceback" not in server.output + server.errors


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(tmp_path, "serve", "--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"These settings cannot be used:\nHOST, PORT: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    )


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run(tmp_path / "file" / "data", "serve", "--port", "0")
    assert ended.returncode == 2
    assert "DATA_DIR: nothing can be written here" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_requests_finish_and_sends_sockets_away(
    tmp_path: Path, with_signal: signal.Signals
) -> None:
    with serving(tmp_path, "--migrate", admin_password=PASSWORD, password_hash_rounds=13) as server:
        # given a socket with a subscription, a subscription by HTTP, and a request that takes a while
        token = server.sign_in()
        subscription = "subscription { packagePublished { cursor } }"
        async with (
            httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as http,
            connect(
                server.url.replace("http", "ws") + "/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
            ) as socket_,
        ):
            await socket_.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
            assert json.loads(await socket_.recv()) == {"type": "connection_ack"}
            await socket_.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": subscription}}))
            headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
            async with http.stream("POST", "/graphql", json={"query": subscription}, headers=headers) as stream:
                assert stream.status_code == 200
                slow = asyncio.create_task(
                    http.post(
                        "/graphql",
                        json={"query": SIGN_IN, "variables": {"username": "admin", "password": PASSWORD}},
                    )
                )
                await asyncio.to_thread(wait_until, lambda: open_connections(server.url) >= 3, "the request to arrive")
                # when
                server.process.send_signal(with_signal)
                # then
                with pytest.raises(httpx.RemoteProtocolError):
                    _ = [chunk async for chunk in stream.aiter_raw()]
            assert "token" in (await slow).json()["data"]["signIn"]
            with pytest.raises(ConnectionClosed) as closed:
                await socket_.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert await asyncio.to_thread(server.process.wait, 30) == (0 if with_signal == signal.SIGTERM else 130)
        assert "Traceback" not in server.output + server.errors
        assert "ERROR" not in server.output


def open_connections(url: str) -> int:
    """How many connections to the server are established, by /proc/net/tcp."""
    port = f"{int(url.rsplit(':', 1)[1]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{port}") and row[3] == "01")


def test_in_production_every_line_is_json_and_holds_no_secret(tmp_path: Path) -> None:
    # given
    secrets = {"secret_key": KEY, "admin_password": PASSWORD}
    with serving(tmp_path, "--migrate", environment="production", **secrets) as server:
        token = server.sign_in()
        # when
        server.post(SIGN_IN, username="admin", password="not the right one")
        server.post(ME, token)
        server.post(ME, token + "x")
        server.post("mutation { signIn(input: {username: 1, password: unquoted_secret}) { __typename } }")
        server.post("{ packages { nodes { name uploadedBy { username } } } }", token)
        server.http.get("/graphql", params={"query": "{"})
        assert "server" not in server.http.get("/nowhere").headers
        (tmp_path / "registry.db").rename(tmp_path / "gone.db")
        (tmp_path / "registry.db-wal").unlink()
        assert server.post(ME, token)
        assert server.stop() == 0
    # then
    lines = log_lines(server.output)
    assert {"uvicorn.error", "app.serving"} <= {line["logger"] for line in lines}
    for secret in (token, PASSWORD, KEY, "not the right one", "unquoted_secret"):
        assert secret not in server.output + server.errors
    assert "SELECT" not in "".join(line["message"] for line in lines)
    assert server.errors == ""


def test_echoing_statements_is_warned_of(tmp_path: Path) -> None:
    with serving(
        tmp_path, "--migrate", admin_password=PASSWORD, secret_key=KEY, environment="production", sql_echo=1
    ) as server:
        server.sign_in()
    lines = log_lines(server.output)
    assert any(line["level"] == "WARNING" and "SQL_ECHO" in line["message"] for line in lines)
    assert any("SELECT" in line["message"] for line in lines)


def test_ctrl_c_while_it_waits_for_its_database_ends_it(tmp_path: Path) -> None:
    # given nobody listens there
    url = "postgresql://nobody:geheim@127.0.0.1:1/none"
    with subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", "--migrate"],
        env={"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "PATH": "", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        # when
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    # then
    assert line.startswith("WARNING app.starting: database: connection failed")
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert "geheim" not in line + rest


def test_workers_that_are_slow_to_load_are_waited_for(
    tmp_path: Path, make_database_url: Callable[[str, str], str]
) -> None:
    # given a machine on which a worker takes longer to load the code than uvicorn's own patience, five seconds
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\n"
        "if any('multiprocessing.spawn' in argument for argument in sys.orig_argv):\n"
        "    time.sleep(7)\n",
        encoding="utf-8",
    )
    url = make_database_url("postgresql", "slow")
    # when
    with serving(tmp_path, "--migrate", workers=2, database_url=url, secret_key=KEY, pythonpath=tmp_path) as server:
        wait_until(lambda: server.output.count("Application startup complete") == 2, "two workers")
        # then
        assert "died" not in server.output
