"""Packages in the API."""
