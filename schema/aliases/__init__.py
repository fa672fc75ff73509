"""Aliases of packages in the API."""
