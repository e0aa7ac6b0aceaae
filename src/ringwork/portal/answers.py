"""Answers of a site: what every one of them says to browsers and caches, and the one for what is not there."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers
from starlette.responses import Response

from ringwork.kernel.canonical import content_hash

# Everything a page loads is the site's own: whatever a contract's texts hold, a browser asks nobody else for anything,
# runs no script of theirs and sends nothing away. `data:` is for pictures inside the style sheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action {0}; frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": _POLICY.format("'none'"),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_PACKED_FROM_BYTES = 1024
_LEVEL = 6

Caching = Literal["checked", "for-ever", "never"]
_CACHING: dict[Caching, str] = {
    "checked": "no-cache",  # kept, and asked about each time: what was hidden since is gone at once
    "for-ever": "public, max-age=31536000, immutable",
    "never": "no-store",
}


@dataclass(frozen=True, slots=True)
class Content:
    """A body, as it is or compressed with gzip; `sha256` changes with it. At least one of both is there."""

    media_type: str
    sha256: str
    plain: bytes | None = None
    packed: bytes | None = None
    caching: Caching = "checked"
    status: int = 200

    @classmethod
    def of(cls, media_type: str, body: bytes, caching: Caching = "checked", status: int = 200) -> Content:
        packed = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= _PACKED_FROM_BYTES else None
        return cls(media_type, content_hash(body), body, packed, caching, status)

    @classmethod
    def html(cls, text: str, caching: Caching = "checked", status: int = 200) -> Content:
        return cls.of("text/html; charset=utf-8", text.encode(), caching, status)


def respond(content: Content, asked: Headers, *, shared: bool) -> Response:
    """To a GET or a HEAD. `shared`: whether caches between may keep it (RFC 9111 §5.2.2.7)."""
    headers = _ALWAYS | {"vary": "accept-encoding", "cache-control": _CACHING[content.caching]}
    if content.caching != "never":
        headers["etag"] = f'W/"{content.sha256[:32]}"'
        headers["cache-control"] = headers["cache-control"] if shared else f"private, {_private(content)}"
        if _is_known(asked.get("if-none-match", ""), headers["etag"]):
            return Response(status_code=304, headers=headers)
    if content.packed is not None and _takes_gzip(asked):
        return _body(content, content.packed, headers | {"content-encoding": "gzip"})
    plain = content.plain if content.plain is not None else gzip.decompress(content.packed or b"")
    return _body(content, plain, headers)


def respond_to_form(content: Content, asked: Headers) -> Response:
    """The same of a page whose form is sent to where it came from."""
    answer = respond(content, asked, shared=False)
    answer.headers["content-security-policy"] = _POLICY.format("'self'")
    return answer


def _body(content: Content, body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, content.status, headers | {"content-type": content.media_type})


def _private(content: Content) -> str:
    return _CACHING[content.caching].removeprefix("public, ")


def _is_known(condition: str, etag: str) -> bool:
    """RFC 9110 §13.1.2; weak comparison."""
    known = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return "*" in known or etag.removeprefix("W/") in known


def _takes_gzip(asked: Headers) -> bool:
    """RFC 9110 §12.5.3, as far as one coding goes."""
    offers = (offer.replace(" ", "") for offer in asked.get("accept-encoding", "").lower().split(","))
    weights = dict(offer.partition(";")[::2] for offer in offers)
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and re.fullmatch(r"q=0(\.0*)?", weight) is None
