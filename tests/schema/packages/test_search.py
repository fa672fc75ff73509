"""Full-text search: the same matches in the same order on every database, page by page, for whoever may see them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.session import Database
from app.search import document, parse
from schema.core.ids import encode_id
from tests import factories
from tests.databases import empty
from tests.schema.client import Client
from tests.schema.packages.acme import SEEN_BY, make_acme

SEARCH = """
query ($search: String, $direction: OrderDirection = DESC, $first: Int, $last: Int, $after: String, $before: String) {
  packages(
    filter: {search: $search}, orderBy: {field: RELEVANCE, direction: $direction}
    first: $first, last: $last, after: $after, before: $before
  ) {
    totalCount
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    nodes { id name }
  }
}
"""
WORDS = st.sampled_from(
    ["bert", "berta", "Bert", "ber", "base", "größe", "GROSSE", "日本", "日", "a", "and", "'", "|", "1"]
)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)
DOCUMENTS = st.tuples(TEXTS.filter(bool), st.none() | TEXTS, st.none() | TEXTS)


def score(made: str, search: str) -> int:
    """How well a document matches, told by splitting it; 0: not at all."""
    total, parts, query = 0, made.split(), parse(search).words
    weights = {word: parts[place:].count("|") for place, word in enumerate(parts) if word != "|"}
    for word in query[:-1]:
        if word not in weights:
            return 0
        total += weights[word]
    begun = [weight for word, weight in weights.items() if word.startswith(query[-1])]
    return total + max(begun) + weights.get(query[-1], 0) if begun else 0


def ids(answer: Any) -> list[str]:
    """The ids of the packages found."""
    return [node["id"] for node in answer["packages"]["nodes"]]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(corpus=st.lists(DOCUMENTS, min_size=1, max_size=8), search=st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
async def test_matches_and_order_are_what_the_words_say(
    client: Client, database: Database, corpus: list[tuple[str, str | None, str | None]], search: str
) -> None:
    # given
    await empty(database)
    user = await factories.make_user(database, "ada")
    scores: dict[str, int] = {}
    for number, (name, description, readme) in enumerate(corpus):
        package = await factories.make_package(
            database, name, f"{number}", uploaded_by=user, description=description, readme=readme
        )
        scores[encode_id("pkg", package.id)] = number
    reader = await client.sign_in("ada")

    # when
    answer = await reader.execute(SEARCH, search=search)

    # then
    if not any(character.isalnum() for character in search):
        assert answer.code == "INVALID_INPUT"
        return
    scores = {key: score(document(*corpus[number]), search) for key, number in scores.items()}
    expected = sorted((key for key in scores if scores[key]), key=lambda key: (scores[key], key), reverse=True)
    assert ids(answer) == expected
    assert answer["packages"]["totalCount"] == len(expected)
    assert ids(await reader.execute(SEARCH, search=search, direction="ASC")) == expected[::-1]


async def test_names_come_before_descriptions_and_readmes(client: Client, database: Database) -> None:
    # given
    await factories.make_user(database, "ada")
    await factories.make_package(database, "other-thing", readme="A relative of bert.")
    await factories.make_package(database, "bert")
    await factories.make_package(database, "roberta-like", description="Like BERT.")
    await factories.make_package(database, "bert-base-uncased")
    await factories.make_package(database, "unrelated")
    await factories.make_package(database, "bertha")

    # when
    answer = await (await client.sign_in("ada")).execute(SEARCH, search="bert")

    # then
    found = [node["name"] for node in answer["packages"]["nodes"]]
    assert found == ["bert", "bert-base-uncased", "bertha", "roberta-like", "other-thing"]


async def test_pages_by_relevance_join_forwards_and_backwards_among_ties(client: Client, database: Database) -> None:
    # given many packages that match alike
    await factories.make_user(database, "ada")
    for readme in ("bert", "bert bert", None):
        await factories.make_packages(database, 6, description="bert" if readme is None else None, readme=readme)
    reader = await client.sign_in("ada")
    everything = ids(await reader.execute(SEARCH, search="bert"))
    assert len(everything) == 18

    for direction in ("DESC", "ASC"):
        for size, side, cursor in (("first", "after", "endCursor"), ("last", "before", "startCursor")):
            # when
            arguments: dict[str, Any] = {"search": "bert", size: 4, "direction": direction}
            found: list[str] = []
            for _page in range(5):
                answer = await reader.execute(SEARCH, arguments)
                found = [*found, *ids(answer)] if size == "first" else [*ids(answer), *found]
                arguments[side] = answer["packages"]["pageInfo"][cursor]
                # packages that come meanwhile do not move those that were there
                await factories.make_package(database, readme="no match")

            # then
            assert found == (everything if direction == "DESC" else everything[::-1])


async def test_search_finds_only_what_the_viewer_sees(client: Client, stranger: Client, database: Database) -> None:
    # given
    acme = await make_acme(database)

    for name, seen in SEEN_BY.items():
        for package in acme.packages:
            # when
            reader = stranger if name == "stranger" else await client.sign_in(name)
            answer = await reader.execute(SEARCH, search=package)

            # then
            if name.startswith("searchless"):
                assert answer.code == "FORBIDDEN"
            else:
                assert ids(answer) == ([acme.id_of(package)] if package in seen else [])
                assert answer["packages"]["totalCount"] == (package in seen)


@pytest.mark.parametrize(
    "search", ["-'\"*:|&!()", "\x00bert", "bert\x00", "a b c d e f g h i", " ".join(map(str, range(9999)))]
)
async def test_what_cannot_be_searched_for_is_refused(client: Client, database: Database, search: str) -> None:
    # given
    await factories.make_user(database, "ada")

    # when
    answer = await (await client.sign_in("ada")).execute(SEARCH, search=search)

    # then
    assert answer.code == "INVALID_INPUT"
    assert [list(issue["path"]) for issue in answer.errors[0]["extensions"]["issues"]] == [["filter", "search"]]


@pytest.mark.parametrize("search", [None, "", "  \n"])
async def test_relevance_needs_something_searched_for(client: Client, database: Database, search: str | None) -> None:
    # given
    await factories.make_user(database, "ada")

    # when
    answer = await (await client.sign_in("ada")).execute(SEARCH, search=search)

    # then
    assert answer.code == "INVALID_INPUT"
    assert answer.errors[0]["extensions"]["issues"][0]["path"] == ("orderBy", "field")


@pytest.mark.parametrize(
    "search",
    [
        "' OR 1=1 --",
        '"bert" NEAR(base)',
        "bert NOT base",
        "words:bert",
        "^bert",
        "bert*",
        "bert & !base | (x <-> y):*AB",
        "%s %(viewer)s :name ? $1",
        "bert\\",
        "b" * 300_000,
    ],
)
async def test_operators_are_words_like_others(client: Client, database: Database, search: str) -> None:
    # given a package with all these words, and one without
    await factories.make_user(database, "ada")
    package = await factories.make_package(database, "everything", readme=search)
    await factories.make_package(database, "nothing")

    # when
    answer = await (await client.sign_in("ada")).execute(SEARCH, search=search)

    # then
    assert ids(answer) == [encode_id("pkg", package.id)]


async def test_search_goes_by_what_is_said_of_a_package_now(client: Client, database: Database) -> None:
    # given
    ada = await factories.make_user(database, "ada")
    package = await factories.make_package(database, "tiny", description="old words", uploaded_by=ada)
    writer = await client.sign_in("ada")

    # when
    answer = await writer.execute(
        """mutation ($input: UpdatePackageInput!) {
             updatePackage(input: $input) { __typename ... on Error { message } } }""",
        input={"packageId": encode_id("pkg", package.id), "description": "new words"},
    )

    # then
    assert answer["updatePackage"] == {"__typename": "UpdatePackagePayload"}
    assert ids(await writer.execute(SEARCH, search="old")) == []
    assert ids(await writer.execute(SEARCH, search="new words")) == [encode_id("pkg", package.id)]
