"""Secrets on their way to whom they are for: each behind a link that opens once."""
