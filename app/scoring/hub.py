"""Facts from the model hub: Hugging Face's public API (https://huggingface.co/docs/hub/api)."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import AliasPath, BaseModel, Field, TypeAdapter

from app.enums import PackageComponent
from app.scoring.cards import count_words, texts
from app.scoring.facts import DatasetFacts, FileFact, HubFacts
from app.scoring.fetch import FactAbsent, FactUnavailable, Fetcher

USERS_ASKED_FOR = 100
MAX_README_CHARACTERS = 512 << 10
_WEIGHT_SUFFIXES = (
    ".safetensors",
    ".bin",
    ".gguf",
    ".onnx",
    ".h5",
    ".pt",
    ".pth",
    ".ckpt",
    ".msgpack",
    ".ot",
    ".tflite",
)
_DOCUMENT_SUFFIXES = (".md", ".rst", ".pdf")
_CODE_SUFFIXES = (".py", ".ipynb", ".sh")


class _Sibling(BaseModel):
    path: str = Field(validation_alias="rfilename")
    size: int | None = None


class _Entry(BaseModel):
    id: str
    downloads: int | None = None
    likes: int | None = None
    last_modified: str | None = Field(None, validation_alias="lastModified")
    card: dict[str, Any] | None = Field(None, validation_alias="cardData")
    files: list[_Sibling] = Field(default_factory=list, validation_alias="siblings")
    parameter_count: int | None = Field(None, validation_alias=AliasPath("safetensors", "total"))


class _Author(BaseModel):
    user: str


class _Commit(BaseModel):
    authors: list[_Author] = []


class _Named(BaseModel):
    id: str


_ENTRY = TypeAdapter(_Entry)
_COMMITS = TypeAdapter(list[_Commit])
_NAMES = TypeAdapter(list[_Named])


async def model_facts(model_id: str, fetcher: Fetcher) -> HubFacts:
    """What the hub tells of a model. Raises FactUnavailable where the hub itself could not be asked."""
    path = quote(model_id)
    try:
        entry = await fetcher.hub(f"/api/models/{path}?blobs=true", _ENTRY)
    except FactAbsent:
        return HubFacts(model_id, exists=False)
    readme, authors = await asyncio.gather(_readme(f"/{path}", fetcher), _authors(path, fetcher))
    return HubFacts(
        model_id,
        exists=True,
        downloads=entry.downloads,
        likes=entry.likes,
        last_modified=entry.last_modified,
        card=entry.card or {},
        readme=readme,
        files=tuple(FileFact(file.path, file.size or 0, _component(file.path)) for file in entry.files),
        parameter_count=entry.parameter_count,
        commit_authors=authors,
    )


async def dataset_facts(dataset_id: str, fetcher: Fetcher) -> DatasetFacts:
    """What the hub tells of a data set. Raises FactUnavailable where the hub itself could not be asked."""
    path = quote(dataset_id)
    try:
        entry = await fetcher.hub(f"/api/datasets/{path}", _ENTRY)
    except FactAbsent:
        return DatasetFacts(dataset_id, exists=False)
    readme, users = await asyncio.gather(_readme(f"/datasets/{path}", fetcher), _models_using(dataset_id, fetcher))
    return DatasetFacts(
        dataset_id,
        exists=True,
        card_words=None if readme is None else count_words(readme),
        license=next(iter(texts((entry.card or {}).get("license"))), None),
        downloads=entry.downloads,
        likes=entry.likes,
        used_by_models=users,
    )


async def _readme(base: str, fetcher: Fetcher) -> str | None:
    try:
        return (await fetcher.hub_text(f"{base}/raw/main/README.md"))[:MAX_README_CHARACTERS]
    except FactAbsent:
        return ""
    except FactUnavailable:
        return None


async def _authors(path: str, fetcher: Fetcher) -> Mapping[str, int] | None:
    try:
        commits = await fetcher.hub(f"/api/models/{path}/commits/main", _COMMITS)
    except FactUnavailable:
        return None
    return Counter(author.user for commit in commits for author in commit.authors)


async def _models_using(dataset_id: str, fetcher: Fetcher) -> int | None:
    query = f"filter={quote(f'dataset:{dataset_id}', safe='')}&limit={USERS_ASKED_FOR}"
    try:
        users = await fetcher.hub(f"/api/models?{query}", _NAMES)
    except FactUnavailable:
        return None
    return len(users)


def _component(path: str) -> PackageComponent:
    lower = path.lower()
    if lower.endswith(_WEIGHT_SUFFIXES):
        return PackageComponent.WEIGHTS
    if lower.endswith(_DOCUMENT_SUFFIXES):
        return PackageComponent.DOCUMENTATION
    return PackageComponent.CODE if lower.endswith(_CODE_SUFFIXES) else PackageComponent.OTHER
