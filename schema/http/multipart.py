"""File uploads by the GraphQL multipart request specification.

https://github.com/jaydenseric/graphql-multipart-request-spec: the parts `operations` (JSON with null where a file
belongs) and `map` (file part → paths in `operations`), then the files. Files are spooled to disk as they arrive.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.config import Settings
from schema.http.bodies import decode_json, refuse_announced, too_large
from schema.http.responses import RequestError

# A page on a foreign site can post a form without asking, but cannot add these headers without a CORS preflight.
PREFLIGHT_HEADERS = ("GraphQL-Preflight", "X-Requested-With", "Apollo-Require-Preflight")
MAX_FILES = 10
MAX_FIELDS = 10


class _SpoolingParser(MultiPartParser):
    """Starlette's parser with its files in `directory`, counted, and closed off the event loop."""

    def __init__(
        self,
        headers: Headers,
        stream: AsyncGenerator[bytes, None],
        *,
        directory: Path,
        max_file_bytes: int,
        **limits: int,
    ) -> None:
        super().__init__(headers, stream, **limits)
        self.directory = directory
        self.max_file_bytes = max_file_bytes
        self.file_bytes = 0
        self.files: list[UploadFile] = []

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_part.file is not None:
            # The file made by Starlette would roll to TMPDIR, which may be memory; it is still empty here.
            self._current_part.file.file.close()
            spool = SpooledTemporaryFile(max_size=self.spool_max_size, dir=str(self.directory))  # noqa: SIM115
            self._current_part.file.file = cast(BinaryIO, spool)
            self.files.append(self._current_part.file)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is not None:
            self.file_bytes += end - start
            if self.file_bytes > self.max_file_bytes:
                raise too_large(self.max_file_bytes)
        super().on_part_data(data, start, end)


def require_preflight(request: Request) -> None:
    """Raise RequestError where the request could come from a plain HTML form of a foreign page."""
    if not any(request.headers.get(name, "").strip() for name in PREFLIGHT_HEADERS):
        raise RequestError(
            f"multipart/form-data needs one of the headers {', '.join(PREFLIGHT_HEADERS)}, with any value",
            code="PREFLIGHT_REQUIRED",
        )


async def read_multipart(request: Request, settings: Settings) -> tuple[object, list[UploadFile]]:
    """The decoded `operations` with the files in their places, and all files, which the caller closes.

    Raises RequestError: 400 for anything malformed, 408 for an idle client, 413 above `max_upload_bytes`. No file is
    left behind then, nor when the client goes away.
    """
    limit = settings.max_upload_bytes + 2 * settings.max_body_bytes  # the files, the fields, and the frame around them
    refuse_announced(request, limit)
    parser = _SpoolingParser(
        request.headers,
        _limited(request, limit=limit, idle_seconds=settings.upload_idle_seconds),
        directory=settings.effective_upload_tmp_dir,
        max_file_bytes=settings.max_upload_bytes,
        max_files=MAX_FILES,
        max_fields=MAX_FIELDS,
        max_part_size=settings.max_body_bytes,
    )
    try:
        operations = place_files(await parser.parse())
    except BaseException as error:
        await close_files(parser.files)
        if isinstance(error, MultiPartException):
            raise RequestError(f"The multipart body is malformed: {error.message}") from None
        raise
    return operations, parser.files


async def close_files(files: list[UploadFile]) -> None:
    """Close the spooled files, which deletes them."""
    for file in files:
        await file.close()


async def _limited(request: Request, *, limit: int, idle_seconds: float) -> AsyncGenerator[bytes, None]:
    received = 0
    async with aclosing(request.stream()) as chunks:
        while True:
            try:
                async with asyncio.timeout(idle_seconds):
                    chunk = await anext(chunks, b"")
            except TimeoutError:
                raise RequestError(
                    f"Nothing of the upload arrived for {idle_seconds:g} seconds", status=408, code="REQUEST_TIMEOUT"
                ) from None
            if not chunk:
                return
            received += len(chunk)
            if received > limit:
                raise too_large(limit)
            yield chunk


def place_files(form: FormData) -> object:
    """The decoded `operations` of a form with each file where `map` says. Raises RequestError for any other shape."""
    operations = decode_json(_field(form, "operations"), "`operations`")
    places = decode_json(_field(form, "map"), "`map`")
    if not isinstance(operations, dict | list):
        raise RequestError("`operations` must be a JSON object, or an array of them")
    if not isinstance(places, dict):
        raise RequestError("`map` must be a JSON object: file part → paths in `operations`")
    parts = [(name, value) for name, value in form.multi_items() if isinstance(value, UploadFile)]
    files = dict(parts)
    if len(files) < len(parts):
        raise RequestError("Two file parts have the same name")
    for name in [name for name in files if name not in places]:
        raise RequestError(f"The file part {name!r} is not in `map`")
    for name, paths in places.items():
        if name not in files:
            raise RequestError(f"`map` names the file part {name!r}, which was not sent")
        if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
            raise RequestError(f'`map` must give {name!r} a list of paths such as ["variables.file"]')
        for path in paths:
            _place(operations, path, files[name])
    return operations


def _field(form: FormData, name: str) -> str:
    values = form.getlist(name)
    if len(values) != 1 or not isinstance(values[0], str):
        raise RequestError(f"The multipart body needs exactly one field `{name}` holding JSON, not a file")
    return values[0]


def _place(operations: dict[str, Any] | list[Any], path: str, file: UploadFile) -> None:
    """Put `file` at a dotted path below `variables`, where null stands now."""
    keys = path.split(".")
    root = keys[1:2] if isinstance(operations, list) else keys[:1]
    if root != ["variables"] or len(keys) < (3 if isinstance(operations, list) else 2):
        raise RequestError(f"`map` path {path!r} must lead into `variables`")
    target: Any = operations
    for key in keys[:-1]:
        target = target[_key_in(target, key, path)]
    last = _key_in(target, keys[-1], path)
    if target[last] is not None:
        raise RequestError(f"`map` path {path!r} must lead to a null in `operations`")
    target[last] = file


def _key_in(target: object, key: str, path: str) -> str | int:
    if isinstance(target, dict) and key in target:
        return key
    # isascii: int() also takes other scripts' digits; the length keeps it from parsing endless ones.
    if isinstance(target, list) and key.isascii() and key.isdecimal() and len(key) < 10 and int(key) < len(target):
        return int(key)
    raise RequestError(f"`map` path {path!r} does not exist in `operations`")
