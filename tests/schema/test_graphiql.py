"""The page's and the assets' headers, with the bundle and without."""

import base64
import hashlib
import logging
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schema import graphiql

SCRIPT = "console.log(1);" * 100


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder as Vite leaves it, with one script."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text(SCRIPT)
    (tmp_path / "index.html").write_text('<script type="module" src="/graphiql/assets/index-abc.js"></script>')
    return tmp_path


def client(bundle: Path) -> httpx.AsyncClient:
    """A client of a server that has nothing but GraphiQL."""

    def page(request: Request) -> Response:
        return graphiql.graphiql_page(request, bundle)

    app = Starlette(routes=[Route("/graphql", page), graphiql.graphiql_assets(bundle)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://registry.example")


def policy(response: httpx.Response) -> dict[str, list[str]]:
    """The Content-Security-Policy as directive → sources."""
    directives = (directive.split() for directive in response.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}


async def test_bundled_page_names_no_foreign_origin(bundle: Path) -> None:
    # when
    async with client(bundle) as http:
        page = await http.get("/graphql")

    # then
    assert page.text == (bundle / "index.html").read_text()
    assert policy(page)["default-src"] == ["'none'"]
    assert policy(page)["script-src"] == ["'self'"]
    assert policy(page)["connect-src"] == ["'self'", "ws://registry.example", "wss://registry.example"]
    assert policy(page)["frame-ancestors"] == ["'none'"]
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_odd_host_does_not_enter_policy(bundle: Path) -> None:
    # when
    async with client(bundle) as http:
        page = await http.get("/graphql", headers={"Host": "a.example; script-src *"})

    # then
    assert policy(page)["script-src"] == ["'self'"]
    assert "a.example" not in page.headers["Content-Security-Policy"]


async def test_asset_is_kept_for_good_and_compressed(bundle: Path) -> None:
    # when
    async with client(bundle) as http:
        script = await http.get("/graphiql/assets/index-abc.js", headers={"Accept-Encoding": "gzip"})
        missing = await http.get("/graphiql/assets/index-def.js")

    # then
    assert script.text == SCRIPT
    assert script.headers["Content-Encoding"] == "gzip"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["X-Content-Type-Options"] == "nosniff"
    assert missing.status_code == 404
    assert "Cache-Control" not in missing.headers


async def test_without_bundle_page_loads_from_cdn(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # given
    graphiql._cdn_html.cache_clear()

    # when
    with caplog.at_level(logging.WARNING, logger=graphiql.__name__):
        async with client(tmp_path / "absent") as http:
            page = await http.get("/graphql")
            again = await http.get("/graphql")
            asset = await http.get("/graphiql/assets/index-abc.js")

    # then the policy allows the CDN, and by its digest the one inline script
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    assert policy(page)["script-src"] == ["'self'", graphiql.CDN, *(f"'sha256-{digest}'" for digest in digests)]
    assert set(re.findall(r'(?:src|href)="(https://[^/"]+)', page.text)) == {graphiql.CDN}
    assert again.text == page.text
    assert asset.status_code == 404
    assert ["npm" in record.getMessage() for record in caplog.records] == [True]
