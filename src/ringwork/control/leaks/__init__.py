"""Keys in places where none should be: files, logs, the history of a repository."""
