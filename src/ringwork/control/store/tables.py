"""The tables, as the newest migration leaves them. Times are Unix seconds; JSON is text. No column ever holds a secret
in the clear.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, LargeBinary, MetaData, Table, UniqueConstraint, false

from ringwork.control.store.kinds import text, whole, word

metadata = MetaData()

# What callers outside are known by. `kind`: an API key, or an OAuth client, of which `clients` has more; the `sha256`
# of a client is of chance, so that it is no key.
credentials = Table(
    "credentials",
    metadata,
    Column("id", word(12), primary_key=True),
    Column("sha256", word(64), nullable=False, unique=True),
    Column("environment", text(), nullable=False),
    Column("ring", word(16), nullable=False),
    # Of the account and of the application, as gateways are told them; both keep their names.
    Column("consumer", text(), nullable=False),
    Column("application", text(), nullable=False),
    Column("application_id", word(16), nullable=False, index=True),
    Column("plan", text()),
    Column("partner", text()),
    Column("restrictions", text(), nullable=False),
    Column("created_at", whole(), nullable=False),
    Column("not_before", whole()),
    Column("expires_at", whole(), index=True),
    Column("revoked_at", whole()),
    Column("kind", word(16), nullable=False, server_default="key"),
)

# How OAuth clients prove themselves at the token endpoint: by a secret, known by its hash as keys are, with the one
# before while it works still; by a certificate (JSON: thumbprint, subject, dates), with the one before as long; or by a
# key of their own, whose public half is in `jwks`, JSON.
clients = Table(
    "clients",
    metadata,
    Column("id", word(12), primary_key=True),
    Column("authentication", word(32), nullable=False),
    Column("secret_sha256", word(64)),
    Column("previous_sha256", word(64)),
    Column("previous_until", whole()),
    Column("jwks", text()),
    Column("redirect_uris", text(), nullable=False, server_default="[]"),
    Column("certificate", text()),
    Column("previous_certificate", text()),
    Column("certificate_bound", Boolean, nullable=False, server_default=false()),
)

# What users of APIs allowed clients: a code, then refresh tokens in turn, of which the number of the good one is kept.
# `scopes`, `resources`: JSON; `sealed` opens with the store's key.
user_grants = Table(
    "user_grants",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("client_id", word(12), nullable=False),
    Column("application_id", word(16), nullable=False),
    Column("user", word(16), nullable=False, index=True),
    Column("ring", word(16), nullable=False),
    Column("scopes", text(), nullable=False),
    Column("resources", text(), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("salt", word(32), nullable=False),
    Column("code_sha256", word(64), nullable=False, unique=True),
    Column("code_until", whole(), nullable=False),
    Column("challenge", word(43), nullable=False),
    Column("redirect_uri", text(), nullable=False),
    Column("redirect_stated", Boolean, nullable=False),
    Column("created_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("used_at", whole(), nullable=False),
    Column("generation", whole(), nullable=False),
    Column("rotated_at", whole()),
    Column("tokens_until", whole()),
    Column("jkt", word(43)),
    Column("x5t", word(43)),
    Column("ended_at", whole()),
    Column("ended_because", text()),
)

# Keys that sign access tokens: each is published from `made_at` to `ends_at`, and the newest whose `signs_at` has come
# signs.
token_keys = Table(
    "token_keys",
    metadata,
    Column("kid", word(64), primary_key=True),
    Column("public", text(), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", whole(), nullable=False),
    Column("signs_at", whole(), nullable=False),
    Column("ends_at", whole()),
)

# Access tokens that were revoked before their end, and are kept until then.
token_revocations = Table(
    "token_revocations",
    metadata,
    Column("jti", word(64), primary_key=True),
    Column("ring", word(16), nullable=False),
    Column("expires_at", whole(), nullable=False, index=True),
)

# Assertions that clients proved themselves by: each is good once.
client_assertions = Table(
    "client_assertions",
    metadata,
    Column("sha256", word(64), primary_key=True),
    Column("expires_at", whole(), nullable=False, index=True),
)

# When keys were used last, to the minute: beside them, because it is no change of a key.
key_uses = Table(
    "key_uses",
    metadata,
    Column("id", word(12), primary_key=True),
    Column("used_at", whole(), nullable=False),
)

# Consumers outside: partners, who are in the estate, and developers, who are here alone.
accounts = Table(
    "accounts",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("kind", word(16), nullable=False),
    Column("name", text(), nullable=False),
    Column("contact", text()),
    Column("created_at", whole(), nullable=False),
    Column("suspended_at", whole()),
    Column("suspended_because", text()),
    UniqueConstraint("kind", "name"),
)

# What of an account's uses keys. `plan`: what a key of a developer's gets where none is named. `pins`: JSON, API →
# the version that is meant where a request names none.
applications = Table(
    "applications",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("account", word(16), nullable=False),
    Column("name", text(), nullable=False),
    Column("purpose", text()),
    Column("plan", text()),
    Column("created_at", whole(), nullable=False),
    Column("suspended_at", whole()),
    Column("suspended_because", text()),
    Column("pins", text(), nullable=False, server_default="{}"),
    UniqueConstraint("account", "name"),
)

identities = Table(
    "identities",
    metadata,
    Column("handle", word(64), primary_key=True),
    Column("kind", word(16), nullable=False),
    Column("spiffe_id", text(), nullable=False),
    Column("issued_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("revoked_at", whole()),
)

identity_changes = Table(
    "identity_changes",
    metadata,
    Column("seq", whole(), primary_key=True, autoincrement=False),
    Column("change", text(), nullable=False),
    Column("subject", text(), nullable=False, index=True),
    Column("ring", word(16), nullable=False),
    Column("removes", Boolean, nullable=False),
)

# One row. `epoch`: a copy of the log that was told another one starts over. `floor`: removals up to this number
# are forgotten, so a copy that ends below it starts over too. `newest`: the number given last; no sequence, because one
# that is rolled back leaves a hole and one that commits late comes after higher numbers. `owner`: the state directory
# a database of a server belongs to; a file belongs to the one it is in.
identity_log = Table(
    "identity_log",
    metadata,
    Column("epoch", word(32), nullable=False),
    Column("floor", whole(), nullable=False),
    Column("newest", whole(), nullable=False),
    Column("owner", word(32)),
)

# Invitations of gateways; only the hash of the secret is known.
enrolments = Table(
    "enrolments",
    metadata,
    Column("sha256", word(64), primary_key=True),
    Column("node", word(64), nullable=False),
    Column("rings", text(), nullable=False),
    Column("listeners", text(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("used_at", whole()),
)

# Gateways elsewhere. `serials`: the last two certificates issued. `said`: the node's last report, JSON.
nodes = Table(
    "nodes",
    metadata,
    Column("name", word(64), primary_key=True),
    Column("rings", text(), nullable=False),
    Column("listeners", text(), nullable=False),
    Column("serials", text(), nullable=False),
    Column("enrolled_at", whole(), nullable=False),
    Column("revoked_at", whole()),
    Column("last_contact", whole()),
    Column("said", text()),
)

revisions = Table(
    "revisions",
    metadata,
    Column("number", whole(), primary_key=True, autoincrement=False),
    Column("created_at", whole(), nullable=False),
    Column("content", word(64), nullable=False),
    Column("manifest", word(64), nullable=False),
    Column("note", text(), nullable=False),
    Column("agreed", text(), nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", text(), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", whole(), nullable=False),
)

# What was done, as the canonical JSON that is hashed; never changed. Numbered from 0 without a hole.
ledger = Table(
    "ledger",
    metadata,
    Column("seq", whole(), primary_key=True, autoincrement=False),
    Column("entry", text(), nullable=False),
)

# One row: how many entries there are, whoever removes some.
ledger_head = Table("ledger_head", metadata, Column("size", whole(), nullable=False))

# Signed notes, by the number of entries they speak of.
ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", whole(), primary_key=True, autoincrement=False),
    Column("note", text(), nullable=False),
)

# What was answered to requests that can be sent again; names are keyed hashes, answers are sealed.
receipts = Table(
    "receipts",
    metadata,
    Column("name", word(64), primary_key=True),
    Column("fingerprint", word(64), nullable=False),
    Column("made_at", whole(), nullable=False, index=True),
    Column("subject", text()),
    Column("sealed", LargeBinary),
)

# Who operates. `groups`, JSON, and `password`, its Argon2id hash, are of accounts here alone; a provider's people have
# their groups by the claims of each session.
people = Table(
    "people",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("issuer", text(), nullable=False),
    Column("subject", text(), nullable=False),
    Column("name", text(), nullable=False),
    Column("groups", text(), nullable=False),
    Column("password", text()),
    Column("created_at", whole(), nullable=False),
    Column("ended_at", whole()),
    UniqueConstraint("issuer", "subject"),
)

# Only the hash of a token is known. `claims`: those that lead to a group, JSON; `sid`: the provider's name of the
# session; `refresh`: its refresh token, sealed, until the end.
sessions = Table(
    "sessions",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("sha256", word(64), nullable=False, unique=True),
    Column("person", word(16), nullable=False, index=True),
    Column("device", text(), nullable=False),
    Column("claims", text(), nullable=False),
    Column("sid", text()),
    Column("created_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("used_at", whole(), nullable=False),
    Column("checked_at", whole(), nullable=False),
    Column("refresh", LargeBinary),
    Column("ended_at", whole()),
    Column("ended_because", text()),
)

# Of people who will have an account here; only the hash of the link's secret is known.
invitations = Table(
    "invitations",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("sha256", word(64), nullable=False, unique=True),
    Column("name", text(), nullable=False),
    Column("groups", text(), nullable=False),
    Column("created_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("ended_at", whole()),
)

# Secrets on their way to an account. `names`, JSON, of what is in it; `sealed` opens with the link's own secret beside
# the store's key, and is gone once it was opened, or ended.
handovers = Table(
    "handovers",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("sha256", word(64), nullable=False, unique=True),
    Column("account", word(16), nullable=False),
    Column("names", text(), nullable=False),
    Column("sealed", LargeBinary),
    Column("created_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("opened_at", whole()),
    Column("ended_at", whole()),
)

machine_tokens = Table(
    "machine_tokens",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("sha256", word(64), nullable=False, unique=True),
    Column("name", word(63), nullable=False),
    Column("groups", text(), nullable=False),
    Column("created_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("used_at", whole()),
    Column("revoked_at", whole()),
)

# Requests that others decide. `asked`, JSON, means what `kind` says; `by` is a person; `decisions`, JSON, who said
# what.
approvals = Table(
    "approvals",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("kind", word(16), nullable=False),
    Column("asked", text(), nullable=False),
    Column("by", word(16), nullable=False, index=True),
    Column("name", text(), nullable=False),
    Column("reason", text(), nullable=False),
    Column("asked_at", whole(), nullable=False),
    Column("expires_at", whole(), nullable=False),
    Column("decisions", text(), nullable=False),
    Column("outcome", word(16)),
    Column("ended_at", whole()),
)

# Who is in a group for some time; the id is that of the request it came of, if it came of one.
grants = Table(
    "grants",
    metadata,
    Column("id", word(16), primary_key=True),
    Column("person", word(16), nullable=False, index=True),
    Column("name", text(), nullable=False),
    Column("group", word(63), nullable=False),
    Column("reason", text(), nullable=False),
    Column("since", whole(), nullable=False),
    Column("until", whole(), nullable=False),
    Column("broke_glass", Boolean, nullable=False),
    Column("used_at", whole()),
    Column("ended_at", whole()),
    Column("ended_because", text()),
)

# What somebody elsewhere is to be told, until he was. `seq`: the ledger's number of what it tells of; `body`: the JSON
# that is told.
notices = Table(
    "notices",
    metadata,
    Column("id", word(64), primary_key=True),
    Column("seq", whole(), nullable=False),
    Column("kind", word(32), nullable=False),
    Column("made_at", whole(), nullable=False),
    Column("body", text(), nullable=False),
    Column("tries", whole(), nullable=False),
    Column("due_at", whole(), nullable=False, index=True),
)

# Which entries of the ledger tell of which business record.
record_writes = Table(
    "record_writes",
    metadata,
    Column("subject", text(), primary_key=True),
    Column("entry", whole(), primary_key=True, autoincrement=False),
)

# Up to where the journals of gateways are in the ledger; `run`: of one process, `gateway` "": the one beside.
record_journals = Table(
    "record_journals",
    metadata,
    Column("gateway", word(64), primary_key=True),
    Column("run", word(64), primary_key=True),
    Column("position", whole(), nullable=False),
)
