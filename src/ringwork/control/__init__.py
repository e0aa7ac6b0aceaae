"""The store of people, secrets and events: credentials, identities, revisions. Knows no gateway."""
