"""Which permission each operation of the admin API needs: all of it is here, and what is not here is refused.

The OpenAPI document tells the same table (`document.py`), `manifest/permissions.py` says what the words mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.api.calling import caller_in
from ringwork.api.problems import problem
from ringwork.control.approvals.model import Grant
from ringwork.control.ledger.deeds import acting
from ringwork.manifest.permissions import Permission

# Operation → permission; None: whoever has a credential, about himself, or what his groups decide.
NEEDED: Mapping[str, Permission | None] = {
    "openapi": None,
    "who_am_i": None,
    "log_out": None,
    "show_status": "read",
    "measure": "read",
    "list_revisions": "read",
    "show_revision": "read",
    "apply_estate": "revisions",
    "roll_back": "revisions",
    "list_keys": "read",
    "show_key": "read",
    "create_key": "keys",
    "rotate_key": "keys",
    "verify_key": "read",
    "revoke_key": "keys",
    "list_accounts": "read",
    "show_account": "read",
    "create_account": "keys",
    "suspend_account": "keys",
    "resume_account": "keys",
    "list_applications": "read",
    "show_application": "read",
    "create_application": "keys",
    "change_plan": "keys",
    "pin_application": "keys",
    "suspend_application": "keys",
    "resume_application": "keys",
    "list_handovers": "read",
    "show_handover": "read",
    "hand_over": "keys",
    "end_handover": "keys",
    "list_clients": "read",
    "show_client": "read",
    "create_client": "keys",
    "rotate_client_secret": "keys",
    "rotate_client_certificate": "keys",
    "revoke_client": "keys",
    "list_identities": "read",
    "show_identity": "read",
    "issue_certificate": "identities",
    "issue_token": "identities",
    "revoke_identity": "identities",
    "show_record": "read",
    "list_gateways": "read",
    "show_gateway": "read",
    "invite_gateway": "gateways",
    "revoke_gateway": "gateways",
    "list_secrets": "read",
    "show_secret": "read",
    "set_secret": "secrets",
    "remove_secret": "secrets",
    "show_signing_key": "read",
    "rotate_signing_key": "trust",
    "list_user_grants": "read",
    "show_user_grant": "read",
    "end_user_grant": "keys",
    "list_token_keys": "read",
    "rotate_token_key": "trust",
    "show_authority": "read",
    "rotate_authority": "trust",
    "list_people": "people",
    "show_person": "people",
    "end_person": "people",
    "restore_person": "people",
    "list_sessions": "people",
    "show_session": "people",
    "end_session": "people",
    "list_invitations": "people",
    "show_invitation": "people",
    "invite": "people",
    "withdraw_invitation": "people",
    "ask_for_gate": "revisions",
    "ask_for_grant": None,
    "break_glass": None,
    "list_grants": "read",
    "show_grant": "read",
    "end_grant": None,
    "list_approvals": "read",
    "show_approval": None,
    "decide_approval": None,
    "withdraw_approval": None,
    "list_machine_tokens": "people",
    "show_machine_token": "people",
    "create_machine_token": "people",
    "revoke_machine_token": "people",
}


class Permitted:
    """Before anything is read of a request but its method and path; also before what was answered is answered again.

    What no operation answers goes on: it is not found, or has another method. `used` is told of a grant without which
    a call would be refused. Raises LookupError, when it is made, where `routes`, all there are, and the table are not
    of the same operations.
    """

    def __init__(
        self, application: ASGIApp, routes: Sequence[BaseRoute], used: Callable[[Grant], None]
    ) -> None:
        self._application = application
        self._used = used
        self._routes = [each for each in routes if isinstance(each, Route)]
        known = {each.name for each in self._routes if each.include_in_schema or each.name in NEEDED}
        if known != set(NEEDED):
            raise LookupError(f"operations without a permission, or without a route: {known ^ set(NEEDED)}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = next((each for each in self._routes if each.matches(scope)[0] is Match.FULL), None)
        if route is None or (not route.include_in_schema and route.name not in NEEDED):
            await self._application(scope, receive, send)
            return
        needed = NEEDED[route.name]
        caller = caller_in(scope)
        if needed is None or needed in caller.permissions:
            await self._application(scope, receive, send)
            return
        grant = caller.allowed_by(needed)
        if grant is not None:
            await run_in_threadpool(self._used, grant)
            with acting(caller.by_grant(grant)):
                await self._application(scope, receive, send)
            return
        help = "Ask for a group that has it: groups are in the estate, groups/*.yaml. `ringwork whoami` shows yours."
        # RFC 6750 §3.1.
        challenge = {"www-authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'}
        said = f"this needs the permission `{needed}`"
        await problem(403, "permission-missing", said, help, headers=challenge)(scope, receive, send)
