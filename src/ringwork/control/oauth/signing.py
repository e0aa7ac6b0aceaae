"""Keys that sign access tokens: ECDSA on P-256, sealed in the store, published before they sign and after.

A key is published for an hour before it signs, which is longer than any gateway is behind, and for as long after as a
token lives that it signed. A new one is made every month by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey

from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.oauth.model import TokenKey
from ringwork.control.oauth.ports import TokenKeyRecords
from ringwork.control.sealing import derived_key, seal, unseal
from ringwork.intent.authorization import ALGORITHM, LEEWAY_SECONDS
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

LEAD = timedelta(hours=1)
# The longest life of a token (`manifest/authorization.py`), and clocks that differ.
_AFTER = timedelta(hours=1, seconds=2 * LEEWAY_SECONDS)
_EVERY = timedelta(days=30)
_MOST_PUBLISHED = 20


class TokenKeys:
    """`key` gives the 32 bytes that what they are sealed with is derived from."""

    def __init__(self, records: TokenKeyRecords, *, key: Callable[[], bytes], clock: Clock) -> None:
        self._records = records
        self._key = key
        self._clock = clock
        self._opened: dict[str, ECKey] = {}

    def published(self) -> list[TokenKey]:
        """The newest first; the first key is made here."""
        now = self._now()
        found = self._records.all() or self._put(now, now, unless=bool)
        return [key for key in found if key.ends_at is None or key.ends_at > now]

    def key_set(self) -> dict[str, Any]:
        """RFC 7517."""
        return {"keys": [key.public for key in self.published()]}

    def signing(self) -> ECKey:
        """The newest whose time has come."""
        now, published = self._now(), self.published()
        ready = [key for key in published if key.signs_at <= now]
        return self._open((ready or published)[0])

    def rotate(
        self, lead: timedelta | None, demand: Demand[list[TokenKey]] = nothing_demanded
    ) -> list[TokenKey]:
        """Another key, which signs after `lead`; None: from now on, and those before are withdrawn, with all they
        signed. What is published then. Raises Refused.
        """
        now, before = self._now(), self.published()
        demand(before)
        if len(before) >= _MOST_PUBLISHED and lead is not None:
            message, help = "there are too many keys still", "Wait until some of them end."
            raise Refused("keys-too-many", message, help, status=409)
        signs_at = now if lead is None else now + lead
        self._put(signs_at, now if lead is None else signs_at + _AFTER, unless=lambda found: False)
        return self.published()

    def renew(self) -> bool:
        """When it is due; also forgets those that ended."""
        now = self._now()
        self._records.forget(now)
        found = self._records.all()
        if not found or now - found[0].made_at < _EVERY:
            return False
        signs_at = now + LEAD
        self._put(signs_at, signs_at + _AFTER, unless=lambda found: now - found[0].made_at < _EVERY)
        return True

    def _put(
        self, signs_at: datetime, before_ends_at: datetime, *, unless: Callable[[list[TokenKey]], bool]
    ) -> list[TokenKey]:
        jwk = ECKey.generate_key("P-256")
        kid = jwk.thumbprint()
        public = {
            name: str(value)
            for name, value in jwk.as_dict(private=False).items()
            if name in ("kty", "crv", "x", "y")
        }
        sealed = seal(self._sealing(), jwk.as_pem(private=True), of=kid.encode())
        described = public | {"kid": kid, "alg": ALGORITHM, "use": "sig"}
        key = TokenKey(kid, described, sealed, self._now(), signs_at)
        return self._records.put(key, before_ends_at, unless=unless)

    def _open(self, key: TokenKey) -> ECKey:
        if key.kid not in self._opened:
            private = unseal(self._sealing(), key.sealed, of=key.kid.encode())
            self._opened = {key.kid: ECKey.import_key(private, {"kid": key.kid})}
        return self._opened[key.kid]

    def _sealing(self) -> bytes:
        return derived_key(self._key(), b"token keys")

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)
