"""Facts from the repository host: GitHub's REST API (https://docs.github.com/rest)."""

import asyncio
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from pydantic import AliasPath, BaseModel, BeforeValidator, Field, TypeAdapter

from app.scoring.facts import RepositoryFacts, ReviewFacts, Source
from app.scoring.fetch import FactAbsent, FactUnavailable, Fetcher

# A commit costs up to three requests; without a token the host allows 60 an hour, with one 5000.
COMMITS_SAMPLED = 10
COMMITS_SAMPLED_WITH_TOKEN = 40
_NO_LICENSE = frozenset({"NOASSERTION", "OTHER"})


def _login(account: object) -> object:
    """A person's login; empty for robots and for commits whose author has no account."""
    if not isinstance(account, dict) or account.get("type") == "Bot":
        return ""
    login = account.get("login")
    return "" if isinstance(login, str) and login.endswith("[bot]") else login or ""


_Login = Annotated[str, BeforeValidator(_login)]


class _Repository(BaseModel):
    full_name: str
    license: str | None = Field(None, validation_alias=AliasPath("license", "spdx_id"))
    stars: int | None = Field(None, validation_alias="stargazers_count")
    pushed_at: str | None = None
    default_branch: str = "main"


class _Contributor(BaseModel):
    login: str
    type: str = "User"
    contributions: int = Field(ge=0)


class _Parent(BaseModel):
    sha: str


class _Commit(BaseModel):
    sha: str
    parents: list[_Parent] = []


class _CommitDetail(BaseModel):
    additions: int = Field(ge=0, validation_alias=AliasPath("stats", "additions"))


class _Pull(BaseModel):
    number: int
    author: _Login = Field("", validation_alias="user")
    merged_at: str | None = None


class _Review(BaseModel):
    reviewer: _Login = Field("", validation_alias="user")
    state: str = ""


class _Entry(BaseModel):
    path: str


class _Tree(BaseModel):
    tree: list[_Entry]


_REPOSITORY = TypeAdapter(_Repository)
_CONTRIBUTORS = TypeAdapter(list[_Contributor])
_COMMITS = TypeAdapter(list[_Commit])
_DETAIL = TypeAdapter(_CommitDetail)
_PULLS = TypeAdapter(list[_Pull])
_REVIEWS = TypeAdapter(list[_Review])
_TREE = TypeAdapter(_Tree)


async def repository_facts(
    full_name: str, fetcher: Fetcher, *, is_declared: bool = True
) -> tuple[RepositoryFacts, Mapping[Source, str]]:
    """What the host tells of `owner/name`, and why parts of it could not be had.

    Where the repository is only linked (`is_declared` False) no more is asked than whether it exists. Raises
    FactUnavailable where the host itself could not be asked.
    """
    path = f"/repos/{full_name}"
    try:
        answer = await fetcher.repository(path, _REPOSITORY)
    except FactAbsent:
        return RepositoryFacts(full_name, exists=False, is_declared=is_declared), {}
    missing: dict[Source, str] = {}
    contributors = reviews = paths = None
    if is_declared:
        contributors, reviews, paths = await asyncio.gather(
            _contributors(path, fetcher, missing),
            _reviews(path, fetcher, missing),
            _paths(path, answer.default_branch, fetcher),
        )
    facts = RepositoryFacts(
        answer.full_name,
        exists=True,
        is_declared=is_declared,
        license=None if answer.license in _NO_LICENSE else answer.license,
        stars=answer.stars,
        pushed_at=answer.pushed_at,
        contributors=contributors,
        reviews=reviews,
        paths=paths,
    )
    return facts, missing


async def _contributors(path: str, fetcher: Fetcher, missing: dict[Source, str]) -> Mapping[str, int] | None:
    try:
        people = await fetcher.repository(f"{path}/contributors?per_page=100", _CONTRIBUTORS)
    except FactUnavailable as error:
        missing[Source.CONTRIBUTORS] = str(error)
        return None
    return {
        person.login: person.contributions
        for person in people
        if person.type != "Bot" and not person.login.endswith("[bot]")
    }


async def _paths(path: str, branch: str, fetcher: Fetcher) -> tuple[str, ...] | None:
    try:
        tree = await fetcher.repository(f"{path}/git/trees/{quote(branch, safe='')}?recursive=1", _TREE)
    except FactUnavailable:
        return None
    return tuple(entry.path for entry in tree.tree)


async def _reviews(path: str, fetcher: Fetcher, missing: dict[Source, str]) -> ReviewFacts | None:
    size = COMMITS_SAMPLED_WITH_TOKEN if fetcher.has_repository_token else COMMITS_SAMPLED
    try:
        commits = await fetcher.repository(f"{path}/commits?per_page={size}", _COMMITS)
        # A merge commit's lines are those of the commits it merges: counting it would count them twice.
        shas = [commit.sha for commit in commits if len(commit.parents) < 2]
        lines = await asyncio.gather(*(_lines_added(path, sha, fetcher) for sha in shas))
        pulls = await asyncio.gather(*(_pulls_of(path, sha, fetcher) for sha in shas))
        reviewed = await _reviewed(path, {pull.number: pull for found in pulls for pull in found}, fetcher)
    except FactUnavailable as error:
        missing[Source.REVIEWS] = str(error)
        return None
    under_review = (
        added for added, found in zip(lines, pulls, strict=True) if any(pull.number in reviewed for pull in found)
    )
    return ReviewFacts(commits=len(shas), lines=sum(lines), reviewed_lines=sum(under_review))


async def _lines_added(path: str, sha: str, fetcher: Fetcher) -> int:
    return (await fetcher.repository(f"{path}/commits/{sha}", _DETAIL)).additions


async def _pulls_of(path: str, sha: str, fetcher: Fetcher) -> list[_Pull]:
    pulls = await fetcher.repository(f"{path}/commits/{sha}/pulls", _PULLS)
    return [pull for pull in pulls if pull.merged_at is not None]


async def _reviewed(path: str, pulls: Mapping[int, _Pull], fetcher: Fetcher) -> set[int]:
    """The numbers of those pull requests that somebody other than their author, and no robot, has reviewed."""
    reviews = await asyncio.gather(
        *(fetcher.repository(f"{path}/pulls/{number}/reviews", _REVIEWS) for number in pulls)
    )
    return {
        pull.number
        for pull, given in zip(pulls.values(), reviews, strict=True)
        if any(review.reviewer not in ("", pull.author) and review.state != "PENDING" for review in given)
    }
