"""The generated rows, table by table, as COPY takes them: in the order of the columns named beside them."""

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from app.enums import PackageKind, PackageStatus, RelationshipType, UserKind, Visibility
from app.versions import sort_key
from benchmarks.shapes import Shapes

USERS = 1000
ORGANIZATIONS = 10
DOWNLOADS_PER_PACKAGE = 10
VIEWER = 1
"""The number of the user whom everything is asked for: no administrator, but one who manages all organizations."""

ONLY = "-solo"
"""The end of a name that one package alone has."""

START = datetime(2025, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=365)

WORDS = (
    *("bert", "llama", "vision", "speech", "fraud", "churn", "vector", "graph", "tiny"),
    *("large", "fast", "deep", "wide", "sparse", "dense", "multi", "neural", "audio"),
    *("text", "image", "video", "ranking", "search", "retail", "health", "legal", "finance"),
    *("weather", "traffic", "genome", "protein", "molecule", "robot", "planner", "summary", "translate"),
    *("caption", "segment", "detect", "embed", "reward", "policy"),
)
LICENSES = ("Apache-2.0", "MIT", "BSD-3-Clause", "CC-BY-4.0", "GPL-3.0-only", "Llama-2", None)
METRICS = (
    *("ramp_up_time", "bus_factor", "performance_claims", "license_score", "size_score", "dataset_quality"),
    *("dataset_code_linkage", "code_quality", "reproducibility", "reviewedness", "treescore"),
)
COLUMNS: dict[str, tuple[str, ...]] = {
    "users": ("id", "username", "email", "is_admin", "is_active", "kind", "created_at", "updated_at"),
    "permissions": ("user_id", "can_search", "can_upload", "can_download", "can_rate"),
    "organizations": ("id", "slug", "name", "description", "created_at", "updated_at"),
    "organization_memberships": ("id", "organization_id", "user_id", "role", "created_at", "updated_at"),
    "packages": (
        *("id", "organization_id", "kind", "name", "version", "version_key", "description", "author", "license"),
        *("readme", "s3_key", "file_size_bytes", "sha256", "source_url", "repository_url", "visibility"),
        *("is_sensitive", "status", "parameter_count", "front_matter", "uploaded_by_id", "uploaded_at"),
        *("download_count", "rating_count", "rating_average", "created_at", "updated_at", "created_by_id"),
    ),
    "package_scores": (
        *("package_id", *METRICS, "net_score", "metrics", "evaluator_version", "scored_at", "scoring_latency_ms"),
    ),
    "lineage_edges": ("id", "parent_id", "child_id", "relationship_type", "created_at", "created_by_id"),
    "downloads": (
        *("id", "package_id", "user_id", "components", "ip_address", "user_agent", "access_granted", "requested_at"),
    ),
    "ratings": ("id", "package_id", "user_id", "stars", "review", "created_at", "updated_at"),
}
"""The columns filled of each table, in an order that the tables can be filled in."""

Row = tuple[Any, ...]


def uuid7_hex(moment: datetime, random: Random) -> str:
    """A UUIDv7 (RFC 9562, section 5.7) of a moment: 48 bits of milliseconds, then version, variant and chance."""
    milliseconds = int(moment.timestamp() * 1000)
    return f"{milliseconds:012x}7{random.getrandbits(12):03x}{0b10 << 62 | random.getrandbits(62):016x}"


