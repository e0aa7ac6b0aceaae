"""Migration guides: a page for each pair of versions, with a section for each breaking change, written by people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ringwork.audience import Audience
from ringwork.difference.model import Level
from ringwork.difference.printing import reach_text
from ringwork.difference.report import Cause, Difference
from ringwork.governance.differing import Unshown, difference
from ringwork.governance.guide_pages import MARKER, sections
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import Estate, LoadedApi
from ringwork.openapi import open_contract
from ringwork.openapi.load import OpenContract


def breaking(found: Difference) -> list[Cause]:
    """What callers have to do something about."""
    return [cause for cause in found.causes if cause.level is Level.ERROR]


def with_sections(text: str | None, api: str, old: str, new: str, causes: Sequence[Cause]) -> str:
    """The guide with a stub for each change it does not mention yet; what is written stays as it is."""
    begun = text if text is not None else _opening(api, old, new)
    told = sections(begun)
    added = [_section(cause) for cause in causes if cause.fingerprint not in told]
    return "\n".join([begun.rstrip("\n"), "", *added]) if added else begun


def _opening(api: str, old: str, new: str) -> str:
    return f"""# {api}: from {old} to {new}

{MARKER}: why {new} is there, and who has to move by when.
"""


def _section(cause: Cause) -> str:
    return f"""## {_inline(cause.text)}

<!-- ringwork:{cause.fingerprint} -->
Where: {_inline(reach_text(cause))} (`{cause.id}`).

{MARKER}: what to do, with a request before and after.
"""


def _inline(text: str) -> str:
    """On one line, and no markup but code."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable.replace("<", "&lt;").replace("[", "\\[")


def between(root: Path, estate: Estate, api: str, old: str, new: str, ring: Audience) -> Difference:
    """What a ring's callers meet when they move from one version to another. Raises Refused."""
    loaded = {one.name: one for one in estate.apis}
    if api not in loaded:
        message, help = f'the estate has no sound API "{api}"', did_you_mean(api, loaded)
        raise Refused("api-unknown", message, help, status=404)
    versions = {one.name: one for one in loaded[api].manifest.versions}
    for name in (old, new):
        if name not in versions:
            message, help = f'{api} has no version "{name}"', did_you_mean(name, versions)
            raise Refused("version-unknown", message, help, status=404)
    opened = [_opened(root, loaded[api], versions[name]) for name in (old, new)]
    try:
        return difference(opened[0], opened[1], (old, new), ring=ring, flat=False)
    except Unshown:
        help = "`ringwork plan` shows them."
        raise Refused("contract-unreadable", f"a contract of {api} has errors", help) from None


def _opened(root: Path, api: LoadedApi, version: VersionManifest) -> OpenContract:
    overlays = [f"{api.folder}/{overlay}" for overlay in version.overlays]
    return open_contract(root, f"{api.folder}/{version.document}", overlays)
