"""From files to what would go live: the one pipeline behind `plan`, `apply`, `api add` and the admin API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ringwork.governance.callers import check_named_callers
from ringwork.governance.classifying import check_classifications
from ringwork.governance.exposed.holding import hold_to_lock
from ringwork.governance.exposed.lock import LockMemo
from ringwork.governance.exposure import VersionExposure
from ringwork.governance.features import check_features
from ringwork.governance.judging import Judgements
from ringwork.governance.lifecycle import broken_promises
from ringwork.governance.observing import observed_versions, unmatched_patterns
from ringwork.governance.secrets import Resolve, check_secrets
from ringwork.governance.snapshot import ExposureMemo, ExposureSnapshot, snapshot_of
from ringwork.governance.standing import with_standing_claims
from ringwork.intent.build import IntentMemo, Shapes, Standing, build_intent
from ringwork.intent.model import Intent
from ringwork.kernel.cache import Cache
from ringwork.kernel.findings import Finding
from ringwork.manifest.estate import Estate, broken_apis
from ringwork.manifest.load import load_estate
from ringwork.manifest.reading import ManifestMemo


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything there is to know about an estate before it goes live.

    `estate` is what is sound of it; `exposures` every version that could be read; `intent` and `snapshot` what
    would go live, None when nothing can (no sound `ringwork.yaml`); `findings` all of them, in order; `dropped`
    the names of APIs that stay behind because of an error.
    """

    estate: Estate
    exposures: tuple[VersionExposure, ...]
    intent: Intent | None
    snapshot: ExposureSnapshot | None
    findings: tuple[Finding, ...]
    dropped: tuple[str, ...]


class Memory:
    """What one assessment leaves to the next, so that a change costs what changed. For one estate at a time.

    `cache` keeps the most expensive of it for the next process.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self.manifests = ManifestMemo()
        self.judgements = Judgements(cache)
        self.intents = IntentMemo()
        self.exposures = ExposureMemo()
        self.lock = LockMemo()


def assess(
    root: Path,
    standing: Standing | None = None,
    memory: Memory | None = None,
    resolve: Resolve | None = None,
    environment: str | None = None,
    *,
    locked: bool = False,
) -> Assessment:
    """Read and judge the estate in `root`. Never raises for what files say: that is in the findings.

    `standing` is what is live: what is broken in the estate stays as it is there. `memory` is that of the last
    assessment of this estate. `resolve` gives the value of a secret; without it references are not looked up.
    `environment` None: that of `ringwork.yaml`. `locked`: for what is to go live, which must be in `exposure.lock`.
    """
    memory = memory or Memory()
    loaded = load_estate(root, memory.manifests, environment)
    judged = memory.judgements.of(root, loaded.apis)
    memory.judgements.keep(loaded.api_names)
    exposures = tuple(version for api in judged for version in api.versions)
    documents = tuple(finding for api in judged for finding in api.findings)
    judgement = (
        *documents,
        *check_features(loaded, exposures),
        *check_named_callers(loaded, exposures),
        *observed_versions(loaded),
        *unmatched_patterns(loaded),
        *broken_promises(loaded, exposures),
        *check_classifications(loaded, exposures),
    )
    estate = loaded.with_findings(judgement)
    if resolve is not None:
        estate = estate.with_findings(check_secrets(estate, resolve))
    if locked:
        estate = estate.with_findings(hold_to_lock(estate, exposures, memory.lock.read(root)))
    return withheld(Assessment(estate, exposures, None, None, (), ()), (), standing, memory)


def withheld(
    found: Assessment,
    findings: Iterable[Finding],
    standing: Standing | None = None,
    memory: Memory | None = None,
) -> Assessment:
    """`found` without the APIs that `findings` drop, which stay as they are in `standing`: also one that is in no file
    any more.
    """
    memory, findings = memory or Memory(), tuple(findings)
    estate = found.estate.with_findings(findings)
    estate = replace(estate, api_names=estate.api_names | broken_apis(findings))
    if standing is not None:
        estate = with_standing_claims(estate, standing)
    dropped = estate.broken_apis()
    intent = _intent(estate, found.exposures, dropped, standing, memory.intents)
    snapshot = None if intent is None else snapshot_of(intent, memory.exposures)
    return replace(
        found,
        estate=estate,
        intent=intent,
        snapshot=snapshot,
        findings=estate.findings,
        dropped=tuple(sorted(dropped)),
    )


def _intent(
    estate: Estate,
    exposures: tuple[VersionExposure, ...],
    dropped: frozenset[str],
    standing: Standing | None,
    memo: IntentMemo,
) -> Intent | None:
    if estate.organization is None:
        return None
    shapes: Shapes = {
        (exposure.api, exposure.version): exposure.shape
        for exposure in exposures
        if exposure.api not in dropped
    }
    return build_intent(estate, shapes, standing, memo)
