"""What every subject of the API builds on."""
