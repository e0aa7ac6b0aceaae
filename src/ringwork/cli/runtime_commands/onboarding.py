"""`ringwork partner onboard`: from a partner's record to keys that work, and the page that says what was agreed.

Whatever was done before is found again and not done twice: after anything that went wrong it is run once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json, show_findings
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, state_directory
from ringwork.kernel.findings import Finding
from ringwork.kernel.refusal import Refused


@dataclass(frozen=True, slots=True)
class Side:
    """One environment the partner comes to: the state of its control plane."""

    environment: str
    state: Path


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, beside the record."""

    application: str
    purpose: str
    expires: str | None


@dataclass(frozen=True, slots=True)
class Come:
    """What the partner has in one environment now; `key` is the key itself."""

    side: Side
    revision: int
    account: str
    application: str
    key_id: str
    key: str

    def as_dict(self) -> dict[str, Any]:
        """Without the key."""
        return {
            "environment": self.side.environment,
            "revision": self.revision,
            "account": self.account,
            "application": self.application,
            "key": self.key_id,
        }


def onboard(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The partner's record: NAME.yaml.")],
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.")] = Path(),
    sandbox: Annotated[
        Path | None,
        typer.Option("--sandbox", help="State directory of the sandbox: the partner gets a key there, too."),
    ] = None,
    application: Annotated[
        str, typer.Option("--application", help="What of the partner's uses the keys.")
    ] = "default",
    purpose: Annotated[str, typer.Option("--purpose", help="What for: it is on record.")] = "As agreed.",
    expires: Annotated[str | None, typer.Option("--expires", help="Of the keys: 365d. Else: never.")] = None,
    link: Annotated[str, typer.Option("--link", help="How long the link to the keys waits: 7d, 24h.")] = "7d",
    output: Annotated[
        Path | None, typer.Option("--output", help="The page to write; default: NAME-agreement.html.")
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Bring a partner on: check its record, make it live, make its application and its keys, write what it is told.

    Exit code 2: something is wrong with the record, and nothing was done.
    """
    from ringwork.app.onboarding import placed

    sides = [_side(each) for each in ((sandbox,) if sandbox else ()) + (state,)]
    with placed(file, estate) as partner:
        wrong = [found for side in sides for found in _wrong(partner, estate, side)]
        if wrong:
            show_findings(console(), list(dict.fromkeys(wrong)), estate)
            raise typer.Exit(2)
    wish = Wish(application, purpose, expires)
    come = [_bring(partner, estate, side, wish) for side in sides]
    handed = _handed_over(come, link)
    page = output or Path(f"{partner}-agreement.html")
    _write(page, partner, estate, come, handed)
    _tell(partner, come, handed, page, format)


def _side(state: Path) -> Side:
    """Raises Refused: nothing is live there."""
    from ringwork.cli.estate.plan import live_snapshot

    live = live_snapshot(state)
    if live is None:
        help = "Start it with `ringwork up ESTATE`; name its state directory."
        raise Refused("nothing-applied", f"nothing is live in {state}", help, status=409)
    return Side(live.estate.environment, state)


def _wrong(partner: str, estate: Path, side: Side) -> list[Finding]:
    """What is wrong with the record there. Raises Refused: more than the partner would go live."""
    return _change(partner, estate, side)[1]


def _change(partner: str, estate: Path, side: Side) -> tuple[bool, list[Finding]]:
    """Whether there is something to apply, and what keeps it from being applied."""
    from ringwork.app.onboarding import change_of
    from ringwork.app.stores import secret_values
    from ringwork.cli.estate.plan import live_snapshot

    live = live_snapshot(side.state)
    assert live is not None  # it was when its environment was read
    resolve = secret_values(state_directory(side.state))
    change, wrong = change_of(partner, estate, live, resolve)
    return not change.is_empty, wrong


def _bring(partner: str, estate: Path, side: Side, wish: Wish) -> Come:
    order = {"estate": str(estate.absolute()), "environment": side.environment}
    if _change(partner, estate, side)[0]:
        applied = ask(side.state, "POST", "/revisions", order)
        if applied["outcome"] not in ("live", "unchanged"):
            help = "`ringwork status` tells more; run this again then."
            message = f"revision {applied['revision']} did not go live in {side.environment}"
            raise Refused("not-live", message, help, status=409)
    account = _account(side.state, partner)
    its = _application(side.state, account, wish)
    key = _key(partner, side, wish, its["id"])
    revision = ask(side.state, "GET", "/status")["revision"]
    return Come(side, revision, account["id"], its["id"], key["id"], key["key"])


def _account(state: Path, partner: str) -> dict[str, Any]:
    accounts = every(state, "/accounts", "accounts")
    return next(each for each in accounts if (each["kind"], each["name"]) == ("partner", partner))


def _application(state: Path, account: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    its = [each for each in every(state, "/applications", "applications") if each["account"] == account["id"]]
    found = next((each for each in its if each["name"] == wish.application), None)
    order = {"account": account["id"], "name": wish.application, "purpose": wish.purpose}
    return found or ask(state, "POST", "/applications", order)


def _key(partner: str, side: Side, wish: Wish, application: str) -> dict[str, Any]:
    """The key this command made a while ago, as long as it works, or another: one whose answer was lost is not made
    twice.
    """
    order = {"partner": partner, "application": wish.application, "expires": wish.expires}
    known = f"onboard {side.environment} {application} {wish.expires}"
    while True:
        once = hashlib.sha256(known.encode()).hexdigest()
        made = ask(side.state, "POST", "/keys", order, once=once)
        if ask(side.state, "GET", f"/keys/{made['id']}")["status"] in ("active", "expires-soon"):
            return made
        known += f" {made['id']}"


def _handed_over(come: list[Come], waits: str) -> dict[str, Any] | None:
    """The link to the keys, in the last environment; None: its ring has no site a link could lead to."""
    last = come[-1]
    secrets = {f"API key, {each.side.environment}": each.key for each in come}
    order = {"account": last.account, "secrets": secrets, "expires": waits}
    try:
        return ask(last.side.state, "POST", "/handovers", order)
    except Refused as refused:
        if refused.code != "site-missing":
            raise
        return None


def _write(
    page: Path, partner: str, estate: Path, come: list[Come], handed: Mapping[str, Any] | None
) -> None:
    from ringwork.app.agreement import agreement_of
    from ringwork.cli.agreement_view import as_html
    from ringwork.kernel.files import PRIVATE_FILE, write_atomically

    states = [state_directory(each.side.state) for each in come]
    write_atomically(page, as_html(agreement_of(partner, estate, states), handed).encode(), mode=PRIVATE_FILE)


def _tell(
    partner: str, come: list[Come], handed: Mapping[str, Any] | None, page: Path, format: Output
) -> None:
    link = None if handed is None else handed["link"]
    if format is Output.JSON:
        until = None if handed is None else handed["expires_at"]
        keys = {} if handed else {each.side.environment: each.key for each in come}
        told = {"partner": partner, "environments": [each.as_dict() for each in come], "page": str(page)}
        print_json(told | {"link": link, "link_expires_at": until, "keys": keys})
        return
    out = console()
    for each in come:
        line = f"{each.side.environment}: revision {each.revision}, key {each.key_id}"
        out.print(line if link else f"{line}: {each.key}", markup=False)
    if link:
        out.print(f"The keys are behind this link, which opens once: {link}", markup=False, soft_wrap=True)
    else:
        out.print("The keys are shown this once: the partner ring has no documentation with a URL.")
    out.print(f"What {partner} is told: {page}", markup=False)
