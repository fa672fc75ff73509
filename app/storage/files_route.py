"""The route behind the signed links of a DiskStore."""

import re
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from app.storage.disk import DiskStore
from app.storage.object_store import InvalidKey, ObjectMissing, checked_key, content_disposition, media_type

# Nothing that was uploaded may run in a browser in this server's name.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private",
}
_SINGLE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-\d{1,18})", re.ASCII)


class _File(FileResponse):
    chunk_size = 256 << 10


def files_route(store: DiskStore) -> Route:
    """`GET` and `HEAD` of `/files/<key>?name=…&expires=…&signature=…`, as `DiskStore.download_url` makes them.

    Answers 200, or 206 for one range of bytes; 403 when the signature does not fit, 410 when the link has expired, 404
    when the object is gone, 416 when the range lies beyond it (RFC 9110, 13 and 14).
    """

    async def serve(request: Request) -> Response:
        key, query = request.path_params["key"], request.query_params
        name, expires = query.get("name", ""), query.get("expires", "")
        if not _is_key(key) or not store.signer.verify(query.get("signature", ""), "GET", key, name, expires):
            return _refusal(403, "This link is not valid: it was changed or cut off. Request a new one.")
        if int(expires) < time.time():
            return _refusal(410, "This link has expired. Request a new one.")
        try:
            path, stat = await store.stat(key)
        except ObjectMissing:
            return _refusal(404, "This file is no longer stored.")
        _drop_unusable_range(request)
        headers = _HEADERS | {"Content-Disposition": content_disposition(name)}
        return _File(path, headers=headers, media_type=media_type(key), stat_result=stat)

    return Route("/files/{key:path}", serve, methods=["GET"], name="files")


def _is_key(key: str) -> bool:
    try:
        checked_key(key)
    except InvalidKey:
        return False
    return True


def _refusal(status: int, message: str) -> JSONResponse:
    headers: Mapping[str, str] = _HEADERS | {"Cache-Control": "no-store"}
    return JSONResponse({"message": message}, status_code=status, headers=headers)


def _drop_unusable_range(request: Request) -> None:
    """Hide a Range header that asks for several ranges, or is no valid one, so that the whole file is sent.

    RFC 9110, 14.2 has a server ignore those it does not understand; Starlette would answer them with 400.
    """
    match = _SINGLE_RANGE.fullmatch(request.headers.get("range", "").strip())
    backwards = match is not None and match[2] and int(match[2]) < int(match[1])
    if match is None or backwards:
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
