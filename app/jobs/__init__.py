"""Work that goes on after a response."""
