"""Ringwork as OAuth 2.0 authorization server: clients of applications, and the tokens they get (docs/oauth.md)."""
