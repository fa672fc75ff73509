"""What is going on: logs and health."""
