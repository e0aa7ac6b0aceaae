"""A certified OpenID provider that is really run: npm's `oidc-provider`, on loopback, with people the tests make."""
