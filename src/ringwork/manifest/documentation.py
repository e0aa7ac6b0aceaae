"""`rings.<ring>.documentation`: where the control plane serves what a ring's callers can read."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from ringwork.manifest.upstream import upstream_url
from ringwork.manifest.values import ListenAddress, Manifest, refuse

_HELP = (
    'Write where readers find it, such as "https://developer.example.com": no credentials, query or fragment.'
)


def _page_url(text: str) -> str:
    """Without a slash at its end."""
    if not re.fullmatch(r"[!-~]+", text) or re.search(r'["<>\\^`{|}]', text):
        refuse("the URL has characters no URL has", _HELP)
    try:
        url = upstream_url(text)
    except ValueError as error:
        refuse(f"documentation URL: {error}", _HELP)
    if not url.tls and not url.is_loopback:
        refuse(f"readers would reach {url.host} in the clear", "Use https; http is for this machine alone.")
    return text.rstrip("/")


PageUrl = Annotated[
    str, Field(max_length=500, json_schema_extra={"format": "uri"}), AfterValidator(_page_url)
]


class DocumentationManifest(Manifest):
    """Reference, OpenAPI documents and error pages of one ring; see docs/documentation.md."""

    listen: ListenAddress
    """A loopback address of the control plane's machine, for the proxy in front of it that knows its readers."""
    url: PageUrl | None = None
    """What readers open; problem documents link there. Without it they link nowhere."""
