"""Scores in the API."""
