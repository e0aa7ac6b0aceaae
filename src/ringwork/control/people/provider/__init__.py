"""The organisation's OpenID provider, of which the control plane is a client (OpenID Connect Core 1.0)."""
