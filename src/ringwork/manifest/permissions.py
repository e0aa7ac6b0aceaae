"""What a functional group may do on the control plane: each word covers operations of the admin API, which names the
one it needs (`api/permissions.py`).
"""

from __future__ import annotations

from typing import Literal, get_args

Permission = Literal["gateways", "identities", "keys", "people", "read", "revisions", "secrets", "trust"]

# What holding it means; the order is that of how much it is.
PERMISSIONS: dict[str, str] = {
    "read": "Read everything that is shown: status, revisions, keys without the keys, consumers, identities.",
    "keys": "Make and revoke API keys and OAuth clients, make and suspend accounts and applications of consumers.",
    "identities": "Issue and revoke certificates and tokens of services.",
    "gateways": "Enrol and revoke gateways elsewhere, which are told all that their rings need.",
    "secrets": "Set and remove what services are called with.",
    "people": "Invite people, end their access and sessions, make and revoke machine tokens.",
    "trust": "Rotate the signing key, the keys of access tokens and the embedded CAs.",
    "revisions": "Apply an estate and roll back: with it, what every group may do.",
}
assert set(PERMISSIONS) == set(get_args(Permission))
