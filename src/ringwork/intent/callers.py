"""Who may call on the internal ring, from what the estate's files say."""

from __future__ import annotations

from ringwork.intent.admitted import Admitted
from ringwork.manifest.callers import CallersManifest, service_name


def admitted_of(services: tuple[str, ...], groups: tuple[str, ...]) -> Admitted:
    """Of names and SPIFFE ids as they are written."""
    return Admitted(tuple(sorted({*map(service_name, services)})), tuple(sorted({*groups})))


def build_admitted(stated: CallersManifest | None) -> Admitted | None:
    return None if stated is None else admitted_of(stated.services, stated.groups)
