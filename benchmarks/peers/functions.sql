-- What the peers call: functions that a user of PostGraphile writes for what generated fields do not offer. The
-- hand-written endpoint uses the same search, so that a change of it changes both.

CREATE SCHEMA IF NOT EXISTS bench;

-- Packages a search for one word finds, the newest first. Inlined by the planner, so that a limit reaches the index.
CREATE OR REPLACE FUNCTION bench.found_packages(words text) RETURNS SETOF public.packages LANGUAGE sql STABLE AS $$
  SELECT * FROM public.packages
  WHERE deleted_at IS NULL
    AND id IN (SELECT package_id FROM public.package_search WHERE vector @@ (lower(found_packages.words) || ':*')::tsquery)
  ORDER BY id DESC
$$;

-- A package and all it descends from.
CREATE OR REPLACE FUNCTION public.packages_ancestry(package public.packages) RETURNS SETOF public.packages
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE walk(id) AS (
    SELECT package.id
    UNION
    SELECT parent_id FROM public.lineage_edges JOIN walk ON child_id = walk.id
  )
  SELECT packages.* FROM walk JOIN public.packages USING (id) WHERE deleted_at IS NULL
$$;

-- The edges among them: all that lead up from one of them.
CREATE OR REPLACE FUNCTION public.packages_ancestry_edges(package public.packages)
RETURNS TABLE (parent_key uuid, child_key uuid, relationship_type text) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE walk(id) AS (
    SELECT package.id
    UNION
    SELECT parent_id FROM public.lineage_edges JOIN walk ON child_id = walk.id
  )
  SELECT parent_id, child_id, lineage_edges.relationship_type FROM walk JOIN public.lineage_edges ON child_id = walk.id
$$;

-- The Relay preset hides this field. It is PostGraphile's cheapest way to one package, so it shall have it.
COMMENT ON CONSTRAINT uq_packages_organization_id_name_version ON public.packages IS E'@behavior +query:resource:single';

COMMENT ON FUNCTION public.packages_ancestry(public.packages) IS E'@behavior -connection list';
COMMENT ON FUNCTION public.packages_ancestry_edges(public.packages) IS E'@behavior -connection list';
