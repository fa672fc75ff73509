"""The event log: appended to by every change, followed by subscriptions and notifications."""
