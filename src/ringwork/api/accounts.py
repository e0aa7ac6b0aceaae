"""`/accounts`: consumers outside."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.changed import Foreseen, changed
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Cause, Handle, Order, Title
from ringwork.control.consumers import model


class AccountOrder(Order):
    """Of a developer. `contact`: an address or a URL."""

    name: Title
    contact: Title | None = None


class Suspension(Order):
    """`reason`: why, for whoever reads it later."""

    reason: Cause


class Account(Answer):
    """A partner's is there because the estate has the partner: `name` is that of its file."""

    id: Handle
    kind: Literal["partner", "developer"]
    name: Title
    contact: Title | None
    state: model.AccountState
    created_at: datetime
    suspended_at: datetime | None
    suspended_because: Cause | None

    @classmethod
    def of(cls, account: model.Account) -> Account:
        return cls.model_validate(account, from_attributes=True)


class AccountPage(Answer):
    """By id."""

    accounts: Annotated[list[Account], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("account-unknown",)}
_Id = Annotated[Handle, Path()]

routes = Routes("accounts", prefix="/accounts")


@routes.get("", summary="List accounts", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_accounts(plane: Serving, reading: Reading, paging: Paged) -> AccountPage:
    shown, following = paging.listed(plane.accounts.list, position=lambda account: account.id)
    return reading.read(AccountPage(accounts=[Account.of(each) for each in shown], next=following))


@routes.get("/{account_id}", summary="Show an account", responses=refusals(_UNKNOWN) | READ)
def show_account(plane: Serving, reading: Reading, account_id: _Id) -> Account:
    return reading.read(Account.of(plane.accounts.demand(account_id)))


@routes.post(
    "",
    status_code=201,
    summary="Make an account",
    response_model=Account,
    responses=refusals({400: ("consumer-malformed", "contact-malformed"), 409: ("account-exists",)}, ONCE)
    | created(ETAG),
    dependencies=[named],
)
def create_account(plane: Serving, order: AccountOrder) -> Response:
    """Of a developer. A partner has one as soon as the estate with it is applied."""
    foreseen = Foreseen(Account.of, location=lambda account: f"/accounts/{account.id}")
    return foreseen.response(plane.accounts.create(order.name, order.contact, foreseen.tell))


@routes.post(
    "/{account_id}/suspend",
    summary="Suspend an account",
    response_model=Account,
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def suspend_account(plane: Serving, changing: Changing, account_id: _Id, order: Suspension) -> Response:
    """Gateways refuse all keys of all its applications from now on. Again is no error, and changes nothing."""
    return changed(changing, Account.of, partial(plane.accounts.suspend, account_id, order.reason))


@routes.post(
    "/{account_id}/resume",
    summary="Resume an account",
    response_model=Account,
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def resume_account(plane: Serving, changing: Changing, account_id: _Id) -> Response:
    """Its keys work again, but for those that were revoked, and for applications that are suspended themselves."""
    return changed(changing, Account.of, partial(plane.accounts.resume, account_id))
