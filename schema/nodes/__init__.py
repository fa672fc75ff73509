"""Anything by its id."""
