"""Who may call on the internal ring, in the domain's words."""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.manifest.callers import CallersManifest, service_name


@dataclass(frozen=True, slots=True)
class Admitted:
    """Services that may call: each of `services`, and those of the functional `groups`; sorted."""

    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def admitted_of(services: tuple[str, ...], groups: tuple[str, ...]) -> Admitted:
    """Of names and SPIFFE ids as they are written."""
    return Admitted(tuple(sorted({*map(service_name, services)})), tuple(sorted({*groups})))


def build_admitted(stated: CallersManifest | None) -> Admitted | None:
    return None if stated is None else admitted_of(stated.services, stated.groups)
