"""Where archives are kept: one protocol, on disk or in an S3 bucket."""
