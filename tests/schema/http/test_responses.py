"""Media types, status codes and error bodies."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.http.responses import GRAPHQL_RESPONSE, JSON, RequestError, negotiate
from tests.schema.http.conftest import Endpoint

STRICT = GRAPHQL_RESPONSE


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, STRICT),
        ("", STRICT),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        (STRICT, STRICT),
        (f"{STRICT}; charset=utf-8, application/json; charset=utf-8", STRICT),
        (f"application/json, {STRICT}", STRICT),
        (f"application/json, {STRICT};q=0.9", JSON),
        ("application/json, text/plain, */*", JSON),
        (f"{STRICT};q=0.5, */*;q=0.1", STRICT),
        ("APPLICATION/JSON", JSON),
        ("application/json;q=0, */*", STRICT),
    ],
)
def test_the_best_media_type_is_chosen(accept: str | None, media_type: str) -> None:
    assert negotiate(accept) == media_type


@pytest.mark.parametrize("accept", ["text/plain", "application/json;q=0", "image/*", ";;;,,,"])
def test_other_media_types_are_not_acceptable(accept: str) -> None:
    with pytest.raises(RequestError) as refused:
        negotiate(accept)

    assert refused.value.status == 406


@given(st.text())
def test_any_accept_header_is_understood_or_refused(accept: str) -> None:
    try:
        assert negotiate(accept) in (JSON, STRICT)
    except RequestError as error:
        assert error.status == 406  # noqa: PT017


@pytest.mark.parametrize(
    "query", ["{", "{ unknown }", "query ($n: Int!) { count(upTo: $n) }", "{ hello } query A { hello }"]
)
async def test_a_request_error_is_400_for_the_strict_type_and_200_for_json(ample: Endpoint, query: str) -> None:
    # when
    strict = await ample.post(query, STRICT)
    plain = await ample.post(query, JSON)

    # then
    assert (strict.status_code, plain.status_code) == (400, 200)
    assert strict.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    for response in (strict, plain):
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("accept", [JSON, STRICT])
async def test_an_unknown_operation_name_is_a_request_error(ample: Endpoint, accept: str) -> None:
    response = await ample.post("query A { hello }", accept, operationName="B")

    assert response.json()["errors"][0]["message"] == 'Unknown operation named "B".'
    assert response.status_code == (400 if accept == STRICT else 200)


@pytest.mark.parametrize("accept", [JSON, STRICT])
async def test_an_executed_operation_is_200_even_where_its_data_is_null(ample: Endpoint, accept: str) -> None:
    response = await ample.post("{ needed }", accept)

    assert response.status_code == 200
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["path"] == ["needed"]
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_answers_are_neither_kept_nor_sniffed(ample: Endpoint) -> None:
    response = await ample.post("{ hello }")

    assert response.json()["data"] == {"hello": "hello world"}
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [("expired", 401, "UNAUTHENTICATED"), ("tired", 429, "LIMIT_EXCEEDED"), ("crash", 500, "INTERNAL")],
)
async def test_a_refused_context_is_told_by_code_and_status(
    ample: Endpoint, token: str, status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {token}", "Accept": STRICT}

    response = await ample.http.post(ample.url, json={"query": "{ hello }"}, headers=headers)

    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == code
    assert "secret" not in response.text
    assert response.headers.get("retry-after") == ("30" if token == "tired" else None)


@pytest.mark.parametrize("query", ["{ broken }", "{ unspeakable }"])
async def test_unexpected_exceptions_tell_only_a_trace_id(ample: Endpoint, query: str) -> None:
    response = await ample.post(query)

    error = response.json()["errors"][0]
    assert error["message"] == "Something went wrong on our side."
    assert len(error["extensions"]["traceId"]) == 32
    assert "secret" not in response.text


async def test_nan_becomes_null_and_keys_become_strings(ample: Endpoint) -> None:
    response = await ample.post("{ odd }")

    assert response.json()["data"] == {"odd": {"nan": None, "keys": {"1": "one"}}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "TRACE"])
async def test_other_methods_are_told_which_to_use(ample: Endpoint, method: str) -> None:
    response = await ample.http.request(method, ample.url)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, OPTIONS"


async def test_options_lists_the_methods(ample: Endpoint) -> None:
    response = await ample.http.options(ample.url)

    assert (response.status_code, response.headers["allow"]) == (204, "GET, POST, OPTIONS")


@pytest.mark.parametrize("accept", [JSON, STRICT])
async def test_a_mutation_by_get_is_405_and_does_nothing(ample: Endpoint, accept: str) -> None:
    response = await ample.http.get(ample.url, params={"query": "mutation { change }"}, headers={"Accept": accept})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert ample.journal.mutations == 0


async def test_a_query_by_get_takes_variables(ample: Endpoint) -> None:
    parameters = {
        "query": "query A($n: String) { hello(name: $n) }",
        "variables": '{"n": "Ada"}',
        "operationName": "",
        "extensions": "{}",
    }

    response = await ample.http.get(ample.url, params=parameters)

    assert response.json()["data"] == {"hello": "hello Ada"}


async def test_browsers_get_the_page(ample: Endpoint) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    response = await ample.http.get(ample.url, headers=browser)

    assert "GraphiQL" in response.text
    assert response.headers["content-type"].startswith("text/html")


async def test_curl_without_a_query_is_told_what_is_missing(ample: Endpoint) -> None:
    response = await ample.http.get(ample.url, headers={"Accept": "*/*"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "`query` is missing"


async def test_unacceptable_types_are_406(ample: Endpoint) -> None:
    assert (await ample.post("{ hello }", "image/png")).status_code == 406


@pytest.mark.parametrize("accept", [JSON, STRICT])
async def test_a_subscription_by_ordinary_post_is_told_how_to_subscribe(ample: Endpoint, accept: str) -> None:
    response = await ample.post("subscription { numbers }", accept)

    assert response.status_code == 400
    assert "graphql-transport-ws" in response.json()["errors"][0]["message"]


async def test_a_batch_answers_each_operation_by_itself(tight: Endpoint) -> None:
    # given
    batch: Sequence[Any] = [{"query": "{ hello }"}, {"query": "{"}, {"query": "subscription { numbers }"}]

    # when
    response = await tight.http.post(tight.url, json=batch, headers={"Accept": STRICT})

    # then
    good, broken, misplaced = response.json()
    assert response.status_code == 200
    assert good["data"] == {"hello": "hello world"}
    assert "Syntax Error" in broken["errors"][0]["message"]
    assert "graphql-transport-ws" in misplaced["errors"][0]["message"]


async def test_a_batch_shares_one_budget(tight: Endpoint) -> None:
    # given two operations of cost 101 each, where 150 are allowed
    batch = [{"query": "{ things(first: 100) { things { name } } }"}] * 2

    # when
    first, second = (await tight.http.post(tight.url, json=batch)).json()

    # then
    assert first["extensions"]["cost"] == {"requested": 101, "limit": 150}
    assert second["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "cost": 202, "limit": 150}


async def test_an_operation_that_takes_too_long_is_stopped(tight: Endpoint) -> None:
    # when
    plain = await tight.post("{ endless }")
    strict = await tight.post("{ endless }", STRICT)

    # then
    assert (plain.status_code, strict.status_code) == (200, 503)
    assert plain.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
    assert tight.journal.stopped.is_set()
