"""The admin API: one module per resource, no logic. Every answer is JSON, every error RFC 9457."""
