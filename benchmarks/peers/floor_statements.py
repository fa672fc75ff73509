"""What the hand-written endpoint runs: one statement for each operation, whose only column is the answer as JSON.

Edges and nodes are rows made JSON as a whole (`json_agg(row)`), which PostgreSQL does faster than json_build_object.
"""


def _id(tag: str, column: str) -> str:
    return f"'{tag}_' || replace({column}::text, '-', '') AS id"


_PACKAGE = """SELECT packages.* FROM packages JOIN organizations ON organizations.id = packages.organization_id
  WHERE organizations.slug = 'public' AND packages.name = %(name)s AND packages.status = 'READY'
    AND packages.deprecated_at IS NULL AND packages.deleted_at IS NULL
  ORDER BY version_key DESC LIMIT 1"""

_UPLOADER = f"""(SELECT row_to_json(u) FROM (
    SELECT {_id("usr", "users.id")}, username FROM users WHERE users.id = p.uploaded_by_id
  ) u) AS "uploadedBy\""""

_ONE_PACKAGE = f"""
WITH p AS ({_PACKAGE})
SELECT json_build_object('package', (SELECT row_to_json(found) FROM (
  SELECT {_id("pkg", "p.id")}, kind, name, version, description, author, license,
    file_size_bytes::text AS "fileSizeBytes", download_count::text AS "downloadCount", uploaded_at AS "uploadedAt",
    {_UPLOADER},
    (SELECT row_to_json(s) FROM (
      SELECT net_score AS "netScore", ramp_up_time AS "rampUpTime", bus_factor AS "busFactor",
        performance_claims AS "performanceClaims", license_score AS "licenseScore", size_score AS "sizeScore",
        dataset_quality AS "datasetQuality", dataset_code_linkage AS "datasetCodeLinkage",
        code_quality AS "codeQuality", reproducibility, reviewedness, treescore, scored_at AS "scoredAt"
      FROM package_scores WHERE package_id = p.id
    ) s) AS scores
  FROM p
) found))"""


def _page(columns: str, size: int, node: str) -> str:
    """A page of packages, the newest first; one more is read to know whether there are more."""
    return f"""
WITH page AS MATERIALIZED (
  SELECT {columns} FROM packages
  WHERE deleted_at IS NULL AND id < coalesce(%(after)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
  ORDER BY id DESC LIMIT {size + 1}
), shown AS (SELECT * FROM page ORDER BY id DESC LIMIT {size})
{_connection(node, size)}"""


def _connection(node: str, size: int) -> str:
    return f"""SELECT json_build_object('packages', json_build_object(
  'edges', (SELECT coalesce(json_agg(edge), '[]') FROM (
    SELECT p.id AS cursor, (SELECT row_to_json(node) FROM ({node}) node) AS node FROM shown p ORDER BY p.id DESC
  ) edge),
  'pageInfo', (SELECT json_build_object(
    'hasNextPage', (SELECT count(*) FROM page) > {size},
    'startCursor', (SELECT id FROM shown ORDER BY id DESC LIMIT 1),
    'endCursor', (SELECT id FROM shown ORDER BY id LIMIT 1)
  ))
))"""


def _short_list(rows: str) -> str:
    """A connection of the first five of the rows (`id`, `edge`); six are read to know whether there are more."""
    return f"""(SELECT json_build_object(
      'edges', coalesce(array_to_json((array_agg(edge))[1:5]), '[]'),
      'pageInfo', json_build_object(
        'hasNextPage', count(*) > 5, 'endCursor', ((array_agg(id))[least(count(*), 5)])::text
      )
    ) FROM ({rows}) listed)"""


_PARENTS = _short_list(f"""SELECT link.id, (SELECT row_to_json(e) FROM (
        SELECT link.id AS cursor, link.relationship_type AS "relationshipType",
          (SELECT row_to_json(n) FROM (SELECT {_id("pkg", "parent.id")}, parent.name, parent.version) n) AS node
      ) e) AS edge
      FROM lineage_edges link JOIN packages parent ON parent.id = link.parent_id
      WHERE link.child_id = p.id AND parent.deleted_at IS NULL ORDER BY link.id LIMIT 6""")

