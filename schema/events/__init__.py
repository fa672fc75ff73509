"""The event log in the API: the audit trail, and its tail."""
