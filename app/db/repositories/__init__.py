"""All the SQL, by subject: readers for relations, and functions over a session for writes."""
