"""Downloads in the API."""
