"""A large upload: `python -m benchmarks.upload --mebibytes 1024`.

Tells its speed beside what the store takes from a bare client, the server's memory, and what the upload does to the
latency of other requests. S3_* settings in the environment put the files there; by default they go to disk.
"""

import argparse
import asyncio
import http.client
import json
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from app.config import load_settings
from app.storage.factory import make_store
from benchmarks import generate
from benchmarks.comparison import questions, requests_of
from benchmarks.database import DATA
from benchmarks.driver import load_generator
from benchmarks.operations import OPERATIONS
from benchmarks.servers import SECRET_KEY, Server, ours

FOLDER = DATA / "upload"
BLOCK = 1 << 20
BOUNDARY = "benchmark"
MUTATION = """mutation Upload($input: UploadPackageInput!) {
  uploadPackage(input: $input) {
    __typename
    ... on UploadPackagePayload { package { id sha256 } }
    ... on Error { code message }
  }
}"""


def archive(mebibytes: int) -> Path:
    """A ZIP with one stored file of this size, made once."""
    path = DATA / f"upload-{mebibytes}.zip"
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        block = os.urandom(BLOCK)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
            with made.open("weights.bin", "w", force_zip64=True) as member:
                for _ in range(mebibytes):
                    member.write(block)
            made.writestr("README.md", "# Weights\n")
    return path


def upload(server: Server, path: Path) -> float:
    """Publish the archive by the multipart request specification; returns the seconds it took."""
    variables = {"input": {"file": None, "name": "upload", "version": f"{time.time_ns()}.0.0"}}
    fields = {"operations": {"query": MUTATION, "variables": variables}, "map": {"0": ["variables.input.file"]}}
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{json.dumps(value)}\r\n'
        for name, value in fields.items()
    )
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="0"; filename="package.zip"\r\n'
    start, end = f"{head}Content-Type: application/zip\r\n\r\n".encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    connection.putrequest("POST", "/graphql")
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(start) + path.stat().st_size + len(end)),
        "GraphQL-Preflight": "1",
        **server.headers,
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    started = time.perf_counter()
    connection.endheaders(start)
    with path.open("rb") as file:
        connection.sock.sendfile(file)
    connection.send(end)
    answer = json.loads(connection.getresponse().read())
    seconds = time.perf_counter() - started
    connection.close()
    if answer.get("errors") or answer["data"]["uploadPackage"]["__typename"] != "UploadPackagePayload":
        raise SystemExit(f"The upload was refused: {answer}")
    return seconds


def bare(path: Path, settings: dict[str, str]) -> float:
    """Seconds that the store itself takes for the archive, from a file, with nothing before it."""
    size = path.stat().st_size

    async def put() -> float:
        store = make_store(
            load_settings(_env_file=None, data_dir=FOLDER / "bare", **{k.lower(): v for k, v in settings.items()})
        )
        await store.start()
        started = time.perf_counter()
        with path.open("rb") as file:
            await store.put("packages/bare.zip", file, size)
        seconds = time.perf_counter() - started
        await store.delete("packages/bare.zip")
        await store.close()
        return seconds

    return asyncio.run(put())


def _probed(server: Server, url: str, seconds: float) -> dict[str, Any]:
    """Latencies of a small query asked one after the other for so long."""
    question = questions(url, [server], OPERATIONS[:1])[0]
    with load_generator() as load:
        return load.run(server, requests_of(server, question), 1, seconds)


def _p99(result: dict[str, Any]) -> float:
    return 1000 * float(result["latencies"][int(len(result["latencies"]) * 0.99)])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upload", description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    path, url = archive(options.mebibytes), generate.ensure(1000, seed=2)
    storage = {name: value for name, value in os.environ.items() if name.startswith("S3_")}
    shutil.rmtree(FOLDER, ignore_errors=True)
    settings = {"DATA_DIR": str(FOLDER / "server"), "SECRET_KEY": SECRET_KEY, **storage}
    rates: dict[str, list[float]] = {"bare": [], "upload": []}
    try:
        with ours(url, settings=settings) as server:
            quiet = _probed(server, url, 2)
            at_rest = server.processes.peak_bytes()
            for _ in range(options.times):
                rates["bare"].append(options.mebibytes / bare(path, storage))
                rates["upload"].append(options.mebibytes / upload(server, path))
            peak, cpu = server.processes.peak_bytes(), server.processes.cpu_seconds()
            uploading = threading.Thread(target=upload, args=(server, path))
            uploading.start()
            busy = _probed(server, url, options.mebibytes / max(rates["upload"]) / 2)
            uploading.join()
            cpu = server.processes.cpu_seconds() - cpu
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    ratios = [ours_ / bare_ for ours_, bare_ in zip(rates["upload"], rates["bare"], strict=True)]
    print(f"{options.mebibytes} MiB, {options.times} times, to {'S3' if storage else 'disk'}")
    print(f"upload: {_spread(rates['upload'])} MiB/s; bare store: {_spread(rates['bare'])} MiB/s")
    print(f"upload by bare store: {_spread(ratios, 2)}")
    print(f"server's peak: {at_rest / 2**20:.0f} MiB before, {(peak - at_rest) / 2**20:.0f} MiB more by uploads")
    print(f"server's CPU with the probe: {cpu:.1f} s")
    print(f"p99 of a small query: {_p99(quiet):.1f} ms before, {_p99(busy):.1f} ms during an upload")


def _spread(values: list[float], digits: int = 0) -> str:
    ordered = sorted(values)
    return " / ".join(f"{value:.{digits}f}" for value in (ordered[0], ordered[len(ordered) // 2], ordered[-1]))


if __name__ == "__main__":
    main()
