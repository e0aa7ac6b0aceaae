"""Pages of one ring's site, from what its library has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ringwork import _native
from ringwork.audience import Audience
from ringwork.control.handovers.model import Handover
from ringwork.intent.model import RingIntent
from ringwork.kernel.clock import rfc3339
from ringwork.openapi.authentication import Authentication, security_schemes
from ringwork.portal.answers import Caching, Content
from ringwork.portal.assets import asset
from ringwork.portal.library import ListedApi, ListedVersion

# More are folded up: drawing each of them takes a browser a few milliseconds.
_OPERATIONS_UNFOLDED = 100
_CREDENTIALS = frozenset({"credentials_missing", "credentials_invalid"})


class Pages:
    """`ring` is whose site it is; nothing here is of another."""

    def __init__(self, ring: Audience) -> None:
        self._ring = ring
        self._templates = _templates()

    def index(self, apis: Sequence[ListedApi]) -> Content:
        return self._page("index", "./", apis=[asdict(api) for api in apis])

    def reference(self, api: ListedApi, version: ListedVersion, ring: RingIntent) -> Content:
        expansion = "list" if version.operations <= _OPERATIONS_UNFOLDED else "none"
        root = "../../"
        at = f"{root}apis/{api.name}/{version.name}"
        return self._page(
            "reference",
            root,
            api=asdict(api),
            version=asdict(version),
            at=at,
            expansion=expansion,
            ways=_ways(ring),
        )

    def errors(self) -> Content:
        return self._page("errors", "./", errors=list(_errors().values()))

    def error(self, code: str, ring: RingIntent) -> Content | None:
        """None for what is no code. What an error means inside is for the internal ring."""
        known = _errors().get(code)
        if known is None:
            return None
        told = known | ({"internal": None} if self._ring.is_outer else {})
        ways = _ways(ring) if code in _CREDENTIALS else []
        return self._page("error", "../", error=told, ways=ways)

    def handover(self, name: str, handover: Handover, secrets: Mapping[str, str] | None) -> Content:
        """Credentials for `name`, as far as they may be seen."""
        opened_at = handover.opened_at
        return self._page(
            "handover",
            "../",
            caching="never",
            account=name,
            names=handover.names,
            expires_at=rfc3339(handover.expires_at),
            opened_at=None if opened_at is None else rfc3339(opened_at),
            secrets=secrets,
        )

    def _page(self, name: str, root: str, caching: Caching = "checked", **values: Any) -> Content:
        template = self._templates.get_template(f"{name}.html.j2")
        shared = self._ring is Audience.PUBLIC
        text = template.render(
            root=root, ring=self._ring.label, site="API documentation", shared=shared, asset=asset, **values
        )
        return Content.html(text, caching)


@cache
def _errors() -> dict[str, dict[str, Any]]:
    """The wall's table, by code."""
    return {str(row["code"]): dict(row) for row in _native.error_codes()}


def _ways(ring: RingIntent) -> list[dict[str, str]]:
    """How the ring's callers prove who they are."""
    accepted = Authentication(ring.mtls, ring.service_token, ring.api_key, bool(ring.issuers))
    members = [dict(members) for _, members in security_schemes(accepted, "3.1.0")]
    return [{"header": _field(way), "description": way["description"]} for way in members]


def _field(way: Mapping[str, str]) -> str:
    """The header field a proof comes in; none for a certificate."""
    return "authorization" if way["type"] == "http" else way.get("name", "")


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("ringwork.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["coded"] = _coded
    return found


def _coded(text: str) -> Markup:
    """Words between backticks as code; everything is escaped."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))
