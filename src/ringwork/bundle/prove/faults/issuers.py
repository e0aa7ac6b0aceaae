"""Faults of outside issuers: whom a ring believes, of whom, for whom, and whom their tokens name."""

from __future__ import annotations

from collections.abc import Callable

from ringwork.bundle.prove.faults.edits import STRANGE_KEY, Edit, Json, append, put, replace
from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, found


def _issuer(copy: Copy, ring: str) -> Json:
    """The first a ring accepts."""
    accepted: list[Json] = found(copy.ring(ring)["authentication"].get("access_tokens"))
    return accepted[0]


def _in(ring: str, edit: Edit) -> Callable[[Copy], None]:
    return lambda copy: edit(_issuer(copy, ring))


def _on_another_ring(copy: Copy) -> None:
    """Nobody said that the internal ring believes the public's issuer."""
    stranger = _issuer(copy, "public") | {
        "callers": {"kind": "services", "claim": "sub", "services": {"alice": "billing"}}
    }
    copy.ring("internal")["authentication"].setdefault("access_tokens", []).append(stranger)


def _another(copy: Copy) -> None:
    accepted = found(copy.ring("public")["authentication"].get("access_tokens"))
    accepted.append(accepted[0] | {"name": "evil", "issuer": "https://evil.example"})


def _swapped(copy: Copy) -> None:
    """One partner's client calls as another partner."""
    mapped = found(_issuer(copy, "partner")["callers"].get("partners"))
    names = sorted(set(mapped.values()))
    if len(names) < 2:
        raise Inapplicable
    for value, name in mapped.items():
        mapped[value] = names[(names.index(name) + 1) % len(names)]


def _own(copy: Copy) -> Json:
    """The authorization server that is ours, where a ring accepts its tokens."""
    accepted: list[Json] = copy.ring("partner")["authentication"].get("access_tokens", [])
    own = [issuer for issuer in accepted if issuer["callers"]["kind"] == "clients"]
    if not own:
        raise Inapplicable
    return own[0]


def _own_on_another_ring(copy: Copy) -> None:
    copy.ring("public")["authentication"].setdefault("access_tokens", []).append(_own(copy))


ISSUER_FAULTS = (
    Fault("clients-on-another-ring", "a ring believes our own tokens unasked", _own_on_another_ring),
    Fault(
        "clients-keys-elsewhere",
        "others sign our own tokens",
        lambda copy: replace("https://evil.example/jwks", "keys", "jwks_uri")(_own(copy)),
    ),
    Fault(
        "clients-mapped",
        "a claim decides whose our own tokens are, and not the record",
        lambda copy: replace({"kind": "partners", "claim": "sub", "partners": {"evil": "globex"}}, "callers")(
            _own(copy)
        ),
    ),
    Fault("issuer-added", "tokens of a strange issuer are believed", _another),
    Fault("issuer-on-another-ring", "a ring believes an issuer that was named for another", _on_another_ring),
    Fault(
        "issuer-changed",
        "tokens that name another issuer are believed",
        _in("public", replace("https://e", "issuer")),
    ),
    Fault(
        "issuer-audience-added",
        "tokens for others are believed",
        _in("public", append("others", "audiences")),
    ),
    Fault(
        "issuer-algorithm-added",
        "signatures are believed that nobody wants",
        _in("public", append("RS384", "algorithms")),
    ),
    Fault(
        "issuer-type-loosened", "ID tokens are taken for access tokens", _in("public", replace("jwt", "typ"))
    ),
    Fault(
        "issuer-leeway-longer",
        "tokens are believed after their end",
        _in("public", replace(300, "leeway_seconds")),
    ),
    Fault(
        "issuer-key-added", "a strange key signs", _in("partner", append(STRANGE_KEY, "keys", "jwks", "keys"))
    ),
    Fault(
        "issuer-keys-elsewhere",
        "keys are fetched from a stranger",
        _in("public", replace("https://evil.example/jwks", "keys", "jwks_uri")),
    ),
    Fault(
        "issuer-ca-replaced",
        "a strange CA vouches for where keys are fetched",
        _in("public", put("-----BEGIN CERTIFICATE-----", "keys", "ca_pem")),
    ),
    Fault(
        "issuer-keys-stale",
        "withdrawn keys are believed for long",
        _in("public", replace(86_400, "keys", "refresh_seconds")),
    ),
    Fault(
        "issuer-claim-changed",
        "a claim decides that whoever holds a token may choose",
        _in("partner", replace("nickname", "callers", "claim")),
    ),
    Fault("issuer-partners-swapped", "tokens of one partner name another", _swapped),
    Fault(
        "issuer-partner-added",
        "a value nobody mapped is a partner",
        _in("partner", put("globex", "callers", "partners", "evil")),
    ),
    Fault(
        "issuer-plan-changed",
        "tokens are counted under another plan",
        _in("public", replace("unlimited", "callers", "plan")),
    ),
    Fault(
        "issuer-per-changed",
        "each of a client's subjects has a limit of its own",
        _in("public", replace("subject", "callers", "per")),
    ),
    Fault(
        "issuer-scope-claim-changed",
        "a claim names scopes that whoever holds a token may choose",
        _in("public", replace("nickname", "scope_claim")),
    ),
    Fault(
        "issuer-services-are-people",
        "tokens of services open what people may",
        _in("internal", put({"kind": "people"}, "callers")),
    ),
    Fault("issuer-token-forwarded", "services get tokens", _in("public", put(True, "forward"))),
    Fault("issuer-subject-logged", "the log names subjects", _in("public", replace("full", "log_subject"))),
)
