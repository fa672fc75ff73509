"""Scoring: facts are gathered first, eleven pure functions judge them, one table weighs the result."""