_DOWNLOADS = _short_list("""SELECT d.id, (SELECT row_to_json(e) FROM (
        SELECT d.id::text AS cursor, (SELECT row_to_json(n) FROM (
          SELECT 'dl_' || d.id AS id, d.requested_at AS "requestedAt", d.access_granted AS "accessGranted",
            (SELECT row_to_json(u) FROM (
              SELECT 'usr_' || replace(users.id::text, '-', '') AS id, users.username
              FROM users WHERE users.id = d.user_id
            ) u) AS "user"
        ) n) AS node
      ) e) AS edge
      FROM downloads d WHERE d.package_id = p.id ORDER BY d.id DESC LIMIT 6""")

_LIST = _page(
    "id, name, version, license, download_count, uploaded_by_id",
    50,
    f"""SELECT {_id("pkg", "p.id")}, p.name, p.version, p.license, p.download_count::text AS "downloadCount",
      {_UPLOADER},
      (SELECT row_to_json(s) FROM (
        SELECT net_score AS "netScore" FROM package_scores WHERE package_id = p.id
      ) s) AS scores,
      {_PARENTS} AS parents,
      {_DOWNLOADS} AS downloads""",
)

_FLAT = _page(
    "id, name, version, kind, license, author, file_size_bytes, download_count, uploaded_at, sha256",
    1000,
    f"""SELECT {_id("pkg", "p.id")}, p.name, p.version, p.kind, p.license, p.author,
      p.file_size_bytes::text AS "fileSizeBytes", p.download_count::text AS "downloadCount",
      p.uploaded_at AS "uploadedAt", p.sha256""",
)

_FOUND = f"""SELECT {_id("pkg", "p.id")}, p.name, p.version, p.license, p.download_count::text AS "downloadCount\""""
_SEARCH = f"""
WITH page AS MATERIALIZED (
  SELECT id, name, version, license, download_count FROM bench.found_packages(%(text)s) LIMIT 51
), shown AS (SELECT * FROM page ORDER BY id DESC LIMIT 50)
{_connection(_FOUND, 50)}"""

_ANCESTRY = f"""
WITH RECURSIVE start AS ({_PACKAGE}), walk(id) AS (
  SELECT id FROM start
  UNION
  SELECT parent_id FROM lineage_edges JOIN walk ON child_id = walk.id
)
SELECT json_build_object('package', json_build_object('lineage', json_build_object(
  'nodes', (SELECT json_agg(node) FROM (
    SELECT p.id AS key, (SELECT row_to_json(n) FROM (
      SELECT p.name, p.version, p.license,
        (SELECT row_to_json(s) FROM (SELECT scores.net_score AS "netScore") s) AS scores
    ) n) AS package
    FROM walk JOIN packages p ON p.id = walk.id JOIN package_scores scores ON scores.package_id = p.id
    WHERE p.deleted_at IS NULL
  ) node),
  'edges', (SELECT coalesce(json_agg(edge), '[]') FROM (
    SELECT parent_id AS "parentKey", child_id AS "childKey", relationship_type AS "relationshipType"
    FROM walk JOIN lineage_edges ON child_id = walk.id
  ) edge)
)))"""

_FAN = f"""
WITH start AS ({_PACKAGE}), listed AS (
  SELECT link.id, (SELECT row_to_json(e) FROM (
    SELECT link.id AS cursor, link.relationship_type AS "relationshipType",
      (SELECT row_to_json(n) FROM (SELECT {_id("pkg", "child.id")}, child.name, child.version) n) AS node
  ) e) AS edge
  FROM (
    SELECT * FROM lineage_edges WHERE parent_id = (SELECT id FROM start) ORDER BY id LIMIT 51
  ) link JOIN packages child ON child.id = link.child_id ORDER BY link.id
)
SELECT json_build_object('package', json_build_object('children', (SELECT json_build_object(
  'totalCount', (SELECT count(*) FROM lineage_edges WHERE parent_id = (SELECT id FROM start)),
  'pageInfo', json_build_object('hasNextPage', count(*) > 50, 'endCursor', (array_agg(id))[least(count(*), 50)]),
  'edges', coalesce(array_to_json((array_agg(edge))[1:50]), '[]')
) FROM listed)))"""

STATEMENTS = {
    "Q1": _ONE_PACKAGE,
    "Q2": _LIST,
    "Q3": _ANCESTRY,
    "Q4": _SEARCH,
    "Q5": _FLAT,
    "Q6": _ANCESTRY,
    "Q7": _FAN,
    "Q8": _ONE_PACKAGE,
}
"""A statement by operation; parameters are the operation's variables."""
