"""GraphiQL: the page at `/graphql` and its files below `/graphiql/`, bundled by Vite so that no internet is needed.

Where nobody could build the bundle, npm being absent, Strawberry's page takes its place and loads itself from a CDN.
"""

import base64
import hashlib
import logging
import re
from functools import cache
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from strawberry.http.ides import get_graphql_ide_html

log = logging.getLogger(__name__)

BUNDLE = Path(__file__).parents[1] / "graphiql" / "dist"
CDN = "https://unpkg.com"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# A worker obeys the policy its own file came with, not the page's. Files need no more than this.
_ASSET_POLICY = "default-src 'self'; frame-ancestors 'none'"


def graphiql_page(request: Request, bundle: Path = BUNDLE) -> Response:
    """The page, with a Content-Security-Policy that names every origin it may use.

    Without the bundle it is the CDN's page, and the log says so once.
    """
    index = bundle / "index.html"
    bundled = index.is_file()
    html = index.read_text(encoding="utf-8") if bundled else _cdn_html()
    return HTMLResponse(
        html,
        headers={
            **_HEADERS,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _page_policy(request.url.netloc, html, cdn="" if bundled else CDN),
        },
    )


def graphiql_assets(bundle: Path = BUNDLE) -> Mount:
    """The bundle's files, compressed; their names carry a hash of their content, so browsers keep them for good."""
    files = _ImmutableFiles(directory=bundle, check_dir=False)
    return Mount("/graphiql", app=files, middleware=[Middleware(GZipMiddleware)], name="graphiql")


class _ImmutableFiles(StaticFiles):
    """Files that never change under the same name."""

    async def check_config(self) -> None:
        """Let a missing folder be: then there is no bundle, and every file is a 404."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Content-Security-Policy"] = _ASSET_POLICY
        return response


def _page_policy(host: str, html: str, cdn: str) -> str:
    """The page's Content-Security-Policy: this server, inline styles (the editor's), and `cdn` when there is one."""
    directives = {
        "default-src": "'none'",
        "script-src": f"'self' {cdn} {_inline_scripts(html)}",
        "style-src": f"'self' 'unsafe-inline' {cdn}",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "worker-src": "'self'",
        # Not every browser takes 'self' to cover WebSockets. Starlette lets no malformed Host header through to here.
        "connect-src": f"'self' ws://{host} wss://{host}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(" ".join([name, *value.split()]) for name, value in directives.items())


@cache
def _inline_scripts(html: str) -> str:
    """The inline scripts' SHA-256 sources (CSP Level 3, section 2.3.1): these and no other may run."""
    digests = (hashlib.sha256(script.encode()).digest() for script in re.findall(r"<script>(.*?)</script>", html, re.S))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


@cache
def _cdn_html() -> str:
    log.warning(
        "GraphiQL was not built, so its page loads from %s and needs internet. "
        "Install Node.js with npm, run `make graphiql` and restart.",
        CDN,
    )
    return get_graphql_ide_html(graphql_ide="graphiql")
