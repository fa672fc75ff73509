"""Storage: tables, the sessions that reach them, and every SQL statement."""
