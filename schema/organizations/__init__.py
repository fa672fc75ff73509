"""Organizations and their projects in the API."""
