"""Who may call: what operations demand, what the document demands of all, and the schemes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringwork.difference.model import Change, Effect
from ringwork.difference.parts import Part

# Any one of them will do; each is scheme → scopes, all of them needed.
Demand = Mapping[str, frozenset[str]]
_FLOWS = ("implicit", "password", "clientCredentials", "authorizationCode")


def demands(part: Part) -> list[Demand] | None:
    """None where the part says nothing: then what encloses it decides."""
    if "security" not in part:
        return None
    listed = part.value("security")
    return [
        {str(name): frozenset(map(str, scopes or ())) for name, scopes in one.items()}
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    ]


def operation_changes(old: Part, new: Part, defaults: tuple[list[Demand], list[Demand]]) -> Iterator[Change]:
    """Of what the operation itself demands. `defaults`: what its documents do where it says nothing."""
    before, after = demands(old), demands(new)
    if before is not None or after is not None:
        sides = defaults[0] if before is None else before, defaults[1] if after is None else after
        yield from _changes("api-security", *sides, old, new)


def document_changes(old: Part, new: Part) -> Iterator[Change]:
    """Of what is demanded wherever an operation says nothing, and of security schemes."""
    yield from _changes("api-global-security", demands(old) or [], demands(new) or [], old, new)
    yield from _scheme_changes(old, new)


def _changes(
    prefix: str, before: list[Demand], after: list[Demand], old: Part, new: Part
) -> Iterator[Change]:
    yield from _anonymous(before, after, old, new)
    schemes = [{frozenset(one): one for one in side if one} for side in (before, after)]
    for names, demand in schemes[1].items():
        if names not in schemes[0]:
            yield Change(f"{prefix}-added", Effect.WIDENS, f"{_told(demand)} is accepted", old, new)
    for names, demand in schemes[0].items():
        if names not in schemes[1]:
            # Where nothing is demanded any more nobody is refused.
            settled = not after or {} in after
            said = f"{_told(demand)} is not accepted any more"
            yield Change(f"{prefix}-removed", Effect.NARROWS, said, old, new, settled=settled)
        else:
            yield from _scopes(prefix, demand, schemes[1][names], old, new)


def _told(demand: Demand) -> str:
    return " and ".join(f"`{name}`" for name in sorted(demand))


def _anonymous(before: list[Demand], after: list[Demand], old: Part, new: Part) -> Iterator[Change]:
    """Calls without any credential: allowed by an empty list, an empty demand, or nothing said at all."""
    free = [not side or {} in side for side in (before, after)]
    if free[0] == free[1]:
        return
    slug = "api-security-anonymous-access-added" if free[1] else "api-security-anonymous-access-removed"
    said = f"calls without credentials are {'accepted' if free[1] else 'refused'} now"
    yield Change(slug, Effect.WIDENS if free[1] else Effect.NARROWS, said, old, new)


def _scopes(prefix: str, before: Demand, after: Demand, old: Part, new: Part) -> Iterator[Change]:
    for name in before:
        for scope in sorted(after[name] - before[name]):
            said = f"scope `{scope}` of `{name}` is demanded"
            yield Change(f"{prefix}-scope-added", Effect.NARROWS, said, old, new)
        for scope in sorted(before[name] - after[name]):
            said = f"scope `{scope}` of `{name}` is not demanded any more"
            yield Change(f"{prefix}-scope-removed", Effect.WIDENS, said, old, new)


def _scheme_changes(old: Part, new: Part) -> Iterator[Change]:
    before, after = (part.get_below("components", "securitySchemes") for part in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            said = f"security scheme `{name}` was removed"
            yield Change("api-security-component-removed", Effect.NOTHING, said, before[name], None)
        elif name not in before:
            said = f"security scheme `{name}` was added"
            yield Change("api-security-component-added", Effect.NOTHING, said, None, after[name])
        else:
            yield from _scheme(name, before[name], after[name])


# What a client must do otherwise when it changes.
_FIELDS = (
    ("type", "type-changed", Effect.BREAKS),
    ("in", "api-key-in-changed", Effect.BREAKS),
    ("name", "api-key-name-changed", Effect.BREAKS),
    ("scheme", "http-scheme-changed", Effect.BREAKS),
    ("bearerFormat", "bearer-format-changed", Effect.NOTHING),
    ("openIdConnectUrl", "openid-connect-url-changed", Effect.UNKNOWN),
)
_URLS = (
    ("authorizationUrl", "oauth-url-changed"),
    ("tokenUrl", "oauth-token-url-changed"),
    ("refreshUrl", "oauth-refresh-url-changed"),
)


def _scheme(name: str, old: Part, new: Part) -> Iterator[Change]:
    for key, slug, effect in _FIELDS:
        before, after = old.text(key), new.text(key)
        if before != after:
            said = f"security scheme `{name}`: {key} was changed from {before or 'none'} to {after or 'none'}"
            yield Change(f"api-security-component-{slug}", effect, said, old, new)
            if key == "type":
                return
    for flow in _FLOWS:
        flows = [part.get("flows") for part in (old, new)]
        sides = [None if one is None else one.get(flow) for one in flows]
        if sides[0] is not None and sides[1] is not None:
            yield from _flow(f"security scheme `{name}`, {flow}", sides[0], sides[1])


def _flow(subject: str, old: Part, new: Part) -> Iterator[Change]:
    for key, slug in _URLS:
        before, after = old.text(key), new.text(key)
        if before != after:
            said = f"{subject}: {key} was changed from {before or 'none'} to {after or 'none'}"
            yield Change(f"api-security-component-{slug}", Effect.UNKNOWN, said, old, new)
    scopes = [side.value("scopes") or {} for side in (old, new)]
    for scope in sorted(scopes[0].keys() | scopes[1].keys()):
        if scopes[0].get(scope) != scopes[1].get(scope):
            action = "added" if scope not in scopes[0] else "removed" if scope not in scopes[1] else "changed"
            said = f"{subject}: scope `{scope}` was {action}"
            yield Change(f"api-security-component-oauth-scope-{action}", Effect.NOTHING, said, old, new)
