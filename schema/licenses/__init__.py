"""Licence checks in the API."""
