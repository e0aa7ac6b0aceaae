"""Keys of outside issuers on their way to gateways (docs/tokens.md)."""
