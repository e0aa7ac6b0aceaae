"""The ledger: what was done to the control plane, in an order and a wording nobody can change unseen (docs/ledger.md).

`tree` hashes (RFC 9162), `note` signs (C2SP signed-note), `checkpoint` is what is signed (C2SP tlog-checkpoint),
`deeds` are what is written down, `ledger` seals and exports, `verify` is what an auditor runs with the public key.
"""
