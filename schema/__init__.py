"""The GraphQL API: types, operations and their transport. Knows nothing of SQL."""
