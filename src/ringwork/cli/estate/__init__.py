"""Commands about the estate's files."""
