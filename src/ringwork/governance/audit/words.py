"""What names of parameters and paths say: the only way to know what something is for, where nothing declares it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from ringwork.governance.audit.subject import Parameter

_ID = re.compile(r"(?:^|[a-z_-])(?:id|Id|ID|uuid|guid|number|no|key)$|^(?:id|ID|uuid|guid)$")
_SECRET = re.compile(
    r"passw(?:or)?d|secret|(?:access|refresh|id|auth|session)[_-]?token$|^token$|api[_-]?key|private[_-]?key",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"(?:(?:page|result|batch)_?)?(?:limit|size|count)|per_?page|max_?(?:results|items)|top|take|rows|first|last",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:^|[_-]|(?<=[a-z]))(?:[Uu]r[il]|URL|URI|[Ww]ebhook|[Cc]allback|[Rr]edirect|[Ee]ndpoint|[Hh]ost)s?$"
)
_ADMIN = re.compile(
    r"(?:admin(?:istration|istrator)?s?|internal|debug|superusers?|root|manage(?:ment)?)", re.IGNORECASE
)
_FLOW = re.compile(
    r"(?:check-?outs?|purchases?|payments?|payouts?|transfers?|bookings?|reservations?|orders?|tickets?|"
    r"sign-?ups?|registrations?|register|accounts?|invit(?:e|ation)s?|vouchers?|coupons?|votes?|reviews?|comments?|"
    r"messages?|withdrawals?|subscriptions?)",
    re.IGNORECASE,
)


def is_id(parameter: Parameter) -> bool:
    """`orderId`, `id`, `customer_id`; a UUID by whatever name."""
    return parameter.schema.get("format") == "uuid" or _ID.search(parameter.name) is not None


def is_secret(parameter: Parameter) -> bool:
    """`password`, `access_token`, `api_key`."""
    return parameter.schema.get("format") == "password" or _SECRET.search(parameter.name) is not None


def is_size(parameter: Parameter) -> bool:
    """A number that says how many are wanted."""
    return is_number(parameter.schema) and _SIZE.fullmatch(parameter.name.replace("-", "_")) is not None


def is_address(name: str, schema: Mapping[str, Any]) -> bool:
    """Text, or a list of texts, that is a URL by its format or its name."""
    items = schema.get("items")
    if "array" in types(schema) and isinstance(items, dict):
        return is_address(name, items)
    if schema.get("format") in ("uri", "url", "iri", "hostname", "uri-reference"):
        return True
    return "string" in types(schema) and _ADDRESS.search(name) is not None


def is_number(schema: Mapping[str, Any]) -> bool:
    """Whether numbers fit its type."""
    return not types(schema).isdisjoint(("integer", "number"))


def types(schema: Mapping[str, Any]) -> frozenset[str]:
    """One, or in OpenAPI 3.1 several."""
    told = schema.get("type")
    listed = told if isinstance(told, list) else [told]
    return frozenset(one for one in listed if isinstance(one, str))


def for_administrators(template: str) -> bool:
    """`/admin/users`"""
    return any(_ADMIN.fullmatch(segment) for segment in template.split("/"))


def is_flow(template: str) -> bool:
    """What it acts on is bought, booked, paid, said or signed: the last segment that is no parameter."""
    named = [segment for segment in template.split("/") if segment and not segment.startswith("{")]
    return bool(named) and _FLOW.fullmatch(named[-1].rpartition(":")[2] or named[-1]) is not None


def is_own_machine(host: str) -> bool:
    """Loopback."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
