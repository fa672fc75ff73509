"""GraphiQL in a real browser with the network closed: it loads, signs in, answers and hears of events."""

import re

from playwright.async_api import Locator, Page, WebSocket, expect

from tests.archive_files import model_archive
from tests.browser.conftest import PASSWORD, Visit
from tests.schema.client import Client
from tests.server import Running

EXAMPLES = ["SignIn", "Packages", "Package", "Lineage", "PackagePublished"]


async def replace_operation(page: Page, text: str) -> None:
    """Put the named operation `text` into the editor as a person would: click, select all, paste."""
    await page.get_by_role("region", name="Operation Editor").locator(".view-lines").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(text)
    # GraphiQL reads the operation's name and kind shortly after the last key, and then names the tab by it.
    name = text.split()[1]
    await expect(page.locator(".graphiql-tab-active .graphiql-tab-button")).to_have_text(name)


async def run(page: Page) -> Locator:
    """Press the button; returns the pane that the answer will appear in."""
    await page.get_by_role("button", name=re.compile("^Execute query")).click()
    return page.get_by_label("Result Window")


async def sign_in(page: Page, password: str) -> Locator:
    """Sign in as the administrator; returns the pane with the answer."""
    account = f'{{ username: "admin", password: "{password}" }}'
    await replace_operation(
        page, f"mutation Enter {{ signIn(input: {account}) {{ ... on SignInPayload {{ token }} }} }}"
    )
    return await run(page)


async def test_page_loads_with_network_closed(visit: Visit, server_url: str) -> None:
    # when
    await visit.page.goto(f"{server_url}/graphql")
    await expect(visit.page.get_by_role("region", name="Operation Editor")).to_contain_text("mutation")
    # the explorer lists the schema's operations only after introspection
    await visit.page.get_by_role("button", name="Show GraphiQL Explorer").click()

    # then
    await expect(visit.page.locator(".graphiql-explorer-root")).to_contain_text("signIn")
    assert [tab.strip() for tab in await visit.page.locator(".graphiql-tab").all_inner_texts()] == EXAMPLES
    assert visit.foreign_requests == []
    assert visit.complaints == []


async def test_query_carries_token_of_sign_in(visit: Visit, server_url: str) -> None:
    # given
    await visit.page.goto(f"{server_url}/graphql")
    await expect(await sign_in(visit.page, PASSWORD)).to_contain_text('"token"')

    # when
    await visit.page.get_by_role("button", name="New tab").click()
    await replace_operation(visit.page, "query Me { viewer { username } }")
    answer = await run(visit.page)

    # then
    await expect(answer).to_contain_text(re.compile(r'"username":\s"admin"'))
    assert visit.foreign_requests == []
    assert visit.complaints == []


async def test_headers_tab_replaces_token_of_sign_in(visit: Visit, server_url: str) -> None:
    # given
    await visit.page.goto(f"{server_url}/graphql")
    await expect(await sign_in(visit.page, PASSWORD)).to_contain_text('"token"')
    await replace_operation(visit.page, "query Me { viewer { username } }")

    # when
    await visit.page.get_by_role("button", name="Headers").click()
    await visit.page.locator("[data-uri$='request-headers.json'] .view-lines").click()
    await visit.page.keyboard.insert_text('{"authorization": "Bearer another"}')
    async with visit.page.expect_request(lambda request: "viewer" in (request.post_data or "")) as sent:
        await run(visit.page)

    # then
    assert (await (await sent.value).all_headers())["authorization"] == "Bearer another"


UPLOAD = """mutation ($file: Upload!) {
  uploadPackage(input: {file: $file, name: "tiny-bert", version: "1.0.0"}) { __typename }
}"""


async def test_subscription_delivers_event(visit: Visit, server: Running, server_url: str) -> None:
    # given
    before = await server.head()
    token = (await Client(server.services).sign_in("admin")).token
    answered = await server.upload(UPLOAD, {"file": None}, model_archive(), token=token, path="file")
    assert answered.json()["data"]["uploadPackage"]["__typename"] == "UploadPackagePayload"
    sockets: list[WebSocket] = []
    visit.page.on("websocket", lambda socket: sockets.append(socket))
    await visit.page.goto(f"{server_url}/graphql")
    await expect(await sign_in(visit.page, PASSWORD)).to_contain_text('"token"')

    # when
    operation = f'subscription Hear {{ packagePublished(after: "{before}") {{ cursor package {{ name }} }} }}'
    await replace_operation(visit.page, operation)
    answer = await run(visit.page)

    # then
    await expect(answer).to_contain_text(re.compile(r'"name":\s"tiny-bert"'))
    assert [socket.url for socket in sockets] == [f"{server_url.replace('http', 'ws')}/graphql"]
    assert visit.foreign_requests == []
    assert visit.complaints == []

    # when it is stopped
    async with sockets[0].expect_event("close"):
        await visit.page.get_by_role("button", name=re.compile("^Stop query")).click()

    # then
    assert sockets[0].is_closed()
