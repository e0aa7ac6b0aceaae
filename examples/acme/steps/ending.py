"""What comes to an end: who is told, when, and what the estate does not let one promise."""

from __future__ import annotations

from examples.acme.guide import Guide, Step

_V1 = "/shop/v1/orders/42"


def _versions(guide: Guide) -> None:
    developer = guide.curl("developer", _V1).headers
    guide.check(developer.get("deprecation") == "@1768435200", "v1 is deprecated, and says since when")
    guide.check("31 Jan 2036" in developer.get("sunset", ""), "it says when it ends")
    guide.check("successor-version" in developer.get("link", ""), "it links to the same order in v2")
    globex = guide.curl("globex", _V1).headers
    guide.check(
        "30 Jun 2036" in globex.get("sunset", ""), "Globex agreed to a later day, and is told that one"
    )
    initech = guide.curl("initech", _V1)
    guide.check(
        initech.status == 404 and "sunset" not in initech.headers,
        "Initech never agreed to v1, and learns nothing of its end",
    )
    told = guide.ringwork("versions", "orders")
    guide.check("v1 on the public ring: ada" in told.output, "`ringwork versions` knows who is still on it")
    with guide.edited("apis/orders/api.yaml", "s/sunset: 2036-01-31/sunset: 2026-07-15/") as estate:
        plan = guide.ringwork("plan", str(estate))
        guide.check("sunset-too-soon" in plan.output, "six months are too few for developers, unless waived")


VERSIONS = Step(
    "A version that ends",
    """Versions are promises, and promises end: announced, on a day, with a way on. What does a caller of v1 read?""",
    _versions,
)
