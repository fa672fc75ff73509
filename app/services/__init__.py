"""Writes, by subject: authorize, validate, change, record the event."""
