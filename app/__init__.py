"""The registry's domain: storage, rules and services. Knows nothing of GraphQL."""
