"""Demo data: accounts, packages with small real archives, ratings and downloads; one file per subject."""
