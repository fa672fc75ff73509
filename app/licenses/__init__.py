"""Whether what is under one licence may be used, changed or shipped by a project under another."""
