"""One state of an estate, with the contracts it was made of: what is live, a commit, or what is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringwork.audience import Audience
from ringwork.governance.snapshot import ExposureSnapshot
from ringwork.intent.model import ApiIntent, RingIntent, VersionIntent
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.openapi import KeptFiles, RingView, open_contract
from ringwork.openapi.authentication import Authentication
from ringwork.openapi.load import OpenContract


@dataclass(frozen=True)
class Side:
    """`contracts`: API → what `governance.documented` records of it; `texts`: SHA-256 → bytes of a file, read when
    asked for; KeyError or OSError where they are lost.
    """

    snapshot: ExposureSnapshot
    contracts: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, bytes]
    _opened: dict[tuple[str, str], OpenContract] = field(default_factory=dict, repr=False)

    def api(self, name: str) -> ApiIntent | None:
        """None where it is not there. Raises ValueError or OSError where what was kept cannot be read."""
        found = self.snapshot.apis.get(name)
        return None if found is None else found.intent

    def settings(self, name: str) -> Mapping[str, Any]:
        """Of an API that is there, as plans compare them."""
        return self.snapshot.apis[name].settings

    def state(self, api: str, version: str) -> str:
        """`supported`, `deprecated` or `sunset`."""
        return str(self._version(api, version).get("state", "supported"))

    def has_contract(self, api: str, version: str) -> bool:
        return bool(self._version(api, version))

    def made_of(self, api: str, version: str) -> list[Any]:
        """What tells the contract of one version from any other, plain data."""
        said = self._version(api, version)
        return [said.get("document"), said.get("overlays"), self.contracts.get(api, {}).get("files")]

    def opened(self, api: str, version: str) -> OpenContract:
        """The contract of a version that has one, opened once for all rings."""
        known = self._opened.get((api, version))
        if known is None:
            said, files = self._version(api, version), self.contracts[api]["files"]
            canonical = {name: leads_to for name, (leads_to, _) in files.items()}
            sha256 = dict(files.values())
            reader = KeptFiles(canonical, lambda name: self._text(sha256[name]))
            known = open_contract(Path(), said["document"], said["overlays"], reader)
            self._opened[api, version] = known
        return known

    def close(self) -> None:
        """Contracts that are open take tens of times their size."""
        self._opened.clear()

    def _text(self, sha256: str) -> bytes:
        try:
            return self.texts[sha256]
        except KeyError:
            raise FileNotFoundError(sha256) from None

    def _version(self, api: str, version: str) -> Mapping[str, Any]:
        found = self.contracts.get(api, {}).get("versions", {}).get(version, {})
        return dict(found)


def known_versions(api: ApiIntent | None, ring: RingIntent | None) -> dict[str, VersionIntent]:
    """Versions of an API that a ring knows, by name."""
    if api is None or ring is None:
        return {}
    return {one.name: one for one in api.versions if one.is_known_on(ring.audience)}


def contract_view(version: VersionIntent, ring: RingIntent) -> RingView:
    """What a ring reads of a version, whatever its addresses are."""
    reaching = [one.id for one in version.operations if one.published.reaches(ring.audience)]
    ways = Authentication(ring.mtls, ring.service_token, ring.api_key, bool(ring.issuers))
    return RingView(ring.audience, version.audience, reaching, (), ways)


def ring_of(snapshot: ExposureSnapshot, audience: Audience) -> RingIntent | None:
    return next((ring for ring in snapshot.estate.rings if ring.audience is audience), None)


def fingerprint(*parts: Any) -> str:
    """SHA-256 of plain data."""
    return content_hash(canonical_json(list(parts)))
