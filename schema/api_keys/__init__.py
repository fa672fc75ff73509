"""API keys in the API."""
