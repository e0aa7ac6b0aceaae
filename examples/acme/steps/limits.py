"""How often somebody may call."""

from __future__ import annotations

import time
from collections import Counter

from examples.acme.guide import Guide, Step

# partners/initech.yaml: per_minute, and per_minute × burst_factor.
_PER_MINUTE = 20
_BURST = 30
_CALLS_PER_KEY = 40


def _two_keys_one_limit(guide: Guide) -> None:
    began = time.monotonic()
    statuses: Counter[str] = Counter()
    for who in ("initech", "initech-2"):
        url = f"/shop/v2/orders/43#[1-{_CALLS_PER_KEY}]"
        printed = guide.curl_plain(who, url, "-o", "/dev/null", "-w", "%{http_code} ")
        statuses.update(printed.output.split())
    elapsed_seconds = time.monotonic() - began
    most = _BURST + int(elapsed_seconds * _PER_MINUTE / 60)
    taken, refused = statuses["200"], statuses["429"]
    guide.say(f"{taken} were taken and {refused} refused in {elapsed_seconds:.1f} s.")
    guide.check(taken + refused == 2 * _CALLS_PER_KEY, "each call was either taken or told to wait")
    guide.check(0 < taken <= most, f"both keys together got no more than one limit allows ({most})")
    told = guide.curl("initech", "/shop/v2/orders/43")
    guide.check(
        told.status == 429 and "retry-after" in told.headers, "whoever is refused is told when to come back"
    )
    guide.check(guide.curl("globex", "/shop/v2/orders/42").status == 200, "Globex does not notice")


TWO_KEYS_ONE_LIMIT = Step(
    "Two keys, one limit",
    f"""Initech agreed to {_PER_MINUTE} calls a minute, {_BURST} of them at once. It has two keys, and tries
    {_CALLS_PER_KEY} calls with each.""",
    _two_keys_one_limit,
)
