"""The licence of a source repository, as its host tells it (https://docs.github.com/rest/licenses)."""

import base64
import binascii
from dataclasses import dataclass

from pydantic import AliasPath, BaseModel, Field, TypeAdapter

from app.archives.license_names import recognised_license, spdx_expression
from app.scoring.fetch import FactAbsent, FactUnavailable, Fetcher
from app.scoring.links import LinkKind, UnknownLink, parse_link


@dataclass(frozen=True, slots=True)
class RepositoryLicense:
    """An SPDX expression; None where there is none to be had, and `reason`, a sentence, tells why."""

    license: str | None
    reason: str = ""


class _LicenseFile(BaseModel):
    spdx_id: str | None = Field(None, validation_alias=AliasPath("license", "spdx_id"))
    content: str = ""


_LICENSE_FILE = TypeAdapter(_LicenseFile)


async def repository_license(url: str, fetcher: Fetcher) -> RepositoryLicense:
    """Read a repository's licence from its host; a host that cannot be asked is a reason, never an exception.

    Where the host does not recognise the licence file, its text is recognised here.
    """
    try:
        link = parse_link(url)
        if link.kind is not LinkKind.CODE:
            return _none("the URL leads to a model or data set, not to a source repository")
        found = await fetcher.repository(f"/repos/{link.name}/license", _LICENSE_FILE)
    except FactAbsent:
        return _none("there is no such public repository, or it has no licence file")
    except (UnknownLink, FactUnavailable) as error:
        return _none(str(error))
    license = spdx_expression(found.spdx_id or "") or recognised_license(_decoded(found.content))
    return RepositoryLicense(license) if license else _none("its licence file is not one that is recognised")


def _none(why: str) -> RepositoryLicense:
    return RepositoryLicense(None, f"The repository's licence is not known: {why}.")


def _decoded(content: str) -> str:
    try:
        return base64.b64decode(content).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
