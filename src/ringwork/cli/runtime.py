"""Commands about what runs, in the order a newcomer meets them."""

from __future__ import annotations

import typer

from ringwork.cli.runtime_commands import (
    apply,
    bundle,
    ca,
    call,
    evidence,
    explain,
    gateway,
    identity,
    key,
    ledger,
    observe,
    revisions,
    secret,
    signing_key,
    status,
    sweep,
    up,
    usage,
)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("up")(up.up)
    app.command("apply")(apply.apply)
    app.command("status")(status.show_status)
    app.command("call")(call.call)
    app.command("explain")(explain.explain)
    app.command("usage")(usage.show_usage)
    app.command("observe")(observe.observe)
    app.command("sweep")(sweep.run_sweep)
    app.add_typer(key.keys, name="key")
    app.add_typer(secret.secrets, name="secret")
    app.add_typer(identity.identities, name="identity")
    app.add_typer(gateway.gateways, name="gateway")
    app.add_typer(signing_key.signing_keys, name="signing-key")
    app.add_typer(ca.cas, name="ca")
    app.command("revisions")(revisions.show_revisions)
    app.command("rollback")(revisions.roll_back)
    app.command("evidence")(evidence.write_evidence)
    app.add_typer(ledger.ledgers, name="ledger")
    app.add_typer(bundle.bundles, name="bundle")
