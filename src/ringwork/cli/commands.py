"""Every command and where it is, in the order a newcomer meets them: first the estate's files, then what runs.

A command's module is imported when the command is asked for: most need a part of Ringwork, and importing all of it
takes longer than many of them work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.main import get_group

# "module:name" under ringwork.cli: a function, or the typer.Typer of commands that belong together.
_PLACES = {
    "init": "estate.init:init",
    "api": "estate.api_add:apis",
    "classify": "estate.classifying:run_classify",
    "plan": "estate.plan:show_plan",
    "ci": "estate.ci:run_ci",
    "exposure": "estate.exposure:show_exposure",
    "prove": "estate.prove:prove",
    "export": "estate.export:exports",
    "mock": "estate.mock:run_mock",
    "lint": "estate.lint:run_lint",
    "audit": "estate.audit:run_audit",
    "diff": "estate.diff:run_diff",
    "guide": "estate.guide:run_guide",
    "lsp": "editor.command:run_lsp",
    "schema": "estate.schema:print_schema",
    "up": "runtime_commands.up:up",
    "apply": "runtime_commands.apply:apply",
    "login": "runtime_commands.login:login",
    "logout": "runtime_commands.login:logout",
    "whoami": "runtime_commands.login:whoami",
    "status": "runtime_commands.status:show_status",
    "call": "runtime_commands.call:call",
    "explain": "runtime_commands.explain:explain",
    "usage": "runtime_commands.usage:show_usage",
    "versions": "runtime_commands.versions:show_versions",
    "observe": "runtime_commands.observe:observe",
    "sweep": "runtime_commands.sweep:run_sweep",
    "account": "runtime_commands.account:accounts",
    "application": "runtime_commands.application:applications",
    "partner": "runtime_commands.partner:partners",
    "handover": "runtime_commands.handover:handovers",
    "client": "runtime_commands.client:clients",
    "key": "runtime_commands.key:keys",
    "secret": "runtime_commands.secret:secrets",
    "identity": "runtime_commands.identity:identities",
    "people": "runtime_commands.people:people",
    "session": "runtime_commands.session:sessions",
    "machine-token": "runtime_commands.machine_token:machine_tokens",
    "grant": "runtime_commands.grant:grants",
    "gate": "runtime_commands.gate:gates",
    "approval": "runtime_commands.approval:approvals",
    "gateway": "runtime_commands.gateway:gateways",
    "signing-key": "runtime_commands.signing_key:signing_keys",
    "token-key": "runtime_commands.token_key:token_keys",
    "user-grant": "runtime_commands.user_grant:user_grants",
    "ca": "runtime_commands.ca:cas",
    "revisions": "runtime_commands.revisions:show_revisions",
    "rollback": "runtime_commands.revisions:roll_back",
    "evidence": "runtime_commands.evidence:write_evidence",
    "backup": "runtime_commands.backup:back_up",
    "restore": "runtime_commands.backup:restore",
    "backup-key": "runtime_commands.backup:make_key",
    "record": "runtime_commands.record:show_record",
    "ledger": "runtime_commands.ledger:ledgers",
    "bundle": "runtime_commands.bundle:bundles",
    "completion": "completion:print_completion",
}


class Commands(Mapping[str, Any]):
    """Commands by name, as a group of Typer's has them."""

    def __getitem__(self, name: str) -> Any:
        return _command(name)

    def __contains__(self, name: object) -> bool:
        return name in _PLACES  # Mapping's own would import it

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


@cache
def _command(name: str) -> Any:
    module, _, attribute = _PLACES[name].partition(":")
    found = getattr(import_module(f"ringwork.cli.{module}"), attribute)
    app = typer.Typer(rich_markup_mode="rich")
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name)(found)
    return get_group(app).commands[name]
