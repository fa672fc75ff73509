"""Measures this server beside its peers, over the same data in the same database."""
