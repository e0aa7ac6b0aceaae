"""Commands about the estate's files: `init`, `api add`, `plan`, `exposure`, `prove`, `export`, `mock`, `schema`."""

from __future__ import annotations

import typer

from ringwork.cli.estate.api_add import add_api
from ringwork.cli.estate.export import export_admin_api, export_document
from ringwork.cli.estate.exposure import show_exposure
from ringwork.cli.estate.init import init
from ringwork.cli.estate.mock import run_mock
from ringwork.cli.estate.plan import show_plan
from ringwork.cli.estate.prove import prove
from ringwork.cli.estate.schema import print_schema


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("init")(init)
    apis = typer.Typer(no_args_is_help=True, help="APIs of an estate.")
    apis.command("add")(add_api)
    app.add_typer(apis, name="api")
    app.command("plan")(show_plan)
    app.command("exposure")(show_exposure)
    app.command("prove")(prove)
    exports = typer.Typer(no_args_is_help=True, help="Documents for those an API is for.")
    exports.command("openapi")(export_document)
    exports.command("admin-api")(export_admin_api)
    app.add_typer(exports, name="export")
    app.command("mock")(run_mock)
    app.command("schema")(print_schema)
