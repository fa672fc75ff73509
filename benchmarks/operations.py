"""The operations measured: what each server is asked, and how many different ways.

All are asked for the same: connections with edges and page information, opaque global ids, equal fields. PostGraphile's
names are made ours by aliases, so that the answers differ only in what `benchmarks.answers` evens out. Nobody is asked
for `hasPreviousPage`: going forwards, PostGraphile always says no, as the Relay specification lets it.
"""

from dataclasses import dataclass

_BY_NAME = "$organizationId: UUID!, $name: String!, $version: String!"
_NAMED = "packageByOrganizationIdAndNameAndVersion(organizationId: $organizationId, name: $name, version: $version)"
_FOUND_FIELDS = "id name version license downloadCount"
_FLAT_FIELDS = "id name version kind license author fileSizeBytes downloadCount uploadedAt sha256"
_PACKAGE_FIELDS = "id kind name version description author license fileSizeBytes downloadCount uploadedAt"
_SCORES = (
    "netScore rampUpTime busFactor performanceClaims licenseScore sizeScore datasetQuality datasetCodeLinkage "
    "codeQuality reproducibility reviewedness treescore scoredAt"
)
_PAGE = "pageInfo { hasNextPage startCursor endCursor }"
_SHORT_PAGE = "pageInfo { hasNextPage endCursor }"
COLD_MARK = "0000000000"
"""Digits in a document that the load generator replaces by a number not used before."""


@dataclass(frozen=True)
class Operation:
    """One question. `pool` names the variables it is asked with; `pages`: it is asked for so many pages in turn."""

    name: str
    title: str
    ours: str
    postgraphile: str
    pool: str
    pages: int = 0

    @property
    def is_lineage(self) -> bool:
        """Whether the answer is a graph, whose nodes and edges may come in any order."""
        return "lineage" in self.ours


def _one_package(name: str) -> tuple[str, str]:
    ours = f"""query {name}($name: String!) {{
  package(name: $name) {{ {_PACKAGE_FIELDS} uploadedBy {{ id username }} scores {{ {_SCORES} }} }}
}}"""
    postgraphile = f"""query {name}({_BY_NAME}) {{
  package: {_NAMED} {{
    {_PACKAGE_FIELDS}
    uploadedBy: userByUploadedById {{ id username }}
    scores: packageScoreByPackageId {{ {_SCORES} }}
  }}
}}"""
    return ours, postgraphile


_LINEAGE = (
    """query Ancestry($name: String!) {
  package(name: $name) {
    lineage(direction: ANCESTORS) {
      nodes { key package { name version license scores { netScore } } }
      edges { parentKey childKey relationshipType }
    }
  }
}""",
    f"""query Ancestry({_BY_NAME}) {{
  package: {_NAMED} {{
    nodes: ancestryList {{ key: id name version license scores: packageScoreByPackageId {{ netScore }} }}
    edges: ancestryEdgesList {{ parentKey childKey relationshipType }}
  }}
}}""",
)

_LIST = (
    f"""query PackageList($after: String) {{
  packages(first: 50, after: $after) {{
    {_PAGE}
    edges {{
      cursor
      node {{
        id name version license downloadCount
        uploadedBy {{ id username }}
        scores {{ netScore }}
        parents(first: 5) {{ {_SHORT_PAGE} edges {{ cursor relationshipType node {{ id name version }} }} }}
        downloads(first: 5) {{
          {_SHORT_PAGE} edges {{ cursor node {{ id requestedAt accessGranted user {{ id username }} }} }}
        }}
      }}
    }}
  }}
}}""",
    f"""query PackageList($after: Cursor) {{
  packages: allPackages(first: 50, after: $after, orderBy: PRIMARY_KEY_DESC) {{
    {_PAGE}
    edges {{
      cursor
      node {{
        id name version license downloadCount
        uploadedBy: userByUploadedById {{ id username }}
        scores: packageScoreByPackageId {{ netScore }}
        parents: lineageEdgesByChildId(first: 5) {{
          {_SHORT_PAGE} edges {{ cursor node {{ relationshipType node: packageByParentId {{ id name version }} }} }}
        }}
        downloads: downloadsByPackageId(first: 5, orderBy: PRIMARY_KEY_DESC) {{
          {_SHORT_PAGE}
          edges {{ cursor node {{ id requestedAt accessGranted user: userByUserId {{ id username }} }} }}
        }}
      }}
    }}
  }}
}}""",
)

# The newest first, for all alike: no peer has our order by relevance. They search the same index of words, through
# `bench.found_packages` of peers/functions.sql.
_SEARCH = (
    f"""query Search($text: String!) {{
  packages(first: 50, filter: {{search: $text}}) {{ {_PAGE} edges {{ cursor node {{ {_FOUND_FIELDS} }} }} }}
}}""",
    f"""query Search($text: String!) {{
  packages: benchFoundPackages(words: $text, first: 50) {{ {_PAGE} edges {{ cursor node {{ {_FOUND_FIELDS} }} }} }}
}}""",
)

_FLAT = (
    f"""query Flat($after: String) {{
  packages(first: 1000, after: $after) {{ {_PAGE} edges {{ cursor node {{ {_FLAT_FIELDS} }} }} }}
}}""",
    f"""query Flat($after: Cursor) {{
  packages: allPackages(first: 1000, after: $after, orderBy: PRIMARY_KEY_DESC) {{
    {_PAGE} edges {{ cursor node {{ {_FLAT_FIELDS} }} }}
  }}
}}""",
)

_FAN = (
    f"""query Fan($name: String!) {{
  package(name: $name) {{
    children(first: 50) {{
      totalCount {_SHORT_PAGE} edges {{ cursor relationshipType node {{ id name version }} }}
    }}
  }}
}}""",
    f"""query Fan({_BY_NAME}) {{
  package: {_NAMED} {{
    children: lineageEdgesByParentId(first: 50) {{
      totalCount {_SHORT_PAGE}
      edges {{ cursor node {{ relationshipType node: packageByChildId {{ id name version }} }} }}
    }}
  }}
}}""",
)

OPERATIONS = (
    Operation("Q1", "one package, scores, uploader", *_one_package("OnePackage"), "package"),
    Operation("Q2", "50 packages, each with scores, uploader, 5 parents, 5 downloads and users", *_LIST, "", pages=20),
    Operation("Q3", "whole ancestry, several hundred packages", *_LINEAGE, "descendant"),
    Operation("Q4", "search, 50", *_SEARCH, "word"),
    Operation("Q5", "1000 packages, 10 flat fields", *_FLAT, "", pages=10),
    Operation("Q6", "ancestry through 60 diamonds", *_LINEAGE, "ladder"),
    Operation("Q7", "10,000 children: first 50 and their number", *_FAN, "fan"),
    Operation("Q8", "one package by a text never seen", *_one_package(f"Cold{COLD_MARK}"), "package"),
)
