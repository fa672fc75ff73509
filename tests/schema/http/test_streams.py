"""Subscriptions over HTTP: graphql-sse (distinct connections) and multipart/mixed."""

import asyncio
import json

import pytest

from tests.schema.http.conftest import Endpoint

SSE = "text/event-stream"
MIXED = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json'


async def test_a_subscription_as_server_sent_events(ample: Endpoint) -> None:
    response = await ample.post("subscription { numbers }", SSE)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith(SSE)
    assert response.headers["x-content-type-options"] == "nosniff"
    events = [event.split("\r\n") for event in response.text.strip().split("\r\n\r\n")]
    assert [event[0] for event in events] == ["event: next", "event: next", "event: complete"]
    assert [json.loads(event[1].removeprefix("data: "))["data"] for event in events[:2]] == [
        {"numbers": 0},
        {"numbers": 1},
    ]


async def test_a_subscription_as_multipart(ample: Endpoint) -> None:
    response = await ample.post("subscription { numbers }", MIXED)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("multipart/mixed")
    assert '{"payload":{"data":{"numbers":1}' in response.text


async def test_event_source_uses_get_and_cannot_mutate(ample: Endpoint) -> None:
    good = await ample.http.get(ample.url, params={"query": "subscription { numbers }"}, headers={"Accept": SSE})
    bad = await ample.http.get(ample.url, params={"query": "mutation { change }"}, headers={"Accept": SSE})

    assert "event: complete" in good.text
    assert "mutations are not allowed" in bad.text
    assert ample.journal.mutations == 0


@pytest.mark.parametrize("query", ["{", "{ unknown }", "subscription { numbers(upTo: true) }"])
async def test_a_request_error_comes_as_an_event(ample: Endpoint, query: str) -> None:
    response = await ample.post(query, SSE)

    assert '"code":"BAD_REQUEST"' in response.text
    assert response.text.endswith("event: complete\r\ndata: \r\n\r\n")


async def test_a_failing_stream_tells_nothing_inner(ample: Endpoint) -> None:
    response = await ample.post("subscription { failing }", SSE)

    assert '"code":"INTERNAL"' in response.text
    assert "secret" not in response.text


async def test_malformed_requests_are_refused_before_the_stream(ample: Endpoint) -> None:
    response = await ample.http.post(ample.url, json=[{"query": "{ hello }"}], headers={"Accept": SSE})

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_leaving_stops_the_subscription(ample: Endpoint) -> None:
    request = {"query": "subscription { waiting }"}

    async with ample.http.stream("POST", ample.url, json=request, headers={"Accept": SSE}) as response:
        async for _ in response.aiter_lines():
            break

    async with asyncio.timeout(10):
        await ample.journal.stopped.wait()
