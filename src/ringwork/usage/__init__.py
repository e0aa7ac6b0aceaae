"""What was called: summaries of the access log, and one call by its request id."""
