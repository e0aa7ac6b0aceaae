"""Where a browser may be sent back to: addresses a client is registered with, to the letter (RFC 9700 §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlencode, urlsplit

MOST_OF_A_CLIENT = 20
_LONGEST = 300
_LOOPBACKS = ("127.0.0.1", "::1")
# RFC 8252 §7.1: a domain of the application's, read backwards, so that no other application has it by chance.
_PRIVATE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


def problem_of(uri: str, *, public: bool) -> str | None:
    """Why nobody can be registered with this address."""
    found = _split(uri)
    if found is None:
        return "is no URL of printable ASCII without a fragment"
    if found.scheme == "https":
        return None if found.hostname and found.username is None else "names no host, or a user"
    if is_loopback(uri):
        return None
    if found.scheme == "http":
        return "is http on another host than 127.0.0.1 or [::1]"
    if _PRIVATE.fullmatch(found.scheme):
        return None if public else "has a scheme of its own, which a client with a secret has no use for"
    return "has a scheme that is none: https, http on 127.0.0.1, or like com.example.app"


def registered(uri: str, known: Iterable[str]) -> bool:
    """The port of a loopback address is the client's to choose when it asks (RFC 8252 §7.3)."""
    return any(uri == one or (is_loopback(one) and _but_for_the_port(uri, one)) for one in known)


def is_loopback(uri: str) -> bool:
    """By address: a name may lead elsewhere (RFC 8252 §8.3)."""
    found = _split(uri)
    on_it = found is not None and found.scheme == "http" and found.hostname in _LOOPBACKS
    return on_it and found is not None and found.username is None


def is_claimed(uri: str) -> bool:
    """Whether nobody but who is registered can be there: https, and no address of the user's own machine."""
    return uri.startswith("https://")


def with_answer(uri: str, said: dict[str, str]) -> str:
    """RFC 6749 §4.1.2."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(said)}"


def _but_for_the_port(uri: str, known: str) -> bool:
    mine, theirs = _split(uri), _split(known)
    if mine is None or theirs is None or not is_loopback(uri):
        return False
    tail = "/", "?"
    after = (
        uri.removeprefix(f"{mine.scheme}://{mine.netloc}"),
        known.removeprefix(f"http://{theirs.netloc}"),
    )
    return mine.hostname == theirs.hostname and after[0] == after[1] and (not after[0] or after[0][0] in tail)


def _split(uri: str) -> SplitResult | None:
    if len(uri) > _LONGEST or not re.fullmatch("[!-~]+", uri) or "#" in uri or "\\" in uri:
        return None
    try:
        found = urlsplit(uri)
        _ = found.port
    except ValueError:
        return None
    return found if found.scheme and uri.startswith(f"{found.scheme}:") else None
