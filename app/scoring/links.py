"""Reading the URLs people give for models, data sets and code."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

HUB_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
REPOSITORY_HOSTS = frozenset({"github.com", "www.github.com"})

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_HUB_PAGES = frozenset(
    {
        *("api", "blog", "chat", "collections", "docs", "enterprise", "inference", "join", "learn", "login", "metrics"),
        *("models", "new", "organizations", "papers", "posts", "pricing", "search", "settings", "spaces", "tasks"),
    }
)
_GITHUB_PAGES = frozenset(
    {"about", "apps", "collections", "features", "login", "marketplace", "orgs", "search", "topics"}
)
_INSIDE_A_REPOSITORY = frozenset(
    {"tree", "blob", "resolve", "raw", "discussions", "commits", "commit", "edit", "viewer"}
)
_GITHUB_LINK = re.compile(r"https?://(?:www\.)?github\.com/[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_DATASET_LINK = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/[A-Za-z0-9_.-]{1,100}(?:/[A-Za-z0-9_.-]{1,100})?"
)


class LinkKind(StrEnum):
    """What a URL leads to."""

    MODEL = "MODEL"
    DATASET = "DATASET"
    CODE = "CODE"


@dataclass(frozen=True)
class Link:
    """A recognised URL: `name` is `owner/name`, or `name` alone for the hub's oldest entries."""

    kind: LinkKind
    name: str
    url: str


class UnknownLink(ValueError):
    """The text is not a URL, or leads to a host or page that is not understood; the message says which."""


def parse_link(text: str) -> Link:
    """Recognise the URL of a model or data set on the hub, or of a repository. Raises UnknownLink.

    A missing scheme, `git@host:owner/name.git`, `git+https://`, a trailing `.git` and paths inside the repository are
    all understood.
    """
    url = _normalized(text)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError as error:
        raise UnknownLink("that is not a URL") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UnknownLink("that is not an http or https URL")
    path = [segment for segment in parts.path.split("/") if segment]
    if host in HUB_HOSTS:
        return _hub_link(path, url)
    if host in REPOSITORY_HOSTS:
        return _repository_link(path, url)
    raise UnknownLink(f"{host} is not a known host of models, data sets or code")


def dataset_name(text: str) -> str | None:
    """The hub's name of a data set given as a URL or as `owner/name`, as model cards do; None where it is neither."""
    text = text.strip()
    try:
        link = parse_link(text)
    except UnknownLink:
        parts = text.split("/")
        return text if len(parts) <= 2 and all(_NAME.fullmatch(part) for part in parts) else None
    return link.name if link.kind is LinkKind.DATASET else None


def linked_datasets(text: str) -> tuple[str, ...]:
    """The names of the hub's data sets that a text links to, in order, each once."""
    names = (dataset_name(match.group().rstrip(".")) for match in _DATASET_LINK.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name))


def linked_repository(text: str) -> str | None:
    """The first repository a text links to."""
    for match in _GITHUB_LINK.finditer(text):
        try:
            return parse_link(match.group().rstrip(".")).url
        except UnknownLink:
            continue
    return None


def _normalized(text: str) -> str:
    url = text.strip().removeprefix("git+")
    if match := re.fullmatch(r"git@([\w.-]+):(.+)", url):
        return f"https://{match[1]}/{match[2]}"
    if "://" not in url and re.match(r"[\w-]+(\.[\w-]+)+/", url):
        return f"https://{url}"
    return url


def _hub_link(path: list[str], url: str) -> Link:
    if path and path[0] == "datasets":
        return Link(LinkKind.DATASET, _hub_name(path[1:]), url)
    if not path or path[0] in _HUB_PAGES:
        raise UnknownLink("the URL names no model or data set on the hub")
    return Link(LinkKind.MODEL, _hub_name(path), url)


def _hub_name(path: list[str]) -> str:
    name = path[:1] if len(path) > 1 and path[1] in _INSIDE_A_REPOSITORY else path[:2]
    if not name or not all(_NAME.fullmatch(part) for part in name):
        raise UnknownLink("the URL names no model or data set on the hub")
    return "/".join(name)


def _repository_link(path: list[str], url: str) -> Link:
    if len(path) < 2 or path[0] in _GITHUB_PAGES:
        raise UnknownLink("the URL names no repository")
    owner, name = path[0], path[1].removesuffix(".git")
    if not _NAME.fullmatch(owner) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", name) or name in (".", ".."):
        raise UnknownLink("the URL names no repository")
    return Link(LinkKind.CODE, f"{owner}/{name}", url)
