"""What is there, and who sees what of it."""

from __future__ import annotations

from examples.acme.guide import CONSOLE, Answer, Guide, Step

_ORDER = "/shop/v2/orders/42"
_STOCK = "/inventory/products/ROCKET-7/stock"
_HIDDEN = "/shop/v2/orders/export"
_MISSING = "/shop/v2/nothing/of-the-kind"
_OPEN_THE_EXPORT = r"s/operationId: exportOrders/&\n      x-audience: partner/"
_OF_EACH_ANSWER = ("date", "x-request-id")
_INDISCRETIONS = ("x-powered-by", "x-debug-handler", "x-internal-host")
_NEW_ORDER = '{"lines": [{"sku": "PAINT-3", "quantity": 2}], "reference": "tour"}'


def _estate(guide: Guide) -> None:
    estate = guide.stage.estate
    listed = guide.run(
        ["ls", str(estate), str(estate / "apis"), str(estate / "partners"), str(estate / "plans")]
    )
    guide.check(
        listed.status == 0, "five APIs, two partners, three plans and the rings: plain files, kept in Git"
    )
    contract = estate / "apis" / "orders" / "v2" / "openapi.yaml"
    labels = guide.run(["grep", "-n", "-B4", "x-audience: public", str(contract)])
    guide.check(
        "getOrder" in labels.output, "a label on an operation opens it; what nobody labels stays inside"
    )


def _plan(guide: Guide) -> None:
    planned = guide.ringwork("plan", str(guide.stage.estate))
    guide.check(planned.status == 0, "the estate has no errors, and is what is live")
    for api in ("orders", "inventory", "shipping", "billing", "crm"):
        guide.check(api in planned.output, f"it says what each ring gets of {api}")
    guide.say("Now somebody labels the export of all orders for partners, and asks what that would do:")
    with guide.edited("apis/orders/v2/openapi.yaml", _OPEN_THE_EXPORT) as estate:
        changed = guide.ringwork("plan", str(estate))
    guide.check(
        changed.status == 2 and "exposure-unlocked" in changed.output,
        "it does not go live like that: no reviewed line of exposure.lock lets partners call it",
    )
    guide.say("So the lock is written, and its difference is what somebody reviews:")
    with guide.edited("apis/orders/v2/openapi.yaml", _OPEN_THE_EXPORT) as estate:
        written = guide.ringwork("exposure", str(estate), "--write", stateless=True)
        guide.check("call GET /orders/export" in written.output, "one line more of what partners can call")
        changed = guide.ringwork("plan", str(estate))
    exposed = changed.output.partition("partner ring starts to see")[2]
    guide.check(
        "/orders/export" in exposed, "the plan says that partners would start to see it, and since which line"
    )


def _three_rings(guide: Guide) -> None:
    for who in (CONSOLE, "globex", "developer"):
        guide.check(guide.curl(who, _ORDER).status == 200, f"{who} gets order 42")
    guide.say("That operation is public. The stock of a product is for partners:")
    for who, status in ((CONSOLE, 200), ("globex", 200), ("developer", 404)):
        guide.check(guide.curl(who, _STOCK).status == status, f"{who} asking for the stock gets {status}")


def _hidden_or_missing(guide: Guide) -> None:
    for who in ("developer", "globex"):
        hidden, missing = guide.curl(who, _HIDDEN), guide.curl(who, _MISSING)
        guide.check(
            hidden.status == 404, f"{who}: the export is not found, and no order called “export” either"
        )
        guide.check(
            _comparable(hidden) == _comparable(missing), f"{who}: hidden and missing are the same bytes"
        )
        differing = guide.curl(who, _HIDDEN, "-X", "DELETE")
        guide.check(_comparable(differing) == _comparable(missing), f"{who}: whatever the method")
    guide.check(guide.curl(CONSOLE, _HIDDEN).status == 200, "inside, the export answers")


def _comparable(answer: Answer) -> tuple[int, list[tuple[str, str]], str]:
    """An answer without what is new in each: date and request id."""
    identity = answer.headers.get("x-request-id", "")
    body = answer.body.replace(identity, "…") if identity else answer.body
    headers = [(name, value) for name, value in answer.headers.items() if name not in _OF_EACH_ANSWER]
    return answer.status, headers, body


def _indiscreet_services(guide: Guide) -> None:
    inside = guide.curl(CONSOLE, _ORDER)
    guide.check(
        all(name in inside.headers for name in _INDISCRETIONS), "inside, the service's own headers pass"
    )
    outside = guide.curl("developer", _ORDER)
    said = [name for name in (*_INDISCRETIONS, "server") if name in outside.headers]
    guide.check(not said, "outside, none of them does: response headers are an allow-list there")
    placed = guide.curl("globex", "/shop/v2/orders", "-H", "Content-Type: application/json", "-d", _NEW_ORDER)
    guide.check(
        placed.status == 201, "Globex placed an order; orders had inventory and billing do their part"
    )
    location = placed.headers.get("location", "")
    guide.check("127.0.0.1" not in location, f"`Location` names no address of the inside: “{location}”")


ESTATE = Step(
    "The estate",
    """acme describes itself in a folder: its rings, its APIs with their OpenAPI contracts, its partners and plans.
    The audience of an API is the first decision; limits, credentials, headers and errors follow from it.""",
    _estate,
)
PLAN = Step(
    "What each ring gets, and what a change would expose",
    """`ringwork plan` reads the estate, says how far each operation reaches and why, and compares that with what is
    live: what a change would expose is known before it is applied.""",
    _plan,
)
THREE_RINGS = Step(
    "The same call on three rings",
    """Each ring is a listener of its own with its own proof of identity: a certificate inside, a partner's key, a
    developer's key. The files named with --config hold the CA and that proof.""",
    _three_rings,
)
HIDDEN_OR_MISSING = Step(
    "Hidden or missing? Nobody outside can tell",
    """`/orders/export` exists, for insiders. It also fits the public template `/orders/{orderId}`. From outside it
    must look like nothing at all: not like an order, and not like something one may not have.""",
    _hidden_or_missing,
)
INDISCREET_SERVICES = Step(
    "Services say too much",
    """acme's services name their framework, their handlers and their machines in every answer, and put addresses of
    the inside into `Location`, as real services do.""",
    _indiscreet_services,
)
