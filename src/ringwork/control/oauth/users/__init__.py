"""Users of APIs: who they are, what they allow clients to do in their name, and for how long (docs/oauth.md)."""
