"""What leaves of an answer: what the contract shows the ring, whatever the service says."""

from __future__ import annotations

import json
import re
from typing import Any

from examples.acme.guide import CONSOLE, Answer, Guide, Step

_HISTORY = "/shop/v2/orders/42/history"
_INVOICE = "/billing/v1/invoices/INV-42"
_SWITCH = "/switches/risk-score"


def _fields(guide: Guide) -> None:
    guide.say(
        """`GET /orders/{orderId}/history` is public. In its events the contract labels `actor` for partners and `note`
        for insiders; the service knows nothing of that, and says everything to everybody."""
    )
    for who, expected in (
        (CONSOLE, {"at", "type", "actor", "note"}),
        ("globex", {"at", "type", "actor"}),
        ("developer", {"at", "type"}),
    ):
        names = {name for event in _body(guide.curl(who, _HISTORY))["events"] for name in event}
        guide.check(names == expected, f"{who} reads {', '.join(sorted(expected))}")
    guide.say("Each ring's OpenAPI document says the same, because both come from one decision:")
    document = guide.kept("orders-public.yaml", "")
    words = [
        "--version",
        "v2",
        "--ring",
        "public",
        "--out",
        str(document),
        "--estate",
        str(guide.stage.estate),
    ]
    guide.ringwork("export", "openapi", "orders", *words, stateless=True)
    events = guide.run(["grep", "-n", "-A22", "^    History:", str(document)]).output
    guide.check("events:" in events and "actor:" not in events, "no trace of the others in the public one")


def _untold_release(guide: Guide) -> None:
    upstream = _upstream(guide, "billing")
    for on in ("true", "false"):
        switched = [
            "-X",
            "PUT",
            upstream + _SWITCH,
            "-H",
            "content-type: application/json",
            "-d",
            f'{{"on": {on}}}',
        ]
        guide.run(["curl", "-sS", *switched])
        if on == "true":
            _watch_what_leaves(guide)


def _watch_what_leaves(guide: Guide) -> None:
    inside, outside = (_body(guide.curl(who, _INVOICE)) for who in (CONSOLE, "globex"))
    guide.check(
        "riskScore" in inside, "inside it is seen at once, and the access log says that nobody declared it"
    )
    guide.check("id" in outside and "riskScore" not in outside, "Globex gets its invoice as ever")
    observed = guide.ringwork("observe", "billing")
    guide.check("riskScore" in observed.output, "what was taken out is counted, by field and by who asked")


def _body(answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.body)
    return body


def _upstream(guide: Guide, api: str) -> str:
    written = (guide.stage.estate / "apis" / api / "api.yaml").read_text()
    found = re.search(r"^upstream: (\S+)$", written, re.MULTILINE)
    assert found is not None, f"{api} says where its service is in one line"
    return found[1]


FIELDS = Step(
    "One answer, three views",
    """A label on a field narrows that field, not the operation: the gateway takes it out of every answer that leaves
    for a wider ring, as the bytes pass.""",
    _fields,
)
UNTOLD_RELEASE = Step(
    "A release nobody told anyone about",
    """billing starts to send a `riskScore` with every invoice, which its contract does not have. On the outer rings
    what is not declared does not leave.""",
    _untold_release,
)
