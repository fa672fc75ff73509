"""Whole operations compiled into few reads.

A query's selection set is compiled once per text. Running it calls each reader once per level for all parents and
builds the answer straight from rows, without a future, path or info object per field. The plan is
for the happy path only: whatever is odd abandons it, and the whole operation runs the ordinary way.
"""
