"""Calls of the access log as OpenTelemetry records, by its semantic conventions for HTTP (1.27 and later)."""
