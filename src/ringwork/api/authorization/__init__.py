"""The authorization server's own listener: what OAuth clients speak to. Nothing of the admin API is here."""
