"""Running it: reasons, faults, mistakes, figures."""

from __future__ import annotations

import os
import signal

from examples.acme.guide import Guide, Step

_ORDER = "/shop/v2/orders/42"
_PATIENTLY = ("--retry", "30", "--retry-delay", "1", "--retry-all-errors")


def _explain(guide: Guide) -> None:
    ring = guide.stage.endpoints.rings["public"]
    url = f"{ring.base_url}/shop/v2/orders/export"
    key = guide.stage.keys["developer"].secret
    said = guide.ringwork("explain", "GET", url, "--ring", "public", "--key", key)
    guide.check("openapi.yaml" in said.output, "it names the file a decision comes from")
    guide.check("404" in said.output, "and what would be answered")


def _killed_gateway(guide: Guide) -> None:
    before = guide.stage.ringwork.endpoints().gateway_pid
    guide.say(f"The gateway is process {before}: `kill -9 {before}`.")
    os.kill(before, signal.SIGKILL)
    answer = guide.curl("globex", _ORDER, *_PATIENTLY)
    guide.check(answer.status == 200, "the supervisor restarted it; a client that tries again is answered")
    after = guide.ringwork("status")
    guide.check(after.status == 0, "`ringwork status` says the same revision is live")


def _broken_api(guide: Guide) -> None:
    with guide.edited("apis/crm/api.yaml", "s/audience: partner/audience: parnter/") as estate:
        applied = guide.ringwork("apply", str(estate))
        guide.check(applied.status == 2, "the exit code says that something was kept back")
        guide.check("apis/crm/api.yaml:" in applied.output, "the mistake is located: file, line and column")
        guide.check('Did you mean "partner"?' in applied.output, "and what was probably meant is named")
        guide.check(guide.curl("globex", _ORDER).status == 200, "the other APIs are live")
    guide.check(guide.ringwork("apply", str(guide.stage.estate)).status == 0, "mended, the estate applies")
    guide.check(guide.curl("globex", "/crm/account").status == 200, "and crm answers")


def _usage(guide: Guide) -> None:
    by_api = guide.ringwork("usage")
    guide.check(by_api.status == 0 and "orders" in by_api.output, "the access log summed up by API")
    by_consumer = guide.ringwork("usage", "--by", "consumer")
    named = [name for name in ("globex", "initech", "ada", "billing") if name in by_consumer.output]
    guide.check(len(named) == 4, "and by consumer: partners, developers, our own services")
    log = guide.stage.ringwork.state / "node" / "log" / "access.ndjson"
    lines = guide.run(["grep", '"consumer":"billing"', str(log)])
    proofs = [proof for proof in ("mtls", "service_token") if f'"proof":"{proof}"' in lines.output]
    guide.check(len(proofs) == 2, "billing is one caller, by certificate as by token")


EXPLAIN = Step(
    "Why?",
    """`ringwork explain` takes a call through the code the gateway runs, and says step by step what is decided and
    which line of which file decided it.""",
    _explain,
)
KILLED_GATEWAY = Step(
    "The gateway is killed",
    """A gateway holds all it needs on its own disk. It starts from there, without asking anyone.""",
    _killed_gateway,
)
BROKEN_API = Step(
    "A mistake in one API",
    """Somebody breaks an api.yaml and applies the estate. That is a finding on this API; it blocks no other.""",
    _broken_api,
)
USAGE = Step(
    "What was called",
    """Every call is one line in the access log. `ringwork usage` reads it.""",
    _usage,
)
