"""Signing in and out in the API."""
