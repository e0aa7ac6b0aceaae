"""Applications: what of an account's uses keys, what for, and on which plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.model import PARTNER, Application
from ringwork.control.consumers.ports import ApplicationRecords
from ringwork.control.consumers.standing import Standings
from ringwork.control.consumers.words import checked_name
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.ids import new_id
from ringwork.control.model import Agreed
from ringwork.control.node import NodeIdentity
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean

# What one record at a gateway can hold.
_MOST_PINS = 255


@dataclass(frozen=True, slots=True)
class ApplicationRequest:
    """`account` is an id; `plan` None: the ring's default."""

    account: str
    name: str
    purpose: str
    plan: str | None = None


class Applications(Standings[Application]):
    """`agreed` gives the plans there are; it raises Refused when nothing is applied."""

    def __init__(
        self,
        records: ApplicationRecords,
        accounts: Accounts,
        node: NodeIdentity,
        *,
        agreed: Callable[[], Agreed],
        clock: Clock,
    ) -> None:
        super().__init__("application", records, node, clock=clock)
        self._records = records
        self._accounts = accounts
        self._agreed = agreed

    def list(self, *, limit: int, after: str = "", account: str | None = None) -> Sequence[Application]:
        """Of one account, or of all."""
        return self._records.all(limit=limit, after=after, account=account)

    def create(
        self, request: ApplicationRequest, foretold: Foretold[Application] = nothing_foretold
    ) -> Application:
        """Raises Refused when the account has one of this name, or may not have the plan."""
        made = Application(
            id=new_id(),
            account=self._accounts.demand(request.account),
            name=checked_name("application", request.name),
            created_at=self._now(),
            purpose=request.purpose,
            plan=request.plan,
        )
        self._demand_plan(made, request.plan)
        if not self._records.add(made, foretold):
            help = "Take it: `ringwork application list` shows its id. Or choose another name."
            message = f'{made.account.name} has an application "{made.name}"'
            raise Refused("application-exists", message, help, status=409)
        return made

    def change_plan(
        self,
        application_id: str,
        plan: str | None,
        demand: Demand[Application] = nothing_demanded,
        foretold: Foretold[Application] = nothing_foretold,
    ) -> Application:
        """Of all its keys, at once; what they used up of the day stays used. Raises Refused."""

        def demanded(found: Application) -> None:
            self._demand_plan(found, plan)
            demand(found)

        changed = self._records.change_plan(application_id, self._now(), plan, demanded, foretold)
        return self._done(changed, application_id)

    def pin(
        self,
        application_id: str,
        api: str,
        version: str | None,
        demand: Demand[Application] = nothing_demanded,
        foretold: Foretold[Application] = nothing_foretold,
    ) -> Application:
        """From now on its credentials mean `version` of `api` where a request names none; None: the API's default.
        Raises Refused for what the applied estate does not have, but takes back any pin.
        """

        def demanded(found: Application) -> None:
            if version is not None:
                self._demand_version(found, api, version)
            demand(found)

        changed = self._records.pin(application_id, self._now(), api, version, demanded, foretold)
        return self._done(changed, application_id)

    def _demand_version(self, application: Application, api: str, version: str) -> None:
        agreed = self._agreed()
        versions = agreed.versions
        if api not in versions:
            message = f'the applied estate has no API "{api}"'
            raise Refused("api-unknown", message, did_you_mean(api, versions))
        if version not in versions[api]:
            message = f'{api} has no version "{version}"'
            raise Refused("version-unknown", message, did_you_mean(version, versions[api]))
        if api in agreed.by_path:
            message = (
                f"a pin has no effect on {api}: it is versioned by path, and every request names its version"
            )
            help = f"Call {version} by its path, or say `versioning: header` in the API's api.yaml."
            raise Refused("version-in-path", message, help)
        if api not in application.pins and len(application.pins) >= _MOST_PINS:
            message = f"{application.name} is pinned for {_MOST_PINS} APIs already"
            raise Refused("too-many-pins", message, "Take one back, or use another application.")

    def _demand_plan(self, application: Application, plan: str | None) -> None:
        if application.account.kind == PARTNER:
            if plan is not None:
                help = "Change its limits in partners/*.yaml, and apply the estate."
                raise Refused("plan-mismatch", "a partner has an agreement, not a plan", help)
        elif plan is not None:
            plans = self._agreed().plans
            if plan not in plans:
                message = f'the applied estate has no plan "{plan}"'
                raise Refused("plan-unknown", message, did_you_mean(plan, plans))


def demand_working(application: Application) -> None:
    """Raises Refused: what is suspended gets no keys."""
    if application.account.suspended_at is not None:
        message = f"the account {application.account.name} is suspended"
        help = f"Resume it: `ringwork account resume {application.account.id}`."
        raise Refused("account-suspended", message, help, status=409)
    if application.suspended_at is not None:
        message = f"the application {application.name} of {application.account.name} is suspended"
        help = f"Resume it: `ringwork application resume {application.id}`."
        raise Refused("application-suspended", message, help, status=409)