@dataclass
class Dataset:
    """All rows for a number of packages; the same number and seed give the same rows.

    The tables must be taken in the order of COLUMNS: each continues the chances of the one before it.
    """

    packages: int
    seed: int
    shapes: Shapes = field(init=False)
    names: list[tuple[str, str]] = field(init=False)
    """Name and version of each package."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.shapes = Shapes(self.packages)
        self.user_ids = self._ids(USERS, START - timedelta(days=30))
        self.organization_ids = self._ids(ORGANIZATIONS, START - timedelta(days=20))
        self.package_ids = [uuid7_hex(self.moment(number), self.random) for number in range(self.packages)]
        self.names = list(self._names())
        self.package_organizations = self.random.choices(range(ORGANIZATIONS), [90] + [1] * 9, k=self.packages)
        for number in self.shapes.landmarks:
            self.names[number] = f"landmark-{number}{ONLY}", "1.0.0"
            self.package_organizations[number] = 0
        counted = self.random.choices(range(self.packages), k=self.packages * DOWNLOADS_PER_PACKAGE)
        self.downloaded = array("I", counted)
        self.ratings = self._ratings()

    def moment(self, number: int) -> datetime:
        """When a package was published."""
        return START + SPAN * (number / self.packages)

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of one table."""
        made: Iterator[Row] = getattr(self, f"_{table}_rows")()
        return made

    def is_only_version(self, number: int) -> bool:
        """Whether a package is in `public` and no other has its name."""
        return self.package_organizations[number] == 0 and self.names[number][0].endswith(ONLY)

    def _ids(self, count: int, start: datetime) -> list[str]:
        return [uuid7_hex(start + timedelta(seconds=number), self.random) for number in range(count)]

    def _names(self) -> Iterator[tuple[str, str]]:
        """Seven names in ten have one version, the others up to five, close together."""
        random, made, number = self.random, 0, 0
        while made < self.packages:
            words, number = "-".join(random.sample(WORDS, 3)), number + 1
            if random.random() < 0.7:
                made += 1
                yield f"{words}-{number}{ONLY}", f"{random.randrange(4)}.{random.randrange(20)}.0"
                continue
            for minor in range(min(random.randrange(2, 6), self.packages - made)):
                made += 1
                yield f"{words}-{number}", f"1.{minor}.0"

    def _ratings(self) -> dict[int, list[tuple[int, int]]]:
        """(user, stars) by package: two for every third package."""
        random = self.random
        return {
            number: [(user, random.randrange(1, 6)) for user in random.sample(range(USERS), 2)]
            for number in range(0, self.packages, 3)
        }

    def _users_rows(self) -> Iterator[Row]:
        for number, user_id in enumerate(self.user_ids):
            name = f"{WORDS[number % len(WORDS)]}{number}"
            yield user_id, name, f"{name}@example.org", number == 0, True, UserKind.PERSON.value, START, START

    def _permissions_rows(self) -> Iterator[Row]:
        yield from ((user_id, True, True, True, True) for user_id in self.user_ids)

    def _organizations_rows(self) -> Iterator[Row]:
        for number, organization_id in enumerate(self.organization_ids):
            yield organization_id, slug_of(number), f"Organization {number}", None, START, START

    def _organization_memberships_rows(self) -> Iterator[Row]:
        for organization_id in self.organization_ids:
            for user in (VIEWER, *self.random.sample(range(2, USERS), 20)):
                role = "OWNER" if user == VIEWER else "MEMBER"
                membership_id = uuid7_hex(START, self.random)
                yield membership_id, organization_id, self.user_ids[user], role, START, START

    def _packages_rows(self) -> Iterator[Row]:
        random, granted = self.random, Counter(self.downloaded)
        kinds, licenses = [kind.value for kind in PackageKind], LICENSES
        for number, (name, version) in enumerate(self.names):
            at, organization, package_id = (
                self.moment(number),
                self.package_organizations[number],
                self.package_ids[number],
            )
            kind = random.choices(kinds, (8, 1, 1))[0]
            stars = [given for _, given in self.ratings.get(number, ())]
            visibility = Visibility.ORGANIZATION if organization and random.random() < 0.3 else Visibility.PUBLIC
            uploader = self.user_ids[random.randrange(USERS)]
            yield (
                *(package_id, self.organization_ids[organization], kind, name, version, sort_key(version, at)),
                *(_sentence(random, 14), f"{random.choice(WORDS)} lab", random.choice(licenses)),
                *(_sentence(random, 100), f"packages/{package_id}", random.randrange(1 << 12, 1 << 36)),
                *(f"{random.getrandbits(256):064x}", f"https://example.org/{name}", f"https://git.example.org/{name}"),
                *(visibility.value, random.random() < 0.02, PackageStatus.READY.value),
                *(random.randrange(1 << 16, 1 << 36) if kind == "MODEL" else None, '{"language": ["en"]}'),
                *(uploader, at, granted[number], len(stars), sum(stars) / len(stars) if stars else None),
                *(at, at, uploader),
            )

    def _package_scores_rows(self) -> Iterator[Row]:
        random = self.random
        for number, package_id in enumerate(self.package_ids):
            values = [round(random.random(), 4) if random.random() < 0.9 else None for _ in METRICS]
            metrics = [
                {"name": name, "value": value, "reason": "found in the archive", "confidence": 0.9, "latency_ms": 1.5}
                for name, value in zip(METRICS, values, strict=True)
            ]
            known = [value for value in values if value is not None]
            net = round(sum(known) / len(known), 4) if known else None
            yield (
                package_id,
                *values,
                net,
                json.dumps(metrics),
                "1",
                self.moment(number),
                round(random.random() * 90, 3),
            )

    def _lineage_edges_rows(self) -> Iterator[Row]:
        random, types = self.random, [kind.value for kind in RelationshipType]
        cumulative = list(accumulate(range(len(types), 0, -1)))
        # Drawn apart: how many edges there are must not depend on chances drawn between them.
        for parent, child in self.shapes.edges(Random(self.seed)):
            at, kind = self.moment(child), random.choices(types, cum_weights=cumulative)[0]
            ends = self.package_ids[parent], self.package_ids[child]
            yield uuid7_hex(at, random), *ends, kind, at, self.user_ids[random.randrange(USERS)]

    def _downloads_rows(self) -> Iterator[Row]:
        random, users, packages = self.random, self.user_ids, self.package_ids
        step = SPAN / len(self.downloaded)
        for number, package in enumerate(self.downloaded):
            user = users[random.randrange(USERS)]
            address = f"192.0.2.{number % 250}"
            yield number + 1, packages[package], user, "[]", address, "curl/8", True, START + step * number

    def _ratings_rows(self) -> Iterator[Row]:
        for number, given in self.ratings.items():
            at = self.moment(number)
            for user, stars in given:
                yield uuid7_hex(at, self.random), self.package_ids[number], self.user_ids[user], stars, None, at, at


def slug_of(organization: int) -> str:
    """The slug of an organization by number; 0 is the one that everybody reads."""
    return f"organization-{organization}" if organization else "public"


def _sentence(random: Random, words: int) -> str:
    return " ".join(random.choices(WORDS, k=words))


def picked(random: Random, candidates: Sequence[Any], count: int) -> list[Any]:
    """At most `count` of the candidates, each once."""
    return random.sample(list(candidates), min(count, len(candidates)))
